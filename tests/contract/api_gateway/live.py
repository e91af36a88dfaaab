"""The real gateway, planner and projector on loopback, over a log and a store in memory. Nothing is sent: there is no
dispatcher, unless a test brings one."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from decimal import Decimal
from typing import Any

from aiohttp import ClientSession

from api_gateway.auth import Accounts
from api_gateway.call import Gateway
from api_gateway.commands import Asks
from api_gateway.history import History
from api_gateway.projector import READS, Projector
from api_gateway.serving import serve
from api_gateway.views import inbound
from api_gateway.views.pages import Slice
from dapi_common import topics
from dapi_common.bus.memory import MemoryBus
from dapi_common.bus.memory_archive import MemoryArchive
from dapi_common.bus.port import Output, Task
from dapi_common.bus.task import Processor
from dapi_common.clock import SystemClock
from dapi_common.events import commands
from dapi_common.events.account import CreditsMoved
from dapi_common.events.inbound import InboundReceived
from dapi_common.events.invokes import InvokeCompleted, InvokePlanned, InvokeProgressed, MessageSkipped
from dapi_common.events.shapes import Limits
from dapi_common.ids import AccountId
from dapi_common.runtime.health import Health
from dapi_common.secrets import Vault, secret_hash
from dapi_common.store.memory import MemoryStore
from dapi_common.store.positions import Barrier
from dapi_common.topics import Topic
from invoke_planner.planning import Planning
from invoke_planner.worker import PlannerTask

from .world import MASTER_KEY, SECRET, Caller, basic

TICK = 0.001
FOLLOWING = frozenset(
    kind.TYPE.encode() for kind in (MessageSkipped, InvokePlanned, InvokeProgressed, InvokeCompleted, CreditsMoved)
)


class Live:
    """One installation. `budget` is what the gateway waits for an outcome, in seconds."""

    def __init__(self, budget: float = 4.5) -> None:
        self.bus, self.store, self.vault, self.clock = MemoryBus(1), MemoryStore(), Vault(MASTER_KEY), SystemClock()
        self.health = Health()
        self._barrier = Barrier(self.store, self.clock)
        asks = Asks(self.bus.publisher(), self._barrier, self.clock, "gateway", budget)
        self.archive = MemoryArchive(self.bus)
        self.gateway = Gateway(Accounts(), asks, self.store, self.vault, history=History(self.archive, self.clock))
        self._tasks: dict[str, asyncio.Task[None]] = {}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.session: ClientSession

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Live"]:
        """Ready to take requests. Ends with what ended a process that should not have."""
        serving = serve(self.gateway, self.bus, self.bus.publisher(), "127.0.0.1", self.port, self.health)
        self._start("gateway", serving)
        self._start("projector", self._projector().run())
        self.start_planner()
        url = f"http://127.0.0.1:{self.port}"
        try:
            async with ClientSession(url) as self.session:
                while self.health.reason is not None:
                    self.check()
                    await asyncio.sleep(TICK)
                yield self
        finally:
            await asyncio.gather(*(self.stop(name) for name in list(self._tasks)))
            await self._barrier.close()

    def check(self) -> None:
        """Raises what ended a process that should be running."""
        for task in self._tasks.values():
            if task.done():
                task.result()

    def start_planner(self) -> None:
        """A planner, or one after the other."""
        inputs = [topics.COMMANDS, topics.DELIVERIES, topics.INBOUND]
        self.start_worker("planner", inputs, topics.PLANNER_STATE, lambda _: PlannerTask(Planning(self.store)))

    async def restart_planner(self) -> None:
        """Another one goes on where this one stands."""
        await self.stop("planner")
        self.start_planner()

    def start_worker(
        self, name: str, inputs: Sequence[Topic], changelog: Topic | None, factory: Callable[[int], Task]
    ) -> None:
        """A worker's process."""
        feed = self.bus.feed(name, inputs, changelog, "0")
        self._start(name, Processor(feed, factory, self.clock, tick=TICK).run())

    async def stop(self, name: str) -> None:
        """Ends a process. Raises what ended it before."""
        task = self._tasks.pop(name)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    def _start(self, name: str, run: Any) -> None:
        self._tasks[name] = asyncio.create_task(run)

    def _projector(self) -> Projector:
        return Projector(
            lambda positions: self.bus.reader(READS, positions=positions),
            self.bus.publisher("projector"),
            self.store,
            Health(),
        )

    async def ask(self, command: commands.Command) -> None:
        """An operator's command, done."""
        await self.gateway.asks.ask(command)

    async def open(self, name: str, credits: str = "1000", fee: str = "0.01", **limits: int) -> Caller:
        """A client of a new account, roomy unless told otherwise; the gateway knows it."""
        account, roomy = AccountId(name), {"mps": 5000, "lists": 1000, "contacts_per_list": 100_000}
        await self.ask(
            commands.OpenAccount(
                **self.gateway.asks.stamp(account),
                secret_hash=secret_hash(account, SECRET),
                limits=Limits(**{**roomy, **limits}),
                fees={"sms": Decimal(fee), "email": Decimal(fee)},
                credits=Decimal(credits),
            )
        )
        caller = Caller(self.session, basic(name))
        async with asyncio.timeout(30):
            while (await caller("GET", "/v1/limits")).status != 200:
                await asyncio.sleep(TICK)
        return caller

    async def hear(self, name: str, times: int) -> None:
        """So many messages that somebody sends back; all of them shown."""
        account = AccountId(name)
        for number in range(times):
            received = InboundReceived(
                account=account,
                inbound_id=f"heard-{number}",
                kind="message",
                provider="nexmo",
                channel="sms",
                sender=f"+3161234567{number}",
                recipient="+31201234567",
                text="Hello",
                reply={"text": "Hello"},
                at=self.clock.now(),
            )
            await self.bus.publisher().publish(Output(topics.INBOUND, received), 1.0)
        async with asyncio.timeout(30):
            while len((await inbound.page(self.store, account, Slice())).items) < times:
                await asyncio.sleep(TICK)

    def decided(self) -> int:
        """How many events commands have caused: not those that follow while an invoke goes on."""
        types = [
            value for record in self.bus.records(topics.EVENTS) for key, value in record.headers if key == "ce_type"
        ]
        return sum(name not in FOLLOWING for name in types)

    def asked(self) -> int:
        """How many commands there have been."""
        return len(self.bus.records(topics.COMMANDS))
