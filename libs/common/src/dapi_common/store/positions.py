"""How far the projector has folded each partition, and waiting for it: what makes a GET after a 200 see the change."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass

from dapi_common.clock import Clock
from dapi_common.runtime import metrics
from dapi_common.store.port import Document, Store, StoreUnavailable, Upsert

POSITIONS = "positions"
SILENCE = 1.0
"""Seconds without an answer of the store after which waiting for it is in vain."""

_SOONEST, _LATEST = 0.010, 0.020
"""Seconds between two looks, by how long a look takes."""


class Positions:
    """The collection of positions: one document per (topic, partition), which only grows."""

    @staticmethod
    def write_for(topic: str, partition: int, next_offset: int) -> Upsert:
        """Everything of the partition below `next_offset` is folded: to be the last of the writes that fold it."""
        return Upsert(
            POSITIONS,
            position_id(topic, partition),
            constant={"topic": topic, "partition": partition},
            maximum={"offset": next_offset},
        )

    @staticmethod
    async def load(store: Store, topics: Collection[str]) -> dict[tuple[str, int], int]:
        """The next offset to fold, by (topic, partition); what was never folded is missing."""
        found = await store.find(POSITIONS, {})
        known = {(str(document["topic"]), _int(document, "partition")): _int(document, "offset") for document in found}
        return {key: offset for key, offset in known.items() if key[0] in topics}

    @staticmethod
    async def have_reached(store: Store, topic: str, partition: int, next_offset: int) -> bool:
        """Whether everything of the partition below `next_offset` is folded."""
        key = position_id(topic, partition)
        found = await store.get(POSITIONS, [key])
        return next_offset <= (_int(found[key], "offset") if key in found else 0)


def position_id(topic: str, partition: int) -> str:
    """`_id` of one position."""
    return f"{topic}/{partition}"


@dataclass(frozen=True, slots=True, eq=False)
class _Waiter:
    position: str
    offset: int
    passed: asyncio.Future[None]


class Barrier:
    """Waits until the projector has folded an offset. However many wait, one query at a time looks."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._known: dict[str, int] = {}
        self._waiters: set[_Waiter] = set()
        self._looking: asyncio.Task[None] | None = None
        self._answered_at = 0.0

    async def wait(self, topic: str, partition: int, offset: int, timeout: float) -> bool:
        """True once `offset` is folded; False when it is not within `timeout` seconds, or when the store has been
        silent for SILENCE of them: who waits for a store that is away waits in vain."""
        position = position_id(topic, partition)
        if self._known.get(position, 0) > offset:
            return True
        waiter = _Waiter(position, offset, asyncio.get_running_loop().create_future())
        started, passed = self._clock.now(), await self._wait(waiter, timeout)
        metrics.BARRIER_SECONDS.labels(passed).observe(self._clock.now() - started)
        return passed

    async def close(self) -> None:
        """Stops looking; who still waits gets False in time."""
        if self._looking:
            self._looking.cancel()
            await asyncio.wait({self._looking})

    async def _wait(self, waiter: _Waiter, timeout: float) -> bool:
        self._waiters.add(waiter)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        started = self._clock.now()
        try:
            while not waiter.passed.done():
                now = self._clock.now()
                silent_until = max(started, self._answered_at) + SILENCE
                if now >= min(started + timeout, silent_until):
                    return False
                await asyncio.wait({waiter.passed}, timeout=min(started + timeout, silent_until) - now)
        finally:
            self._waiters.discard(waiter)
        return True

    async def _look(self) -> None:
        while self._waiters:
            started = self._clock.now()
            try:
                await self._refresh()
                self._answered_at = self._clock.now()
            except StoreUnavailable:
                await asyncio.sleep(_LATEST)
            self._release()
            if self._waiters:
                await asyncio.sleep(min(max(_SOONEST, self._clock.now() - started), _LATEST))

    async def _refresh(self) -> None:
        wanted = {waiter.position for waiter in self._waiters}
        for key, document in (await self._store.get(POSITIONS, sorted(wanted))).items():
            self._known[key] = _int(document, "offset")

    def _release(self) -> None:
        for waiter in [w for w in self._waiters if self._known.get(w.position, 0) > w.offset]:
            self._waiters.discard(waiter)
            if not waiter.passed.done():
                waiter.passed.set_result(None)


def _int(document: Document, field: str) -> int:
    value = document[field]
    assert isinstance(value, int)
    return value
