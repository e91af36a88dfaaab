"""Sends that are held until something is said of them: nothing is written twice that could be written once, nothing is
shown later than promised, and no position passes what is not in the store."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from time import time as wall_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_gateway import holding
from api_gateway.holding import Held
from api_gateway.projection import decode
from api_gateway.projector import READS, Projector
from api_gateway.views import messages
from dapi_common import topics
from dapi_common.bus.memory import MemoryBus
from dapi_common.bus.port import Output, Record
from dapi_common.clock import ManualClock
from dapi_common.ids import MessageId
from dapi_common.runtime.health import Health
from dapi_common.store.generations import GENERATIONS, REBUILD, move, standing
from dapi_common.store.memory import MemoryStore
from dapi_common.store.port import StoreRefused, Upsert, Write
from dapi_common.store.positions import Positions
from tests.unit.api_gateway.views.history import (
    ACCOUNT,
    START,
    History,
    accepted,
    documents,
    folded,
    invoke,
    patient,
    planned,
    projector,
    send,
)

HOLD = 1.0
SENDS = topics.SENDS.name
BEGUN = (invoke(3), planned(3))
THREE = tuple(send(index) for index in range(3))


class Counted(MemoryStore):
    """A store that counts the writes to each message's document, and cannot hold some."""

    def __init__(self, *refused: str) -> None:
        super().__init__()
        self.times: dict[str, int] = {}
        self._refused = {f"{ACCOUNT}/{name}" for name in refused}

    async def write(self, writes: Sequence[Write]) -> None:
        ids = [write.id for write in writes if isinstance(write, Upsert) and write.collection == messages.COLLECTION]
        if self._refused & set(ids):
            raise StoreRefused("told to")
        await super().write(writes)
        self.times |= {key: self.times.get(key, 0) + 1 for key in set(ids)}


class Time:
    """What the projector takes for the monotonic time."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    """Stands still unless it is moved."""
    time = Time()
    monkeypatch.setattr("api_gateway.projector.monotonic", time)
    return time


async def status(store: MemoryStore, index: int) -> object:
    """What is shown of a contact's message; None when it is not shown."""
    found = await messages.get(store, ACCOUNT, MessageId(f"1-{index + 1}"))
    return found and found["status"]


async def position(store: MemoryStore, topic: str = SENDS) -> int:
    """The next offset to be read of a topic."""
    return (await Positions.load(store, [topic])).get((topic, 0), 0)


async def test_a_send_is_written_once_together_with_what_became_of_it(time: Time) -> None:
    store, log = Counted(), History()
    works = projector(store, hold=HOLD)
    await works.fold(log.add(*BEGUN, *THREE).records)
    assert store.times == {}
    assert await position(store) == 0
    await works.fold(log.add(*(accepted(of) for of in THREE)).records[5:])
    assert set(store.times.values()) == {1}
    assert [await status(store, index) for index in range(3)] == ["completed"] * 3
    assert await position(store) == 3


async def test_what_nobody_speaks_of_is_shown_as_pending_when_its_time_is_over(time: Time) -> None:
    store = Counted()
    works = projector(store, hold=HOLD)
    await works.fold_all(History().add(*BEGUN, *THREE).records)
    time.now += HOLD / 2
    await works.fold_all([])
    assert await status(store, 0) is None
    time.now += HOLD / 2
    await works.fold_all([])
    assert [await status(store, index) for index in range(3)] == ["pending"] * 3
    assert await position(store) == 3


async def test_a_send_does_not_wait_for_one_before_it_and_its_position_does(time: Time) -> None:
    store, log = Counted(), History().add(*BEGUN, *THREE)
    works = projector(store, hold=HOLD)
    await works.fold(log.records)
    await works.fold(log.add(accepted(THREE[1])).records[5:])
    assert [await status(store, index) for index in range(3)] == [None, "completed", None]
    assert await position(store) == 0
    await works.fold(log.add(accepted(THREE[0])).records[6:])
    assert [await status(store, index) for index in range(3)] == ["completed", "completed", None]
    assert await position(store) == 2
    assert set(store.times.values()) == {1}


async def test_a_send_that_comes_after_what_was_said_of_it_is_not_held(time: Time) -> None:
    store, log = Counted(), History().add(*BEGUN, THREE[0], accepted(THREE[0]))
    begun, sent, said = log.records[:2], log.records[2], log.records[3]
    works = projector(store, hold=HOLD)
    await works.fold([*begun, said])
    await works.fold([sent])
    assert await status(store, 0) == "completed"
    assert await position(store) == 1


async def test_a_partition_does_not_wait_for_another_one(time: Time) -> None:
    store, log = Counted(), History().add(*BEGUN, *THREE[:2], accepted(THREE[0]), accepted(THREE[1]))
    elsewhere = replace(log.records[3], partition=1, offset=0)
    works = projector(store, hold=HOLD)
    await works.fold([*log.records[:3], elsewhere])
    await works.fold([log.records[4]])
    assert [await status(store, index) for index in range(2)] == ["completed", None]
    assert await Positions.load(store, [SENDS]) == {(SENDS, 0): 1}
    await works.fold([log.records[5]])
    assert await status(store, 1) == "completed"
    assert await Positions.load(store, [SENDS]) == {(SENDS, 0): 1, (SENDS, 1): 1}


async def test_unreadable_records_among_held_sends_are_parked_at_once_and_passed_with_them(time: Time) -> None:
    store, bus = Counted(), MemoryBus(1, ManualClock())
    works = projector(store, bus, hold=HOLD)
    log = History().add(*BEGUN, THREE[0])
    between, behind = (Record(SENDS, 0, n, b"a1", b"{", [("ce_type", b"send.requested")], START) for n in (1, 3))
    later = replace(History().add(THREE[1]).records[0], offset=2)
    await works.fold([*log.records, between, later, behind])
    assert len(bus.records(topics.PARKING)) == 2
    assert await position(store) == 0
    await works.fold(log.add(accepted(THREE[0])).records[3:])
    assert await position(store) == 2
    time.now += HOLD
    await works.fold_all([])
    assert await position(store) == 4
    assert len(bus.records(topics.PARKING)) == 2


async def test_a_held_send_that_the_store_refuses_is_parked_alone(time: Time) -> None:
    store, bus = Counted("1-2"), MemoryBus(1, ManualClock())
    works = projector(store, bus, hold=HOLD)
    log = History().add(*BEGUN, *THREE)
    await works.fold(log.records)
    await works.fold(log.add(accepted(THREE[2])).records[5:])
    time.now += HOLD
    await works.fold_all([])
    assert [dict(parked.headers)["dapi_origin"] for parked in bus.records(topics.PARKING)] == [b"dapi.sends/0/1"]
    assert [await status(store, index) for index in range(3)] == ["pending", None, "completed"]
    assert await position(store) == 3


@pytest.mark.parametrize("bound", ["MOST", "MOST_BYTES"])
async def test_neither_too_many_nor_too_large_ones_are_held(
    time: Time, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    monkeypatch.setattr(holding, bound, 2)
    store = Counted()
    await projector(store, hold=HOLD).fold(History().add(*BEGUN, *THREE).records)
    assert [await status(store, index) for index in range(3)] == ["pending"] * 3
    assert await position(store) == 3


async def test_what_was_heard_of_long_ago_is_forgotten(time: Time, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holding, "REMEMBERED", 2)
    held, log = Held(), History().add(*BEGUN, *THREE, *(accepted(of) for of in THREE))
    first, second = log.records[2:4]
    held.sifted(decode(log.records[5:]), time.now, HOLD)
    held.sifted(decode([first]), time.now, HOLD)
    assert held.records == [first]
    assert [fact[1] for fact in held.sifted(decode([second]), time.now, HOLD)] == [second]


async def test_a_projector_at_work_shows_a_pending_message_soon_without_anything_new_in_the_log(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bus, store, asked = MemoryBus(1, ManualClock()), MemoryStore(), list[float]()
    async with bus.publisher() as publisher:
        for topic, payload in ((topics.EVENTS, invoke(3)), (topics.EVENTS, planned(3)), (topics.SENDS, THREE[0])):
            await publisher.publish(Output(topic, payload), 1.0)
    reader = bus.reader(READS)
    poll = reader.poll

    async def noted(timeout: float) -> Sequence[Record]:
        asked.append(timeout)
        return await poll(timeout)

    monkeypatch.setattr(reader, "poll", noted)
    works = Projector(lambda positions: reader, bus.publisher(), store, Health(), hold=0.1)
    task = asyncio.ensure_future(works.run())
    async with asyncio.timeout(10):
        while await status(store, 0) is None:
            await asyncio.sleep(0.005)
    task.cancel()
    await asyncio.wait({task})
    assert 0.025 in asked


async def test_a_projector_that_is_asked_for_its_seat_leaves_nothing_behind(time: Time) -> None:
    """What is compared with a rebuilt generation is what the positions say."""
    bus, store = MemoryBus(1, ManualClock()), MemoryStore()
    async with bus.publisher() as publisher:
        for topic, payload in ((topics.EVENTS, invoke(3)), (topics.EVENTS, planned(3)), (topics.SENDS, THREE[0])):
            await publisher.publish(Output(topic, payload), 1.0)
    works = Projector(lambda positions: bus.reader(READS), bus.publisher(), store, Health(), hold=0.1)
    task = asyncio.ensure_future(works.run())
    async with asyncio.timeout(10):
        while not works._held:
            await asyncio.sleep(0.005)
        found = await standing(store)
        await move(store, found, replace(found, phase="holding"))
        while (await standing(store)).phase != "held":
            await asyncio.sleep(0.005)
    assert await status(store, 0) == "pending"
    assert await position(store) == 1
    task.cancel()
    await asyncio.wait({task})


async def test_nothing_is_held_while_a_rebuild_is_under_way(time: Time) -> None:
    bus, store = MemoryBus(1, ManualClock()), MemoryStore()
    works = Projector(lambda positions: bus.reader(READS), bus.publisher(), store, Health(), hold=60.0)
    task = asyncio.ensure_future(works.run())
    await store.write([Upsert(GENERATIONS, REBUILD, {"at": wall_time()})])
    await asyncio.sleep(0.2)
    async with bus.publisher() as publisher:
        for topic, payload in ((topics.EVENTS, invoke(3)), (topics.EVENTS, planned(3)), (topics.SENDS, THREE[0])):
            await publisher.publish(Output(topic, payload), 1.0)
    async with asyncio.timeout(10):
        while await status(store, 0) != "pending":
            await asyncio.sleep(0.005)
    task.cancel()
    await asyncio.wait({task})


async def test_a_send_that_was_put_back_untried_stands_for_the_one_before_it(time: Time) -> None:
    store, log = Counted(), History().add(*BEGUN, THREE[0], THREE[0].once_more(late=True, slot=1.0))
    works = projector(store, hold=HOLD)
    await works.fold(log.records)
    assert await position(store) == 1
    await works.fold(log.add(accepted(THREE[0])).records[4:])
    assert await position(store) == 2
    assert set(store.times.values()) == {1}


async def test_what_was_passed_is_not_counted_as_held(time: Time, monkeypatch: pytest.MonkeyPatch) -> None:
    held, log = Held(), History().add(*BEGUN, *THREE, *(accepted(of) for of in THREE))
    sends, said = log.records[2:5], log.records[5:]
    monkeypatch.setattr(holding, "MOST_BYTES", 2 * len(sends[0].value or b""))
    for one, its in zip(sends, said, strict=True):
        assert held.sifted(decode([one]), time.now, HOLD) == []
        assert len(held.sifted(decode([its]), time.now, HOLD)) == 2
    assert not held


@patient
@given(st.permutations(range(3)), st.lists(st.integers(1, 4)), st.lists(st.integers(0, 10), max_size=3))
async def test_holding_changes_when_a_document_is_written_and_never_what_it_says(
    answers: Sequence[int], sizes: Sequence[int], deaths: Sequence[int]
) -> None:
    log = History().add(*BEGUN, *THREE, *(accepted(THREE[index]) for index in answers))
    store, left = MemoryStore(), list(log.records)
    works = projector(store, hold=60.0)
    for number, size in enumerate([*sizes, len(left)]):
        if number in deaths:
            known = await Positions.load(store, list({record.topic for record in log.records}))
            left = [record for record in log.records if record.offset >= known.get((record.topic, 0), 0)]
            works = projector(store, hold=60.0)
        await works.fold(left[:size])
        left = left[size:]
    await works.fold(left, hold=False)
    assert await documents(store) == await documents(await folded([log.records]))
    assert await position(store) == 3
