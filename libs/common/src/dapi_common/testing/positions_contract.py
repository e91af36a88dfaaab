"""What the projector's positions and the barrier must do over every Store. Subclass it with a fixture `store`."""

import asyncio

from dapi_common.clock import SystemClock
from dapi_common.store.port import Store
from dapi_common.store.positions import Barrier, Positions

SOON = 5.0


class PositionsContract:
    async def test_what_was_folded_is_read_back_by_topic_and_partition(self, store: Store) -> None:
        folded = {("events", 0): 7, ("events", 1): 3, ("sends", 0): 9}
        await store.write([Positions.write_for(*partition, offset) for partition, offset in folded.items()])
        assert await Positions.load(store, ["events", "unread"]) == {("events", 0): 7, ("events", 1): 3}

    async def test_a_position_never_goes_back(self, store: Store) -> None:
        for offset in (7, 5, 6):
            await store.write([Positions.write_for("events", 0, offset)])
        assert await Positions.load(store, ["events"]) == {("events", 0): 7}

    async def test_the_barrier_opens_when_the_offset_is_folded_and_not_before(self, store: Store) -> None:
        barrier = Barrier(store, SystemClock())
        await store.write([Positions.write_for("events", 0, 7)])
        assert not await barrier.wait("events", 0, 7, timeout=0.05)
        waiting = asyncio.create_task(barrier.wait("events", 0, 7, timeout=SOON))
        await store.write([Positions.write_for("events", 0, 8)])
        assert await waiting
        await barrier.close()

    async def test_a_partition_that_was_never_folded_is_waited_for(self, store: Store) -> None:
        barrier = Barrier(store, SystemClock())
        waiting = asyncio.create_task(barrier.wait("events", 3, 0, timeout=SOON))
        await store.write([Positions.write_for("events", 3, 1)])
        assert await waiting
        await barrier.close()
