import asyncio
from collections.abc import Callable, Mapping, Sequence

import pytest

from dapi_common import events, topics
from dapi_common.bus.encode import Encoder
from dapi_common.bus.memory import MemoryBus, MemoryFeed
from dapi_common.bus.port import Effects, Opened, Record
from dapi_common.bus.task import Processor
from dapi_common.clock import ManualClock, SystemClock
from dapi_common.testing.bus_contract import Copying, work


class SlowToOpen(MemoryFeed):
    """Partition 0 is positioned at once; its changelog takes a while to read."""

    def __init__(self, bus: MemoryBus) -> None:
        super().__init__(bus, "copy", [topics.SENDS.name], None)
        self.opened: list[int] = []
        self.hold = asyncio.Event()
        self.hold.set()

    async def open(self, partition: int) -> Opened:
        opened = await super().open(partition)
        self.opened.append(partition)
        await self.hold.wait()
        return opened


def _results(bus: MemoryBus) -> list[int]:
    return [int(events.EVENTS.decode(r.headers, r.value).list_id) for r in bus.records(topics.EVENTS)]


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():
            await asyncio.sleep(0.001)


def _append(bus: MemoryBus, number: int) -> None:
    bus.append(Encoder("test").output(work(number), 1.0))


async def test_a_poll_from_before_a_rebalance_takes_nothing_from_the_task_that_is_being_opened() -> None:
    bus = MemoryBus(1)
    feed = SlowToOpen(bus)
    running = asyncio.create_task(Processor(feed, lambda _: Copying(), SystemClock(), tick=0.0).run())
    _append(bus, 1)
    await _until(lambda: _results(bus) == [1])
    await asyncio.sleep(0.01)  # a poll is waiting by now
    feed.hold.clear()
    rebalance = asyncio.create_task(bus.rebalance("copy"))
    await _until(lambda: len(feed.opened) == 2)
    _append(bus, 2)  # the waiting poll takes it, while the task is positioned but not open yet
    await asyncio.sleep(0.01)
    feed.hold.set()
    await rebalance
    _append(bus, 3)
    await _until(lambda: 3 in _results(bus))
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert _results(bus) == [1, 2, 3]


class Waking(Copying):
    """Wants to be woken at a time, and keeps how many records it had by then."""

    def __init__(self, wake_at: float) -> None:
        super().__init__()
        self._wake_at: float | None = wake_at
        self.batches: list[int] = []

    def step(self, records: Sequence[Record], arrivals: Sequence[object], now: float) -> Effects:
        effects = super().step(records, arrivals, now)
        self.batches.append(len(records))
        effects.jobs, effects.wake_at, self._wake_at = [], self._wake_at, None
        return effects


async def test_who_stood_still_reads_before_it_goes_on_with_what_it_knew() -> None:
    bus, clock = MemoryBus(1), ManualClock(1000.0)
    task = Waking(1000.05)
    running = asyncio.create_task(Processor(bus.feed("copy", [topics.SENDS], None, "0"), lambda _: task, clock).run())
    await _until(lambda: len(task.batches) == 1)
    clock.advance(30.0)
    await asyncio.sleep(0.1)  # it is woken, and finds that it is late
    assert len(task.batches) == 1
    _append(bus, 1)
    await _until(lambda: len(task.batches) == 2)
    assert task.batches == [0, 1]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


class DealtOutLate(MemoryFeed):
    """A rebalance ends while it stops."""

    def __init__(self, bus: MemoryBus) -> None:
        super().__init__(bus, "copy", [topics.SENDS.name], None)

    async def stop(self) -> None:
        await super().stop()
        assert self.assignment
        await self.assignment.assigned([0])


async def test_what_a_rebalance_deals_out_to_who_is_ending_is_given_up_too() -> None:
    bus = MemoryBus(1)
    before = asyncio.all_tasks()
    running = asyncio.create_task(Processor(DealtOutLate(bus), lambda _: Copying(), SystemClock(), tick=0.0).run())
    _append(bus, 1)
    await _until(lambda: _results(bus) == [1])
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert asyncio.all_tasks() == before


class Sated(Copying):
    """It wants nothing more for the moment."""

    def appetite(self) -> int:
        return 0


class Ended(MemoryFeed):
    """It has nothing to say but that it is over."""

    async def poll(self, wanted: Mapping[int, int], timeout: float) -> Mapping[int, Sequence[Record]]:
        raise LookupError("the membership is over")


async def test_a_process_whose_membership_is_over_ends_although_its_tasks_want_nothing() -> None:
    feed = Ended(MemoryBus(1), "copy", [topics.SENDS.name], None)
    async with asyncio.timeout(30):
        with pytest.raises(LookupError, match="the membership is over"):
            await Processor(feed, lambda _: Sated(), SystemClock()).run()


class Failing(Copying):
    """Its job raises."""

    def step(self, records: Sequence[Record], arrivals: Sequence[object], now: float) -> Effects:
        effects = super().step(records, arrivals, now)
        effects.jobs = [self._fail for _ in effects.jobs]
        return effects

    async def _fail(self) -> object:
        raise LookupError("a defect of the job")


@pytest.mark.parametrize("tick", [0.0, 0.05])  # it raises while the task waits, or while it rests
async def test_a_job_that_raises_ends_the_process_instead_of_being_waited_for_for_ever(tick: float) -> None:
    bus = MemoryBus(1)
    feed = bus.feed("copy", [topics.SENDS], None, "0")
    _append(bus, 1)
    async with asyncio.timeout(30):
        with pytest.raises(LookupError, match="a defect of the job"):
            await Processor(feed, lambda _: Failing(), SystemClock(), tick=tick).run()
    assert _results(bus) == [1]
