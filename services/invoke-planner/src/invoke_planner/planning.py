"""Reading contacts and plans from the store, outside transactions. Each job waits as long as it takes: a store that is
away, or that has not got what is asked for, delays the invokes that need it, and nothing else. A job's result comes
back to the worker as an arrival."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import TypeVar

from dapi_common import contacts, topics
from dapi_common.bus.port import Job
from dapi_common.contacts import PLAN_CHUNK
from dapi_common.events.commands import RetryInvoke
from dapi_common.events.invokes import InvokeAccepted
from dapi_common.events.shapes import PlannedContact
from dapi_common.runtime.logs import LogEvent, log
from dapi_common.store.port import Store, StoreRefused, StoreUnavailable
from dapi_common.store.positions import Positions
from dapi_common.unreached import Unreached, planned, unreached

Key = tuple[str, str]
"""(account, invoke)"""
Snapshot = list[tuple[int, int, int]]
Wanted = Callable[[], bool]
_FIRST_PAUSE, _LONGEST_PAUSE = 0.01, 0.5
_LOOK_SECONDS = 0.005
"""Between two looks of all jobs together: the more wait, the less often each looks."""
_AT_ONCE = 8
"""Looks at a time: more would only wait for each other, until they run into the store's time limit."""
_RESTS, _LONGEST_REST = 5.0, 2.0
"""For so many times as long as reading at leisure took nothing else is read so; seconds."""
_TURN_SECONDS = 0.05
"""After which a job asks whether it is its turn."""
_PATIENCE = 4.0
"""Seconds after which nobody waits for the answer to a command any more (the gateway's are 4.5)."""

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


@dataclass(frozen=True, slots=True)
class UnreachedRead:
    """Whom a command is about: it can be decided now."""

    command: RetryInvoke
    found: Unreached


class Planning:
    """Makes the jobs. They end without a result after `close`, or when their invoke is not wanted any more."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._closing = asyncio.Event()
        self._looks = asyncio.Semaphore(_AT_ONCE)
        self._leisure_from = 0.0
        self._waiting = 0

    def close(self) -> None:
        """The task is being given up."""
        self._closing.set()

    def snapshot(self, accepted: InvokeAccepted, wanted: Wanted) -> Job:
        """Waits until the projector has passed the acceptance, then reads who was in the list there."""
        account, invoke = accepted.account, accepted.invoke_id

        async def read() -> SnapshotTaken | None:
            position = await contacts.position(self._store, account, invoke)
            if position is None:
                return None
            keys = await contacts.snapshot(self._store, account, accepted.list_id, position, accepted.last_contact)
            return SnapshotTaken((account, invoke), keys)

        return lambda: self._until(read, wanted)

    def details(self, accepted: InvokeAccepted, chunk: int, snapshot: Snapshot, wanted: Wanted, soon: Wanted) -> Job:
        """The contacts of a chunk that is to be logged; while they are not needed `soon`, at leisure."""
        keys = snapshot[chunk * PLAN_CHUNK : (chunk + 1) * PLAN_CHUNK]

        async def read() -> ChunkRead:
            found = await contacts.details(self._store, accepted.account, accepted.list_id, keys)
            return ChunkRead((accepted.account, accepted.invoke_id), chunk, found, fresh=True)

        return lambda: self._in_turn(read, wanted, soon)

    def reload(self, accepted: InvokeAccepted, chunk: int, wanted: Wanted) -> Job:
        """A chunk that is in the log: waits until the projector has folded it."""
        account, invoke = accepted.account, accepted.invoke_id

        async def read() -> ChunkRead | None:
            found = await contacts.chunk(self._store, account, invoke, chunk)
            return ChunkRead((account, invoke), chunk, found, fresh=False) if found is not None else None

        return lambda: self._until(read, wanted)

    def again(self, accepted: InvokeAccepted, chunk: int, picks: Sequence[int], wanted: Wanted, soon: Wanted) -> Job:
        """As `details`, from those indexes of the retried invoke's plan."""
        account, invoke, source = accepted.account, accepted.invoke_id, accepted.retry_of
        assert source is not None

        async def read() -> ChunkRead | None:
            found = await planned(self._store, account, source, picks)
            return ChunkRead((account, invoke), chunk, found, fresh=True) if found is not None else None

        return lambda: self._in_turn(read, wanted, soon)

    def unreached(self, command: RetryInvoke, partition: int, deliveries: int) -> Job:
        """Waits until the projector has folded the deliveries of the partition below that offset and the invoke's end,
        but not longer than the client does: without a result nothing happens."""

        async def read() -> UnreachedRead | None:
            if not await Positions.have_reached(self._store, topics.DELIVERIES.name, partition, deliveries):
                return None
            found = await unreached(self._store, command.account, command.retry_of)
            return UnreachedRead(command, found) if found else None

        async def wait() -> UnreachedRead | None:
            until = monotonic() + _PATIENCE
            return await self._until(read, lambda: monotonic() < until)

        return wait

    async def _in_turn(self, read: Callable[[], Awaitable[T | None]], wanted: Wanted, soon: Wanted) -> T | None:
        """What is not needed soon is read when nothing else was for some time: those who share the processes wait for
        theirs."""
        self._waiting += 1
        try:
            while not soon() and wanted() and monotonic() < self._leisure_from and not self._closing.is_set():
                await self._rest(max(_TURN_SECONDS, self._waiting * _LOOK_SECONDS))
        finally:
            self._waiting -= 1
        if soon():
            return await self._until(read, wanted)
        began, self._leisure_from = monotonic(), monotonic() + _LONGEST_REST
        found = await self._until(read, wanted)
        if found is not None:
            self._leisure_from = monotonic() + min(_RESTS * (monotonic() - began), _LONGEST_REST)
        return found

    async def _until(self, read: Callable[[], Awaitable[T | None]], wanted: Wanted) -> T | None:
        pause = _FIRST_PAUSE
        self._waiting += 1
        try:
            while wanted() and not self._closing.is_set():
                found = await self._look(read)
                if found is not None:
                    return found
                await self._rest(max(pause, self._waiting * _LOOK_SECONDS))
                pause = min(pause * 1.5, _LONGEST_PAUSE)
        finally:
            self._waiting -= 1
        return None

    async def _rest(self, seconds: float) -> None:
        """Or until the task is given up."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._closing.wait()

    async def _look(self, read: Callable[[], Awaitable[T | None]]) -> T | None:
        """A refusal concerns one invoke: it must not take the others of the partition down."""
        async with self._looks:
            try:
                return await read()
            except StoreUnavailable:
                return None
            except (StoreRefused, LookupError) as error:
                log.error(LogEvent.JOB_FAILED, error=type(error).__name__)
                return None
