"""Every worker of the message's path, for real, over the log and the store in memory."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from decimal import Decimal
from itertools import count
from typing import Any, TypeVar

from api_gateway.projector import READS, Projector
from api_gateway.views import accounts as accounts_view
from api_gateway.views import invokes as invokes_view
from api_gateway.views.pages import Slice
from dapi_common import events, topics
from dapi_common.bus.memory import MemoryBus, MemoryFeed
from dapi_common.bus.port import Output, Task
from dapi_common.bus.task import Processor
from dapi_common.clock import SystemClock
from dapi_common.events import commands
from dapi_common.events.account import CreditsMoved
from dapi_common.events.envelope import Payload
from dapi_common.events.outcomes import CommandOutcome
from dapi_common.events.shapes import Contact, Limits, Offer
from dapi_common.ids import AccountId, InvokeId
from dapi_common.provider.calls import Calls
from dapi_common.provider.worker import AdapterTask
from dapi_common.runtime.health import Health
from dapi_common.store.generations import CurrentStore
from dapi_common.store.memory import MemoryStore
from dapi_common.topics import Topic
from dispatcher.worker import DispatcherTask
from invoke_planner.planning import Planning
from invoke_planner.worker import PlannerTask
from tests.contract.path.provider import Nexmo
from tests.unit.dapi_common.provider.world import VAULT, letters, no_http

ACCOUNT = AccountId("acme")
WORKERS = ("planner", "dispatcher", "adapter")
_TICK = 0.001
F = TypeVar("F", bound=Payload)


class Worker(Processor):
    """A process that can die."""

    async def die(self, main: "asyncio.Task[None]") -> None:
        """As by kill -9: nothing is drained, nothing more is committed, and the calls under way are cut."""
        doomed = [main, *self._runs.values(), *(job for runner in self._runners.values() for job in runner._jobs)]
        self._runners, self._runs = {}, {}
        for task in doomed:
            task.cancel()
        await asyncio.wait(doomed)


class World:
    """One installation."""

    def __init__(self, partitions: int = 1) -> None:
        self.bus, self.store, self.clock = MemoryBus(partitions), MemoryStore(), SystemClock()
        self.serving = CurrentStore(self.store)
        self.nexmo = Nexmo()
        self.processes: dict[str, tuple[Worker, MemoryFeed, asyncio.Task[None]]] = {}
        self._projector: asyncio.Task[None] | None = None
        self._numbers = count(1)
        self._outcomes: dict[str, CommandOutcome] = {}
        self._answered = self.bus.reader([topics.OUTCOMES])

    async def __aenter__(self) -> "World":
        await self._answered.start()
        for worker in WORKERS:
            self.start(worker)
        self.start_projector()
        await self.open()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.stop_projector()
        for _, _, main in self.processes.values():
            main.cancel()
        ends = await asyncio.gather(*(main for _, _, main in self.processes.values()), return_exceptions=True)
        broken = [end for end in ends if isinstance(end, Exception)]
        assert not broken, broken

    # Processes

    def start(self, worker: str) -> None:
        """A new process of the worker. One that is there already is told to give way."""
        service, inputs, changelog, factory = self._made(worker)
        feed = self.bus.feed(service, inputs, changelog, "0")
        process = Worker(feed, factory, self.clock, tick=_TICK)
        self.processes[worker] = (process, feed, asyncio.create_task(process.run()))

    def _made(self, worker: str) -> tuple[str, list[Topic], Topic | None, Callable[[int], Task]]:
        match worker:
            case "planner":
                inputs = [topics.COMMANDS, topics.DELIVERIES, topics.INBOUND]
                return worker, inputs, topics.PLANNER_STATE, lambda _: PlannerTask(Planning(self.serving))
            case "dispatcher":
                return worker, [topics.SENDS], topics.DISPATCHER_STATE, lambda _: DispatcherTask({}, ("nexmo",))
        calls = Calls(self.nexmo, no_http(), self.clock)
        queue = topics.provider_topic("nexmo")
        return worker, [queue], None, lambda _: AdapterTask(calls, letters("nexmo"), random=lambda: 0.02)

    async def kill(self, worker: str, seconds: float = 0.0) -> None:
        """kill -9, and the supervisor's restart, perhaps after a while."""
        process, feed, main = self.processes[worker]
        await process.die(main)
        with suppress(ValueError):
            self.bus.groups[worker].remove(feed)
        await asyncio.sleep(seconds)
        self.start(worker)

    def freeze_out(self, worker: str) -> "asyncio.Task[None]":
        """The process is taken for dead and replaced, and goes on as if nothing were: its own end is the answer."""
        _, feed, main = self.processes[worker]
        self.bus.groups[worker].remove(feed)
        self.start(worker)
        return main

    def start_projector(self) -> None:
        """One that reads on from the stored positions."""
        projector = Projector(
            lambda positions: self.bus.reader(READS, positions=positions),
            self.bus.publisher("projector"),
            self.store,
            Health(),
            hold=0.02,
        )
        self._projector = asyncio.create_task(projector.run())

    async def stop_projector(self) -> None:
        """Ends it wherever it is."""
        projector, self._projector = self._projector, None
        if projector:
            projector.cancel()
            await asyncio.wait([projector])

    # What clients do

    async def do(self, kind: type[commands.Command], **fields: Any) -> CommandOutcome:
        """The planner's answer to a command."""
        command_id = f"c{next(self._numbers)}"
        stamp = {"account": ACCOUNT, "command_id": command_id, "reply_to": "g", "at": self.clock.now()}
        await self.bus.publisher().publish(Output(topics.COMMANDS, kind.model_validate({**stamp, **fields})), 1.0)
        async with asyncio.timeout(10):
            while command_id not in self._outcomes:
                for record in await self._answered.poll(0.5):
                    outcome = events.OUTCOMES.decode(record.headers, record.value)
                    self._outcomes[outcome.command_id] = outcome
        return self._outcomes[command_id]

    async def open(self) -> None:
        """The account, rich and fast, with a provider."""
        limits = Limits(mps=2000, lists=100, contacts_per_list=200_000)
        fees = {"sms": Decimal("0.01")}
        await self.do(commands.OpenAccount, secret_hash="h", limits=limits, fees=fees, credits=Decimal(1000))
        await self.add_provider()

    async def add_provider(self) -> None:
        """nexmo, with credentials."""
        await self.do(commands.PutProvider, name="nexmo", credentials=VAULT.seal({"API_KEY": "k"}))

    async def list_of(self, orders: Iterable[int]) -> str:
        """A list with one contact for each order."""
        (list_id,) = (await self.do(commands.CreateList, metadata={})).ids
        contacts = [
            Contact(channel="sms", provider="nexmo", order=order, address=address(n)) for n, order in enumerate(orders)
        ]
        for at in range(0, len(contacts), 10_000):
            await self.do(commands.AddContacts, list_id=list_id, contacts=contacts[at : at + 10_000])
        return list_id

    async def invoke(self, orders: Iterable[int], **fields: Any) -> str:
        """A running invoke of such a list."""
        list_id = await self.list_of(orders)
        offer = Offer(channel="sms", provider="nexmo", arguments={"from": "Dapi", "text": "hello"})
        asked = {"offers": [offer], "throughput": {}, "ttl": 3600.0, **fields}
        (invoke,) = (await self.do(commands.CreateInvoke, list_id=list_id, **asked)).ids
        return invoke

    # What can be seen

    def facts(self, kind: type[F], topic: Topic = topics.EVENTS) -> list[F]:
        """Those on a log, so far."""
        registry = {topics.EVENTS: events.EVENTS, topics.DELIVERIES: events.DELIVERIES, topics.SENDS: events.SENDS}
        found = [registry[topic].decode(record.headers, record.value) for record in self.bus.records(topic)]
        return [fact for fact in found if isinstance(fact, kind)]

    async def seen(self, invoke: str, limit: int = 1000) -> dict[str, Any] | None:
        """The invoke as a GET answers it."""
        found = await invokes_view.get(self.serving, ACCOUNT, InvokeId(invoke), Slice(limit))
        return found.answer if found else None

    async def progress(self, invoke: str) -> dict[str, int]:
        """Its counts, which must add up."""
        answer = await self.seen(invoke, 0)
        if answer is None:
            return {}
        counts = {name: int(value) for name, value in answer["progress"].items()}
        assert sum(counts.values()) == 2 * counts["total"], counts
        assert min(counts.values()) >= 0, counts
        return {**counts, "ended": answer["status"] in ("completed", "stopped")}

    async def balance(self) -> Decimal:
        """As a GET answers it."""
        found = await accounts_view.balance(self.serving, ACCOUNT)
        assert found
        return Decimal(str(found["balance"]))

    def booked(self) -> Decimal:
        """The sum of the ledger in the log."""
        return sum((move.amount for move in self.facts(CreditsMoved)), Decimal(0))

    async def called(self, times: int) -> None:
        """Waits until the provider was called so often."""
        await self.until(lambda: len(self.nexmo.calls) >= times)

    async def settled(self, invoke: str, seconds: float = 60) -> dict[str, int]:
        """Watches the invoke until nothing of it is pending; its last counts. They only ever grow."""
        before: dict[str, int] = {}
        async with asyncio.timeout(seconds):
            while not before or before["pending"] or not before["ended"]:
                now = await self.progress(invoke)
                assert not before or all(now[name] >= before[name] for name in ("completed", "failed", "ended"))
                before = now or before
                self.check_processes()
                await asyncio.sleep(0.005)
        return {name: value for name, value in before.items() if name != "ended"}

    def check_processes(self) -> None:
        """Raises what ended a process that should be running."""
        for _, _, main in self.processes.values():
            if main.done():
                main.result()
        if self._projector and self._projector.done():
            self._projector.result()

    async def until(self, holds: Callable[[], bool], seconds: float = 30) -> None:
        """Waits."""
        async with asyncio.timeout(seconds):
            while not holds():
                self.check_processes()
                await asyncio.sleep(0.002)


def address(n: int) -> str:
    """Of the n-th contact of a list."""
    return f"+4477{n:08}"
