"""What every implementation of the log must do about records that end their process. A subclass gives `bus`."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from uuid import uuid4

import pytest

from dapi_common import events, topics
from dapi_common.bus.decode import decode
from dapi_common.bus.port import Committed, Effects, Publisher, Record
from dapi_common.bus.suspects import CRASHES
from dapi_common.bus.task import Processor
from dapi_common.clock import SystemClock
from dapi_common.testing.bus_contract import CHANGELOG, INPUTS, Bus, Copying, numbers, read_all, work


class Fragile(Copying):
    """Copies work to results; parks what it cannot read, and raises at the numbers in `poison`."""

    def __init__(self, poison: frozenset[int]) -> None:
        super().__init__()
        self._poison = poison

    def step(self, records: Sequence[Record], arrivals: Sequence[object], now: float) -> Effects:
        effects = Effects()
        readable = [record for record in records if decode(events.SENDS, record, effects) is not None]
        for record in readable:
            if int(events.SENDS.decode(record.headers, record.value).invoke_id) in self._poison:
                raise LookupError("made to fail")
        copied = super().step(readable, arrivals, now)
        copied.parked, copied.jobs = effects.parked, []
        if records:
            copied.offsets = {records[-1].topic: Committed(records[-1].offset + 1)}
        return copied


class SuspectsContract:
    """The suite."""

    @pytest.fixture(autouse=True)
    def _service(self) -> None:
        self.service = f"suspects-{uuid4().hex}"

    @pytest.fixture
    async def publisher(self, bus: Bus) -> Any:
        async with bus.publisher() as publisher:
            yield publisher

    async def _live(self, bus: Bus, poison: frozenset[int], until: int) -> bool:
        """One life of the process: whether it lasted until there were so many results."""
        feed = bus.feed(self.service, INPUTS, CHANGELOG, "0")
        processor = Processor(feed, lambda _: Fragile(poison), SystemClock(), tick=0.001, drain_seconds=2)
        running = asyncio.ensure_future(processor.run())
        reading = asyncio.ensure_future(numbers(bus, until))
        await asyncio.wait({running, reading}, timeout=20, return_when=asyncio.FIRST_COMPLETED)
        lasted = not running.done()
        for work_of_ours in (running, reading):
            work_of_ours.cancel()
        await asyncio.wait({running, reading}, timeout=20)
        with suppress(asyncio.CancelledError, LookupError):
            await running
        return lasted

    async def _crashes(self, bus: Bus, poison: frozenset[int], until: int, lives: int = 12) -> int:
        """How often the process ended before there were so many results."""
        for crashes in range(lives):
            if await self._live(bus, poison, until):
                return crashes
        raise AssertionError(f"{lives} lives were not enough")

    async def _parked(self, bus: Bus, count: int) -> list[Record]:
        reader = bus.reader([topics.PARKING])
        await reader.start()
        try:
            return await read_all(reader, count)
        finally:
            await reader.stop()

    @pytest.mark.parametrize("count", [1, 2, 40])
    async def test_who_ends_the_process_three_times_is_parked_and_the_others_are_done_once_and_in_order(
        self, bus: Bus, publisher: Publisher, count: int
    ) -> None:
        places = [await publisher.publish(work(n), 10) for n in range(count)]
        await publisher.publish(work(count), 10)
        bad = count // 2
        assert await self._crashes(bus, frozenset({bad}), until=count) == CRASHES
        assert await numbers(bus, count) == [n for n in range(count + 1) if n != bad]
        (parked,) = await self._parked(bus, 1)
        headers = dict(parked.headers)
        partition, offset = places[bad]
        assert headers["dapi_origin"].decode() == f"{topics.SENDS.name}/{partition}/{offset}"
        assert headers["dapi_reason"] == b"the handler raised LookupError, 3 times"
        assert events.SENDS.decode(parked.headers, parked.value).invoke_id == str(bad)

    async def test_each_of_several_is_found(self, bus: Bus, publisher: Publisher) -> None:
        for n in range(12):
            await publisher.publish(work(n), 10)
        await self._crashes(bus, frozenset({3, 8}), until=10)
        assert await numbers(bus, 10) == [n for n in range(12) if n not in (3, 8)]
        found = [events.SENDS.decode(r.headers, r.value).invoke_id for r in await self._parked(bus, 2)]
        assert sorted(found) == ["3", "8"]

    async def test_a_handler_that_is_repaired_in_time_gets_the_record(self, bus: Bus, publisher: Publisher) -> None:
        for n in range(5):
            await publisher.publish(work(n), 10)
        for _ in range(CRASHES - 1):
            assert not await self._live(bus, frozenset({2}), until=5)
        assert await self._live(bus, frozenset(), until=5)
        assert await numbers(bus, 5) == list(range(5))
