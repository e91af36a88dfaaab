"""A store over another one."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from dapi_common.store.port import Document, Index, Store, Where, Write

T = TypeVar("T")


class Forwarding:
    """A Store whose calls all go on to another one, through `_read` or `_write`: what subclasses add is there."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def _read(self, call: Callable[[Store], Awaitable[T]]) -> T:
        return await call(self._store)

    async def _write(self, call: Callable[[Store], Awaitable[None]]) -> None:
        await call(self._store)

    async def get(self, collection: str, ids: Sequence[str]) -> dict[str, Document]:
        return await self._read(lambda store: store.get(collection, ids))

    async def find(
        self,
        collection: str,
        where: Where,
        order: Sequence[str] = (),
        descending: bool = False,
        limit: int = 0,
        fields: Sequence[str] = (),
    ) -> list[Document]:
        return await self._read(lambda store: store.find(collection, where, order, descending, limit, fields))

    async def ensure(self, indexes: Mapping[str, Sequence[Index]]) -> None:
        await self._write(lambda store: store.ensure(indexes))

    async def write(self, writes: Sequence[Write]) -> None:
        await self._write(lambda store: store.write(writes))

    async def close(self) -> None:
        await self._store.close()
