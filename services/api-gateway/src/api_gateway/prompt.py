"""A store that says at once that it is away: a client that is told so in a millisecond can do something else."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from typing import Final, TypeVar

from dapi_common.clock import Clock
from dapi_common.runtime.logs import LogEvent, log
from dapi_common.store.port import Document, Index, Store, StoreRefused, StoreUnavailable, Where, Write
from dapi_common.store.positions import POSITIONS

T = TypeVar("T")

_PAUSE: Final = 0.1
"""Seconds between two looks whether it is back."""


class PromptStore:
    """A Store for requests. When a read gets no answer, nor did any that went on meanwhile, the store is away: all
    reads fail at once then, until a look of its own is answered."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._answered_at = clock.now()
        self._looking: asyncio.Task[None] | None = None

    async def get(self, collection: str, ids: Sequence[str]) -> dict[str, Document]:
        self._check()
        return await self._read(self._store.get(collection, ids))

    async def find(
        self,
        collection: str,
        where: Where,
        order: Sequence[str] = (),
        descending: bool = False,
        limit: int = 0,
        fields: Sequence[str] = (),
    ) -> list[Document]:
        self._check()
        return await self._read(self._store.find(collection, where, order, descending, limit, fields))

    async def ensure(self, indexes: Mapping[str, Sequence[Index]]) -> None:
        await self._store.ensure(indexes)

    async def write(self, writes: Sequence[Write]) -> None:
        await self._store.write(writes)

    async def close(self) -> None:
        if self._looking:
            self._looking.cancel()
            await asyncio.wait({self._looking})
        await self._store.close()

    def _check(self) -> None:
        if self._looking and not self._looking.done():
            raise StoreUnavailable("away since an earlier call")

    async def _read(self, answering: Awaitable[T]) -> T:
        began = self._clock.now()
        try:
            answer = await answering
        except StoreUnavailable:
            self._failed(began)
            raise
        self._answered_at = self._clock.now()
        return answer

    def _failed(self, began: float) -> None:
        if self._answered_at <= began and (self._looking is None or self._looking.done()):
            log.warning(LogEvent.STORE_UNAVAILABLE)
            self._looking = asyncio.create_task(self._look())

    async def _look(self) -> None:
        while not await self._answers():  # noqa: ASYNC110  # the other side is a process
            await asyncio.sleep(_PAUSE)
        self._answered_at = self._clock.now()
        log.info(LogEvent.STORE_BACK)

    async def _answers(self) -> bool:
        try:
            await self._store.get(POSITIONS, ["look"])
        except StoreUnavailable:
            return False
        except StoreRefused:
            return True
        return True
