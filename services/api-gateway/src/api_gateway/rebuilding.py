"""A new generation of the read models from the log, while the old one serves: fold everything, compare, switch.

The same folds do it that the projector has, in a process of its own and at its own pace. The projector is held for a
moment only (`succession`): both generations have folded the same offsets then, and what they hold is compared."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Final, Protocol

from api_gateway import projection, restoring, succession
from api_gateway.comparison import FEW, Comparison, Sum, Touched
from api_gateway.projector import READS, Projector
from api_gateway.succession import Unheld
from dapi_common.bus.port import Output, Reader, Record
from dapi_common.runtime.health import Health
from dapi_common.store.generations import LEASE_SECONDS, Generation, generation, standing
from dapi_common.store.port import Rebuildable, Write
from dapi_common.store.positions import POSITIONS, Positions
from dapi_common.topics import Topic

Offsets = Mapping[tuple[str, int], int]
KEPT_UP_SECONDS: Final = 60.0
"""For which the serving generation may stay behind the rebuilt one."""
_TRIES: Final = 5
_ROUNDS: Final = 50
_STEP: Final = 0.02
_SHOWN: Final = 3


class Log(Protocol):
    """A bus, as far as a rebuild reads it."""

    def reader(self, topics: Sequence[Topic], *, positions: Offsets | None = None) -> Reader:
        """Reads whole topics from their start, or from `positions` where given."""
        ...


class Unparked:
    """Where a rebuild leaves what cannot be read: it is parked already."""

    async def publish(self, output: Output, timeout: float) -> tuple[int, int]:
        raise AssertionError("a rebuild says nothing")

    async def park(self, record: Record, reason: str, timeout: float) -> None:
        """Nothing."""


class Watched(Generation):
    """A generation that says what is written to it."""

    touched: Touched | None = None

    async def write(self, writes: Sequence[Write]) -> None:
        if self.touched is not None:
            await self.touched.note(writes)
        await super().write(writes)


class Build:
    """A generation that is being made."""

    def __init__(self, log: Log, store: Rebuildable, number: int) -> None:
        self._log, self.store = log, Watched(store, number)
        self._reader = log.reader(READS)
        self._folding = Projector(lambda positions: self._reader, Unparked(), self.store, Health())
        self.records = 0

    async def start(self) -> None:
        """Nothing is folded yet."""
        await self.store.ensure(projection.INDEXES)
        await self._reader.start()

    async def catch_up(self) -> None:
        """Folds what was in the log at `start`; a first time, what of it is not in the log any more is restored."""
        while not await self._reader.at_end():
            await self.step(1.0)
        async for writes in restoring.restored(self.store):
            await self.store.write(writes)

    async def step(self, timeout: float = 0.0) -> None:
        """Folds what has come."""
        await self._fold(await self._reader.poll(timeout))

    async def upto(self, offsets: Offsets) -> None:
        """Folds exactly what is below these."""
        while not await self._reader.reached(offsets):
            records = await self._reader.poll(_STEP)
            await self._fold([r for r in records if r.offset < offsets.get((r.topic, r.partition), 0)])
        await self.store.write([Positions.write_for(*partition, offset) for partition, offset in offsets.items()])

    async def resume(self) -> None:
        """After `upto`: goes on beyond it."""
        await self._reader.stop()
        self._reader = self._log.reader(READS, positions=await positions(self.store))
        await self._reader.start()

    async def stop(self) -> None:
        """The generation stays as it is."""
        await self._reader.stop()

    async def _fold(self, records: Sequence[Record]) -> None:
        await self._folding.fold_all(records)
        self.records += len(records)


@dataclass(slots=True)
class Report:
    """What a rebuild found. `models`: by read model, what it adds up to in the serving and in the rebuilt
    generation, both having folded the same offsets."""

    serving: int
    rebuilt: int
    records: int = 0
    held_seconds: float = 0.0
    switched: bool = False
    models: dict[str, tuple[Sum, Sum]] = field(default_factory=dict)
    different: dict[str, list[str]] = field(default_factory=dict)
    """Some of the documents that are not the same."""

    @property
    def identical(self) -> bool:
        """Whether all of them are."""
        return all(one == other for one, other in self.models.values())


class Rebuild:
    """One rebuild, of generation `number`."""

    def __init__(self, log: Log, store: Rebuildable, serving: int, number: int, pause: float = _STEP) -> None:
        self._whole, self._pause = store, pause
        self._serving = generation(store, serving)
        self._build = Build(log, store, number)
        self._comparison = Comparison(self._serving, self._build.store, projection.INDEXES)
        self._touched = Touched(self._build.store)
        self.report = Report(serving, number)

    async def run(self, *, switch: bool) -> Report:
        """Raises Unheld when the projector is not there, or does not keep still: then nothing has changed."""
        await self._build.start()
        try:
            await self._build.catch_up()
            self._build.store.touched = self._touched
            await self._kept_up()
            async for _ in self._comparison.scan():
                await self._build.step()
            await self._settle(switch=switch)
            if switch:
                await succession.seated(self._whole, self.report.rebuilt)
        finally:
            await self._build.stop()
        self.report.records, self.report.switched = self._build.records, switch
        return self.report

    async def _settle(self, *, switch: bool) -> None:
        for attempt in range(_TRIES):
            try:
                await self._once(switch=switch)
                return
            except Unheld:
                if attempt == _TRIES - 1 or await self._is_another():
                    raise
                await self._build.resume()

    async def _is_another(self) -> bool:
        return (await standing(self._whole)).number != self.report.serving

    async def _once(self, *, switch: bool) -> None:
        """The last look at what has changed, in rounds; the last of them while nothing changes. Raises Unheld."""
        for _ in range(_ROUNDS):
            await self._build.step()
            await self._kept_up()
            if len(self._touched) <= FEW:
                break
            await self._comparison.look(self._touched.take())
        async with succession.held(self._whole, self.report.serving) as hold:
            began = monotonic()
            with _in_time():
                async with asyncio.timeout(LEASE_SECONDS):
                    await self._compare()
            await (hold.hand_over(self.report.rebuilt) if switch else hold.release())
            self.report.held_seconds = monotonic() - began

    async def _compare(self) -> None:
        await self._build.upto(await positions(self._serving))
        await self._comparison.look(self._touched.take())
        self.report.models = self._comparison.figures()
        self.report.different = self._comparison.different(_SHOWN)

    async def _kept_up(self) -> None:
        """Waits until the serving generation has all that the rebuilt one has. Raises Unheld."""
        wanted, until = await positions(self._build.store), monotonic() + KEPT_UP_SECONDS
        while not _reach(await positions(self._serving), wanted):
            if monotonic() > until:
                raise Unheld("the projector does not keep up: is it running?")
            await asyncio.sleep(self._pause)


@contextmanager
def _in_time() -> Iterator[None]:
    try:
        yield
    except TimeoutError:
        raise Unheld("the last of the log took longer to compare than the projector can hold") from None


def _reach(offsets: Offsets, wanted: Offsets) -> bool:
    return all(offsets.get(partition, 0) >= offset for partition, offset in wanted.items())


async def positions(store: Rebuildable) -> dict[tuple[str, int], int]:
    """How far a generation is."""
    return await Positions.load(store, [topic.name for topic in READS])


async def drop(store: Rebuildable, number: int) -> None:
    """Removes a generation."""
    for name in (*projection.INDEXES, POSITIONS):
        await generation(store, number).drop(name)
