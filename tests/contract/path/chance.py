"""Random invokes under random trouble: who is contacted in which order, what dies when, what is stopped or paused.

Everything is drawn from one seed. The provider's answer to a message's n-th try depends on the seed alone, so that what
it saw can be compared with what the system says, however the two interleaved."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from random import Random

from dapi_common.bus.port import Fenced
from dapi_common.events import commands
from dapi_common.events.shapes import Pace
from dapi_common.provider.adapter import Accepted, Deferred, Message, Outcome, Refused, Unclear
from dapi_common.provider.http import Http
from tests.contract.path.provider import Nexmo
from tests.contract.path.world import WORKERS, World

DEFER, REFUSE, LOSE = 0.04, 0.03, 0.02
INVOKES = 12
SECONDS = 1.5
"""For so long there is trouble."""
PATIENCE = 60
"""Seconds after which something is pending for ever."""


class Ledger(Nexmo):
    """A provider that keeps, for each message, when each of its tries began, and how many it took."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.seed = seed
        self.began: dict[str, list[float]] = defaultdict(list)
        self.took: dict[str, int] = defaultdict(int)
        self.clock: Callable[[], float] = lambda: 0.0

    async def send(self, message: Message, http: Http) -> Outcome:
        self.began[message.id].append(self.clock())
        dice = Random(f"{self.seed}/{message.id}/{len(self.began[message.id])}")
        outcome = self._outcome(dice.random(), message.id)
        await asyncio.sleep(dice.uniform(0.0, 0.01))
        return outcome

    def _outcome(self, dice: float, message: str) -> Outcome:
        if dice < DEFER:
            return Deferred("1", "later")
        if dice < DEFER + REFUSE:
            return Refused("5", "no")
        self.took[message] += 1
        return Unclear("no-answer", "who knows") if dice < DEFER + REFUSE + LOSE else Accepted(f"ref-{message}")


@dataclass
class Round:
    """Some invokes at once, and their trouble."""

    world: World
    dice: Random
    orders: dict[str, list[int]] = field(default_factory=dict)
    """By invoke: the order of each contact, in the order of their ids."""
    stopped: dict[str, float] = field(default_factory=dict)
    """By invoke: when the client was told that it is stopped."""
    kills: list[str] = field(default_factory=list)
    zombies: list["asyncio.Task[None]"] = field(default_factory=list)
    _last: dict[str, dict[str, int]] = field(default_factory=dict)

    async def run(self) -> None:
        """Ends when nothing is pending any more. What is seen on the way is looked at, too."""
        for _ in range(INVOKES):
            await self._invoke()
        trouble = [self._killing(), *(self._steering(invoke) for invoke in self.orders)]
        await self._watched(asyncio.gather(*trouble))
        await self._watched(asyncio.ensure_future(self._settled()))
        for zombie in self.zombies:
            zombie.cancel()
            with suppress(Fenced, asyncio.CancelledError):
                await zombie

    async def _invoke(self) -> None:
        levels = self.dice.randint(1, 6)
        orders = [self.dice.randrange(levels) for _ in range(self.dice.randint(1, 80))]
        pace = {"sms": Pace(mps=self.dice.choice((20, 60, 200)))} if self.dice.random() < 0.7 else {}
        self.orders[await self.world.invoke(orders, throughput=pace)] = orders

    async def _killing(self) -> None:
        """Of each kind at least one, in any order, and then more."""
        loop = asyncio.get_running_loop()
        until, doomed = loop.time() + SECONDS, self.dice.sample(WORKERS, len(WORKERS))
        for n in count():
            await asyncio.sleep(self.dice.uniform(0.02, 0.4))
            if loop.time() > until and n >= len(doomed):
                return
            self.world.check_processes()
            worker = doomed[n] if n < len(doomed) else self.dice.choice(WORKERS)
            self.kills.append(worker)
            if self.dice.random() < 0.25:
                self.zombies.append(self.world.freeze_out(worker))
            else:
                await self.world.kill(worker)
            if self.dice.random() < 0.2:
                await self.world.stop_projector()
                self.world.start_projector()

    async def _steering(self, invoke: str) -> None:
        """Paused and resumed, stopped, both or neither; one that is over by then refuses."""
        if self.dice.random() < 0.4:
            await self._pause(invoke)
        if self.dice.random() < 0.5:
            await asyncio.sleep(self.dice.uniform(0.0, SECONDS))
            outcome = await self.world.do(commands.StopInvoke, invoke_id=invoke)
            if outcome.error is None:
                self.stopped[invoke] = self.world.clock.now()

    async def _pause(self, invoke: str) -> None:
        await asyncio.sleep(self.dice.uniform(0.0, SECONDS / 2))
        await self.world.do(commands.PauseInvoke, invoke_id=invoke)
        await asyncio.sleep(self.dice.uniform(0.0, SECONDS / 2))
        await self.world.do(commands.ResumeInvoke, invoke_id=invoke)

    async def _watched(self, doing: Awaitable[object]) -> None:
        """Looks at all counts as often as it can while something else goes on: they add up, and only grow."""
        other = asyncio.ensure_future(doing)
        try:
            async with asyncio.timeout(PATIENCE):
                while not other.done():
                    for invoke in self.orders:
                        await self.look(invoke)
                    await asyncio.sleep(0.02)
        finally:
            other.cancel()
            with suppress(asyncio.CancelledError):
                await other

    async def look(self, invoke: str) -> dict[str, int]:
        """The counts now."""
        before, now = self._last.get(invoke, {}), await self.world.progress(invoke)
        assert all(now.get(name, 0) >= before.get(name, 0) for name in ("completed", "failed", "stopped", "ended"))
        assert not now or now["total"] == len(self.orders[invoke])
        self._last[invoke] = now
        return now

    async def _settled(self) -> None:
        for invoke in self.orders:
            while not (counts := self._last.get(invoke)) or counts["pending"] or not counts["ended"]:
                self.world.check_processes()
                await asyncio.sleep(0.02)
