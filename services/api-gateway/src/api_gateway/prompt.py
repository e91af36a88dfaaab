"""A store that says at once that it is away: a client that is told so in a millisecond can do something else."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from dapi_common.clock import Clock
from dapi_common.runtime.logs import LogEvent, log
from dapi_common.store.forwarding import Forwarding
from dapi_common.store.port import Store, StoreRefused, StoreUnavailable
from dapi_common.store.positions import POSITIONS

T = TypeVar("T")

_PAUSE: Final = 0.1
"""Seconds between two looks whether it is back."""


class PromptStore(Forwarding):
    """A Store for requests. When a read gets no answer, nor did any that went on meanwhile, the store is away: all
    reads fail at once then, until a look of its own is answered."""

    def __init__(self, store: Store, clock: Clock) -> None:
        super().__init__(store)
        self._clock = clock
        self._answered_at = clock.now()
        self._looking: asyncio.Task[None] | None = None

    async def close(self) -> None:
        if self._looking:
            self._looking.cancel()
            await asyncio.wait({self._looking})
        await super().close()

    async def _read(self, call: Callable[[Store], Awaitable[T]]) -> T:
        if self._looking and not self._looking.done():
            raise StoreUnavailable("away since an earlier call")
        began = self._clock.now()
        try:
            answer = await call(self._store)
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
            pass
        return True
