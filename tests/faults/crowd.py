"""The accounts of a run: what each asks for, and how it is asked what became of it."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from decimal import Decimal
from random import Random
from typing import Final

import aiohttp

from local_stack.demo import PROVIDERS
from tests.faults import observe
from tests.faults.blur import Blur
from tests.faults.facts import Facts, Message, Progress
from tests.faults.inject import Injected
from tests.faults.load import Load, Shape
from tests.faults.world import World
from tests.faults.writing import Counts, Stopping, Writer, session

SHAPES: Final[Sequence[Shape]] = (
    Shape(singles_per_second=8.0, mps=20),
    Shape(invokes_at_once=3, mps=40),
    Shape(singles_per_second=4.0, invokes_at_once=1, mps=10),
)
"""What each account asks for. All of it can be served: between the faults they catch up."""
_FAST = ("mongod", "secantusd-rs")


def shapes(store: str) -> Sequence[Shape]:
    """What can be asked for over the store of this name: that in Python takes a third."""
    return SHAPES if store in _FAST else [shape.third() for shape in SHAPES]


FEE, CREDITS = Decimal("0.01"), Decimal(100_000)
_RECEIPTS = {"receipts": [{"status": "delivered", "delay_ms": 200}]}


class Crowd:
    """To be made with `join`."""

    def __init__(self, world: World, counts: Counts) -> None:
        self._world, self.counts = world, counts
        self._loads: list[Load] = []
        self._writers: dict[str, Writer] = {}
        self._limits: dict[str, int] = {}

    async def join(self, stack: AsyncExitStack, seed: int) -> None:
        """Accounts with money, a fee and two providers. Providers report what they deliver."""
        for number, shape in enumerate(shapes(self._world.store)):
            limits = ("--mps", str(shape.mps), "--lists", "100000", "--contacts-per-list", "1000")
            money = ("--credits", str(CREDITS), "--fees", f'{{"sms": "{FEE}"}}')
            user = await self._world.system.create_account(*limits, *money)
            http = await stack.enter_async_context(session(self._world.url, user.user_id, user.user_secret))
            writer = Writer(http, Random(f"{seed}-{number}-writer"), self.counts)
            for name, keys in PROVIDERS.items():
                await writer.write("PUT", f"/v1/providers/{name}", dict(keys), f"add-{name}")
            self._writers[user.user_id], self._limits[user.user_id] = writer, shape.mps
            self._loads.append(Load(user.user_id, number, shape, writer, seed, self.counts))

    async def ask(self, stopping: Stopping) -> None:
        """The load, until it is told to stop and every write has its answer."""
        async with asyncio.TaskGroup() as tasks:
            for load in self._loads:
                tasks.create_task(load.run(stopping))

    async def report_receipts(self) -> None:
        """To be said again to a simulator that has started again."""
        async with (
            aiohttp.ClientSession(self._world.system.simulator_url) as http,
            http.put("/_settings", json=_RECEIPTS) as answer,
        ):
            assert answer.status == 200, answer.status

    def accepted(self) -> int:
        """How many messages got a 200 so far."""
        return sum(load.accepted.messages() for load in self._loads)

    async def facts(self, quiet: float, injected: Sequence[Injected], blur: Blur) -> Facts:
        """What became of it all, once nothing is pending or nothing has changed for `quiet` seconds."""
        invokes = [invoke for load in self._loads for invoke in load.accepted.invokes]
        await observe.until_quiet(self._writers, invokes, quiet)
        listed = [
            one for account, writer in self._writers.items() for one in await observe.messages_of(account, writer)
        ]
        progress, contacts = list[Progress](), list[Message]()
        for invoke in invokes:
            one, its = await observe.progress_of(invoke.account, self._writers[invoke.account], invoke.id)
            progress.append(one)
            contacts += its
        mongo = self._world.system.backends.mongo
        return Facts(
            singles={number: one for load in self._loads for number, one in load.accepted.singles.items()},
            invokes=invokes,
            messages=observe.merged(listed, contacts),
            ledger=await observe.submissions(self._world.system.simulator_url),
            progress=progress,
            money=[await observe.money_of(name, one, mongo, CREDITS, FEE) for name, one in self._writers.items()],
            accounts=self._limits,
            injected=injected,
            blur=blur.around,
        )
