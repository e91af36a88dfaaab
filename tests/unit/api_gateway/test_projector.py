"""The projector against a log and a store in memory."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from api_gateway.projector import BATCH_BYTES, BATCH_RECORDS, READS, Projector, batches, passed
from api_gateway.views import messages
from dapi_common import topics
from dapi_common.bus.memory import MemoryBus
from dapi_common.bus.port import Output, Record, TooManyParked
from dapi_common.clock import ManualClock
from dapi_common.contacts import PLANS
from dapi_common.events.invokes import MessageAccepted
from dapi_common.ids import MessageId
from dapi_common.runtime.health import Health
from dapi_common.store.memory import MemoryStore
from dapi_common.store.port import ATOMIC, StoreRefused, StoreUnavailable, Write
from dapi_common.store.positions import POSITIONS, Positions, position_id
from tests.unit.api_gateway.views.history import ACCOUNT, START, History, invoke, message, planned, projector


class Notebook(MemoryStore):
    """A store that remembers which collections each call wrote, and fails the calls that it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[set[str]] = []
        self.failures = 0

    async def write(self, writes: Sequence[Write]) -> None:
        if self.failures:
            self.failures -= 1
            raise StoreUnavailable("told to")
        await super().write(writes)
        self.calls.append({write.collection for write in writes})


def unreadable(offset: int, topic: str = topics.EVENTS.name) -> Record:
    return Record(topic, 0, offset, b"a1", b"{", [("ce_type", b"message.accepted")], START)


async def published(bus: MemoryBus, *facts: MessageAccepted) -> None:
    async with bus.publisher() as publisher:
        for fact in facts:
            await publisher.publish(Output(topics.EVENTS, fact), 1.0)


@asynccontextmanager
async def running(bus: MemoryBus, store: MemoryStore, health: Health | None = None) -> AsyncIterator[None]:
    """A projector at work; its pauses pass at once."""
    works = Projector(
        lambda positions: bus.reader(READS, positions=positions),
        bus.publisher(),
        store,
        health or Health(),
        pause=lambda _: asyncio.sleep(0),
    )
    task = asyncio.ensure_future(works.run())
    yield
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()


async def shown(store: MemoryStore, n: int) -> dict[str, object]:
    """The message, once it is there."""
    async with asyncio.timeout(10):
        while True:
            store.available = True
            found = await messages.get(store, ACCOUNT, MessageId(str(n)))
            if found:
                return found
            await asyncio.sleep(0)


async def test_what_is_in_the_log_becomes_readable_and_the_positions_say_so() -> None:
    bus, store = MemoryBus(4, ManualClock()), MemoryStore()
    await published(bus, message(1), message(2))
    async with running(bus, store):
        await shown(store, 2)
        async with asyncio.timeout(10):
            while not (positions := await Positions.load(store, [topics.EVENTS.name])):
                await asyncio.sleep(0)
    assert list(positions.values()) == [2]


async def test_a_restart_reads_on_from_the_stored_positions() -> None:
    bus, store = MemoryBus(1, ManualClock()), MemoryStore()
    await published(bus, message(1), message(2))
    await store.write([Positions.write_for(topics.EVENTS.name, 0, 1)])
    async with running(bus, store):
        await shown(store, 2)
    assert await messages.get(store, ACCOUNT, MessageId("1")) is None


async def test_positions_pass_records_that_change_nothing() -> None:
    assert [write.maximum for write in passed([unreadable(4), unreadable(9)]) if hasattr(write, "maximum")] == [
        {"offset": 10}
    ]


async def test_a_batch_becomes_visible_together_with_its_positions() -> None:
    store = Notebook()
    await projector(store).fold(History().add(invoke(1), planned(1), message(5)).records)
    [together] = store.calls
    assert {"messages", PLANS, POSITIONS} <= together


async def test_of_a_large_batch_documents_come_first_then_what_signals_them_and_the_positions() -> None:
    store = Notebook()
    await projector(store).fold(History().add(invoke(1), *(message(n) for n in range(ATOMIC))).records)
    first, last = store.calls
    assert "messages" in first
    assert last == {PLANS, POSITIONS}


async def test_a_record_that_nobody_can_read_is_parked_and_does_not_hold_up_the_rest() -> None:
    bus, store = MemoryBus(1, ManualClock()), MemoryStore()
    rest = History().add(message(1)).records
    await projector(store, bus).fold([unreadable(7, topics.DELIVERIES.name), *rest])
    [parked] = bus.records(topics.PARKING)
    assert dict(parked.headers)["dapi_origin"] == b"dapi.deliveries/0/7"
    assert await messages.get(store, ACCOUNT, MessageId("1"))
    assert await Positions.load(store, [topics.DELIVERIES.name]) == {(topics.DELIVERIES.name, 0): 8}


async def test_a_topic_that_cannot_be_read_at_all_is_not_emptied_into_parking() -> None:
    works = projector(MemoryStore())
    await works.fold([unreadable(offset) for offset in range(999)])
    with pytest.raises(TooManyParked):
        await works.fold([unreadable(999)])


class Picky(MemoryStore):
    """A store that cannot hold some messages."""

    def __init__(self, *refused: str) -> None:
        super().__init__()
        self._refused = set(refused)

    async def write(self, writes: Sequence[Write]) -> None:
        if self._refused & {getattr(write, "id", "") for write in writes}:
            raise StoreRefused("told to")
        await super().write(writes)


async def test_a_record_that_cannot_be_folded_is_parked_and_does_not_hold_up_the_rest() -> None:
    bus = MemoryBus(1, ManualClock())
    store = Picky(f"{ACCOUNT}/7", f"{ACCOUNT}/30")
    await projector(store, bus).fold(History().add(*(message(n) for n in range(40))).records)
    origins = [dict(parked.headers)["dapi_origin"] for parked in bus.records(topics.PARKING)]
    assert origins == [b"dapi.events/0/7", b"dapi.events/0/30"]
    assert {dict(parked.headers)["dapi_reason"] for parked in bus.records(topics.PARKING)} == {
        b"the fold raised StoreRefused"
    }
    known = [n for n in range(40) if await messages.get(store, ACCOUNT, MessageId(str(n)))]
    assert known == [n for n in range(40) if n not in (7, 30)]
    assert await Positions.load(store, [topics.EVENTS.name]) == {(topics.EVENTS.name, 0): 40}


async def test_a_store_that_refuses_everything_parks_nothing() -> None:
    bus = MemoryBus(1, ManualClock())
    store = Picky(f"{ACCOUNT}/0", position_id(topics.EVENTS.name, 0))
    with pytest.raises(StoreRefused):
        await projector(store, bus).fold(History().add(message(0)).records)
    assert bus.records(topics.PARKING) == []


async def test_a_batch_is_kept_while_the_store_is_away() -> None:
    bus, store, health = MemoryBus(1, ManualClock()), Notebook(), Health()
    async with running(bus, store, health):
        async with asyncio.timeout(10):
            while health.reason is not None:
                await asyncio.sleep(0)
        store.failures = 3
        await published(bus, message(1))
        async with asyncio.timeout(10):
            while store.failures:
                await asyncio.sleep(0)
        assert await shown(store, 1)
        assert health.reason is None


async def test_the_process_is_not_ready_before_the_store_has_answered() -> None:
    bus, store, health = MemoryBus(1, ManualClock()), MemoryStore(), Health()
    store.available = False
    async with running(bus, store, health):
        async with asyncio.timeout(10):
            while health.reason != "store unavailable":
                await asyncio.sleep(0)
        store.available = True
        async with asyncio.timeout(10):
            while health.reason is not None:
                await asyncio.sleep(0)


def test_batches_are_small_in_number_and_in_bytes() -> None:
    many = [unreadable(offset) for offset in range(2 * BATCH_RECORDS + 1)]
    assert [len(batch) for batch in batches(many)] == [BATCH_RECORDS, BATCH_RECORDS, 1]
    large = [Record("t", 0, n, b"", b"x" * (BATCH_BYTES // 2 + 1), (), START) for n in range(3)]
    assert [len(batch) for batch in batches(large)] == [1, 1, 1]
    assert list(batches([])) == []


async def test_a_store_that_is_slow_gets_smaller_batches_and_larger_ones_again() -> None:
    store, sizes = MemoryStore(), list[int]()

    class Slow(Projector):
        seconds = 1.0

        async def fold(self, batch: Sequence[Record], *, hold: bool = True) -> None:
            sizes.append(len(batch))

        def _learn(self, seconds: float) -> None:
            super()._learn(self.seconds)

    projector = Slow(lambda _: MemoryBus(1).reader(READS), MemoryBus(1).publisher(), store, Health())
    records = [Record("t", 0, n, b"k", b"", [], 1.0) for n in range(8000)]
    await projector.fold_all(records)
    assert sizes[:4] == [2000, 1000, 500, 250]
    assert sum(sizes) == 8000
    assert sizes[-10:].count(50) >= 9
    sizes.clear()
    projector.seconds = 0.01
    await projector.fold_all(records)
    assert sum(sizes) == 8000
    assert sizes[-1] > 1000
