"""Reading contacts and plans from the store, outside transactions. Each job waits as long as it takes: a store that is
away delays the invokes that need it, and nothing else. A job's result comes back to the worker as an arrival."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from dapi_common import contacts
from dapi_common.bus.port import Job
from dapi_common.contacts import PLAN_CHUNK
from dapi_common.events.invokes import InvokeAccepted
from dapi_common.events.shapes import PlannedContact
from dapi_common.store.port import Store, StoreUnavailable

Key = tuple[str, str]
"""(account, invoke)"""
Snapshot = list[tuple[int, int, int]]
_FIRST_PAUSE, _LONGEST_PAUSE = 0.01, 0.5

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SnapshotTaken:
    """Everybody to be contacted, in order, as keys of contacts.details."""

    key: Key
    contacts: Snapshot


@dataclass(frozen=True, slots=True)
class ChunkRead:
    """One chunk of a plan: `fresh` when it is made from the snapshot and not in the log yet."""

    key: Key
    chunk: int
    contacts: list[PlannedContact]
    fresh: bool


class Planning:
    """Makes the jobs. After `close` they end without a result."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._closed = False

    def close(self) -> None:
        """The task is being given up."""
        self._closed = True

    def snapshot(self, accepted: InvokeAccepted) -> Job:
        """Waits until the projector has passed the acceptance, then reads who was in the list there."""
        account, invoke = accepted.account, accepted.invoke_id

        async def read() -> SnapshotTaken | None:
            position = await contacts.position(self._store, account, invoke)
            if position is None:
                return None
            keys = await contacts.snapshot(self._store, account, accepted.list_id, position, accepted.last_contact)
            return SnapshotTaken((account, invoke), keys)

        return lambda: self._until(read)

    def details(self, accepted: InvokeAccepted, chunk: int, snapshot: Snapshot) -> Job:
        """The contacts of a chunk that is to be logged."""
        keys = snapshot[chunk * PLAN_CHUNK : (chunk + 1) * PLAN_CHUNK]

        async def read() -> ChunkRead:
            found = await contacts.details(self._store, accepted.account, accepted.list_id, keys)
            return ChunkRead((accepted.account, accepted.invoke_id), chunk, found, fresh=True)

        return lambda: self._until(read)

    def reload(self, accepted: InvokeAccepted, chunk: int) -> Job:
        """A chunk that is in the log: waits until the projector has folded it."""
        account, invoke = accepted.account, accepted.invoke_id

        async def read() -> ChunkRead | None:
            found = await contacts.chunk(self._store, account, invoke, chunk)
            return ChunkRead((account, invoke), chunk, found, fresh=False) if found is not None else None

        return lambda: self._until(read)

    async def _until(self, read: Callable[[], Awaitable[T | None]]) -> T | None:
        pause = _FIRST_PAUSE
        while not self._closed:
            try:
                found = await read()
            except StoreUnavailable:
                found = None
            if found is not None:
                return found
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, _LONGEST_PAUSE)
        return None
