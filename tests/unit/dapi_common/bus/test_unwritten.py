"""Steps that say nothing are written with the next one that does, or a moment later."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from dapi_common import topics
from dapi_common.bus.encode import Encoder
from dapi_common.bus.memory import MemoryBus
from dapi_common.bus.port import Committed, Effects, Record
from dapi_common.bus.task import Processor
from dapi_common.bus.unwritten import Unwritten
from dapi_common.clock import SystemClock
from dapi_common.testing.bus_contract import Copying, work

HERE = ("copy", 0)
SENDS = topics.SENDS.name


class Reading(Copying):
    """Says something of every third number only, and does no job. What it keeps of the others is its state."""

    def step(self, records: Sequence[Record], arrivals: Sequence[object], now: float) -> Effects:
        effects = super().step(records, arrivals, now)
        effects.jobs = []
        effects.outputs = [output for output in effects.outputs if int(output.payload.list_id) % 3 == 0]  # type: ignore[attr-defined]
        return effects


class Run:
    """A processor over a bus of one partition, one record a step."""

    def __init__(self, bus: MemoryBus) -> None:
        self.bus, self.tasks = bus, list[Reading]()
        feed = bus.feed("copy", [topics.SENDS], topics.DISPATCHER_STATE, "0")
        self.running = asyncio.create_task(Processor(feed, self._task, SystemClock(), tick=0.0).run())

    def _task(self, partition: int) -> Reading:
        self.tasks.append(Reading())
        return self.tasks[-1]

    async def give(self, number: int) -> None:
        """Returns when the step with it has ended."""
        seen = self.tasks[-1].seen if self.tasks else 0
        self.bus.append(Encoder("test").output(work(number), 1.0))
        await until(lambda: bool(self.tasks) and self.tasks[-1].seen > seen)
        await asyncio.sleep(0.01)

    async def end(self) -> None:
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():
            await asyncio.sleep(0.001)


def offset(bus: MemoryBus) -> int:
    return bus.committed.get(HERE, {}).get(SENDS, Committed(0)).offset


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is written only because time passes."""
    monkeypatch.setattr("dapi_common.bus.unwritten.SECONDS", 3600.0)


@pytest.mark.usefixtures("patient")
async def test_what_says_nothing_is_written_with_the_next_that_does() -> None:
    run = Run(MemoryBus(1))
    for number in (1, 2):
        await run.give(number)
    assert (offset(run.bus), run.bus.log(topics.DISPATCHER_STATE.name, 0)) == (0, [])
    await run.give(3)
    await until(lambda: offset(run.bus) == 3)
    assert [record.value for record in run.bus.log(topics.DISPATCHER_STATE.name, 0)] == [b"3"]
    await run.end()


async def test_it_is_written_by_itself_when_nothing_else_comes() -> None:
    run = Run(MemoryBus(1))
    await run.give(1)
    await until(lambda: offset(run.bus) == 1)
    await run.end()


@pytest.mark.usefixtures("patient")
async def test_who_gives_a_task_up_leaves_nothing_unwritten() -> None:
    run = Run(MemoryBus(1))
    await run.give(1)
    await run.end()
    assert offset(run.bus) == 1


@pytest.mark.usefixtures("patient")
async def test_who_takes_over_from_one_that_died_reads_again_what_was_not_written() -> None:
    bus = MemoryBus(1)
    first = Run(bus)
    await first.give(1)
    first.tasks[0].fail_at = 2
    bus.append(Encoder("test").output(work(2), 1.0))
    with pytest.raises(RuntimeError, match="made to fail"):
        await first.running
    assert (offset(bus), bus.log(topics.DISPATCHER_STATE.name, 0)) == (0, [])
    second = Run(bus)
    await until(lambda: bool(second.tasks) and second.tasks[0].seen == 2)
    await second.give(3)
    await until(lambda: offset(bus) == 3)
    assert bus.log(topics.DISPATCHER_STATE.name, 0)[-1].value == b"3"
    await second.end()


def test_the_last_word_on_a_key_is_written_once_and_last() -> None:
    unwritten = Unwritten()
    unwritten.add(Effects(state={"a": b"1", "b": b"1"}, offsets={SENDS: Committed(1)}), ())
    unwritten.add(Effects(state={"a": None}, offsets={SENDS: Committed(2, "beyond")}), ())
    state, offsets = unwritten.taken()
    assert (list(state.items()), offsets) == ([("b", b"1"), ("a", None)], {SENDS: Committed(2, "beyond")})
    assert not unwritten
