"""The barrier shares one poller, rests when nobody waits and survives the store's absence."""

import asyncio
from collections.abc import Sequence

import pytest

from dapi_common.clock import ManualClock
from dapi_common.store import positions
from dapi_common.store.memory import MemoryStore
from dapi_common.store.port import Document
from dapi_common.store.positions import Barrier, Positions

SOON = 5.0


class Watched(MemoryStore):
    """Counts the looks, and how many ran at once."""

    def __init__(self) -> None:
        super().__init__()
        self.looks: list[Sequence[str]] = []
        self.at_once = self.most_at_once = 0
        self.failed = asyncio.Event()

    async def get(self, collection: str, ids: Sequence[str]) -> dict[str, Document]:
        self.looks.append(ids)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        if not self.available:
            self.failed.set()
        return await super().get(collection, ids)


async def fold(store: MemoryStore, partition: int, next_offset: int) -> None:
    await store.write([Positions.write_for("events", partition, next_offset)])


async def test_what_is_known_to_be_folded_needs_no_look() -> None:
    store = Watched()
    barrier = Barrier(store, ManualClock())
    await fold(store, 0, 10)
    assert await barrier.wait("events", 0, 9, SOON)
    looks = len(store.looks)
    assert await barrier.wait("events", 0, 3, timeout=0)
    assert len(store.looks) == looks


async def test_many_waiters_share_one_look() -> None:
    store = Watched()
    barrier = Barrier(store, ManualClock())
    waiting = [asyncio.create_task(barrier.wait("events", n % 2, n, SOON)) for n in range(100)]
    await asyncio.sleep(0)
    await fold(store, 0, 100)
    await fold(store, 1, 100)
    assert all(await asyncio.gather(*waiting))
    assert store.most_at_once == 1
    assert store.looks[0] == ["events/0", "events/1"]


async def test_each_waiter_is_released_by_its_own_offset() -> None:
    store = MemoryStore()
    barrier = Barrier(store, ManualClock())
    early = asyncio.create_task(barrier.wait("events", 0, 4, SOON))
    late = asyncio.create_task(barrier.wait("events", 0, 5, SOON))
    await fold(store, 0, 5)
    assert await early
    assert not late.done()
    await fold(store, 0, 6)
    assert await late


async def test_a_wait_ends_when_its_time_is_over_and_nobody_looks_any_more() -> None:
    store, clock = Watched(), ManualClock()
    barrier = Barrier(store, clock)
    waiting = asyncio.create_task(barrier.wait("events", 0, 0, timeout=0.01))
    await asyncio.sleep(0)
    clock.advance(0.01)
    assert not await waiting
    await barrier.close()
    looks = len(store.looks)
    await fold(store, 0, 1)
    assert await barrier.wait("events", 0, 0, SOON)
    assert len(store.looks) == looks + 1


async def test_a_wait_survives_the_absence_of_the_store() -> None:
    store = Watched()
    barrier = Barrier(store, ManualClock())
    await fold(store, 0, 1)
    store.available = False
    waiting = asyncio.create_task(barrier.wait("events", 0, 0, SOON))
    await store.failed.wait()
    assert not waiting.done()
    store.available = True
    assert await waiting


async def test_nobody_waits_long_for_a_store_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(positions, "SILENCE", 0.01)
    store, clock = MemoryStore(), ManualClock()
    store.available = False
    barrier = Barrier(store, clock)
    waiting = asyncio.create_task(barrier.wait("events", 0, 0, SOON))
    await asyncio.sleep(0)
    clock.advance(0.01)
    assert not await waiting
    await barrier.close()


async def test_a_waiter_that_is_cancelled_is_forgotten() -> None:
    store = Watched()
    barrier = Barrier(store, ManualClock())
    gone = asyncio.create_task(barrier.wait("events", 0, 0, SOON))
    stays = asyncio.create_task(barrier.wait("events", 1, 0, SOON))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.wait({gone})
    await fold(store, 1, 1)
    assert await stays
    assert store.looks[-1] == ["events/1"]
