"""Generations of read models: several in one store, one of which serves.

Generation 0 has the collections' own names, generation N has them as `gN_…`. One document, `standing`, says which one
serves, and moves by comparing and setting; whoever reads (`CurrentStore`) looks at it at most every CACHE_SECONDS.

    serving   a rebuild asks the projector to hold    → holding
    holding   the projector has stopped               → held
    held      the rebuild hands over                  → switched, after CACHE_SECONDS → serving
              the rebuild has only compared, or nobody came within LEASE_SECONDS      → serving

From `held` on nothing is folded until every reader must have looked again: so no 200 has been answered that rests on
what only one of both generations has, and a GET by anyone sees what was there before. See docs/decisions/0007."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import Final, Literal, TypeVar, cast

from dapi_common.store.forwarding import Forwarding
from dapi_common.store.port import Change, Document, Index, Rebuildable, Store, Upsert, Where, Write

T = TypeVar("T")

GENERATIONS: Final = "generations"
CACHE_SECONDS: Final = 0.5
"""For so long a reader goes on with the generation that it knows."""
LEASE_SECONDS: Final = 1.5
"""For so long a projector holds before it goes on by itself. With CACHE_SECONDS it is less than clients wait."""
STANDING: Final = "standing"
REBUILD: Final = "rebuild"
"""The document of the rebuild that was the last: its `at` is when (seconds since the epoch) it said that it is under
way; 0.0 when it was over."""
DEAD_SECONDS: Final = 60.0
"""A rebuild that says nothing for so long is taken to have died."""
Phase = Literal["serving", "holding", "held", "switched"]


@dataclass(frozen=True, slots=True)
class Standing:
    """Generation `number` serves. `ticket` names the rebuild that moved it last."""

    number: int = 0
    phase: Phase = "serving"
    ticket: str = ""


async def standing(store: Store) -> Standing:
    """How it stands; where no rebuild ever was, generation 0 serves."""
    return stands(await store.get(GENERATIONS, [STANDING]))


def stands(documents: Mapping[str, Document]) -> Standing:
    """See `standing`; of GENERATIONS."""
    if STANDING not in documents:
        return Standing()
    found = documents[STANDING]
    number, phase = found["number"], found["phase"]
    assert isinstance(number, int)
    return Standing(number, cast(Phase, phase), str(found["ticket"]))


def is_rebuilding(documents: Mapping[str, Document], now: float) -> bool:
    """Whether a rebuild is under way; of GENERATIONS."""
    at = documents.get(REBUILD, {}).get("at", 0.0)
    assert isinstance(at, float)
    return now - at < DEAD_SECONDS


async def move(store: Store, before: Standing, after: Standing) -> bool:
    """Sets it to `after` if it is `before`. Whether that took place: nobody else has the number and the ticket of
    `after`."""
    if before == Standing():
        await store.write([Upsert(GENERATIONS, STANDING, initial=_fields(before))])
    where = {"_id": STANDING, **_fields(before)}
    await store.write([Change(GENERATIONS, where, _fields(after))])
    now = await standing(store)
    return (now.number, now.ticket) == (after.number, after.ticket)


def _fields(stands: Standing) -> dict[str, str | int]:
    return {"number": stands.number, "phase": stands.phase, "ticket": stands.ticket}


def generation(store: Rebuildable, number: int) -> Rebuildable:
    """The collections of one generation."""
    return Generation(store, number) if number else store


class Generation:
    """One that is not the first: its collections have longer names in another store."""

    def __init__(self, store: Rebuildable, number: int) -> None:
        self._store, self._prefix = store, f"g{number}_"

    async def ensure(self, indexes: Mapping[str, Sequence[Index]]) -> None:
        await self._store.ensure({self._prefix + name: wanted for name, wanted in indexes.items()})

    async def write(self, writes: Sequence[Write]) -> None:
        await self._store.write([replace(write, collection=self._prefix + write.collection) for write in writes])

    async def get(self, collection: str, ids: Sequence[str]) -> dict[str, Document]:
        return await self._store.get(self._prefix + collection, ids)

    async def find(
        self,
        collection: str,
        where: Where,
        order: Sequence[str] = (),
        descending: bool = False,
        limit: int = 0,
        fields: Sequence[str] = (),
    ) -> list[Document]:
        return await self._store.find(self._prefix + collection, where, order, descending, limit, fields)

    def scan(self, collection: str, fields: Sequence[str] = ()) -> AsyncIterator[list[Document]]:
        return self._store.scan(self._prefix + collection, fields)

    async def drop(self, collection: str) -> None:
        await self._store.drop(self._prefix + collection)

    async def close(self) -> None:
        await self._store.close()


class CurrentStore(Forwarding):
    """A Store that is whichever generation serves."""

    def __init__(self, store: Rebuildable) -> None:
        super().__init__(store)
        self._whole, self._serving = store, store
        self._known_until = 0.0
        self._begun = self._ended = 0
        self._looking: asyncio.Task[None] | None = None

    async def _read(self, call: Callable[[Store], Awaitable[T]]) -> T:
        return await call(await self._current())

    async def _write(self, call: Callable[[Store], Awaitable[None]]) -> None:
        await call(await self._current())

    async def close(self) -> None:
        if self._looking:
            self._looking.cancel()
            await asyncio.wait({self._looking})
        await super().close()

    async def _current(self) -> Store:
        """However many ask, one looks. A look that began after the call is good enough for it, however long it took: a
        slow store must not keep anybody looking."""
        before = self._begun
        while self._ended <= before and monotonic() >= self._known_until:
            if self._looking is None or self._looking.done():
                self._begun += 1
                self._looking = asyncio.create_task(self._look(self._begun))
            looking = self._looking  # by the time that it ends, another may have begun the next
            await asyncio.wait({looking})
            looking.result()
        return self._serving

    async def _look(self, number: int) -> None:
        asked = monotonic()
        self._serving = generation(self._whole, (await standing(self._whole)).number)
        self._known_until, self._ended = asked + CACHE_SECONDS, number
