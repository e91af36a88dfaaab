"""What an account's read models said at a time: its records of the log up to then, folded anew by the very same folds.

Needs no store. Reading is bounded by what has to be read and by time; folding and answering happen beside the event
loop, one request at a time, so that others are not held up."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from api_gateway import projection, restoring
from api_gateway.errors import Problem, try_later
from dapi_common import topics
from dapi_common.bus.port import Archive, Record
from dapi_common.clock import Clock
from dapi_common.events import account, deliveries, invokes, lists, receipts, sends
from dapi_common.events.envelope import Payload
from dapi_common.ids import AccountId
from dapi_common.store.forwarding import Forwarding
from dapi_common.store.memory import MemoryStore
from dapi_common.store.merge import by_collection, merged
from dapi_common.store.port import Store
from dapi_common.topics import Topic

T = TypeVar("T")

SECONDS: Final = 10.0
"""An answer takes no longer."""
MOST_READ: Final = 1_000_000
"""Records, of all accounts that share the partition."""
MOST_KEPT: Final = 100_000
"""Records of the account."""
MOST_FOLDED: Final = 20_000
"""Records of those that concern what is asked for."""
AHEAD_SECONDS: Final = 60.0
"""A time that is so little in the future is now: clocks differ."""
_RETRY_SECONDS: Final = 5
_SETTLED_SECONDS: Final = 60.0
"""After which no record comes that is not later."""
_ABOUT_MESSAGES: Final = tuple(module.__name__ for module in (invokes, sends, deliveries, receipts))
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for, as far as it takes less than everything: records of these topics and types; of those about
    messages and invokes only what concerns one `invoke`, or one `message` (of that invoke, or of none)."""

    topics: tuple[Topic, ...]
    types: frozenset[bytes]
    invoke: str = ""
    message: str = ""

    def concerns(self, payload: Payload) -> bool:
        """Whether the answer may depend on it."""
        invoke, message = getattr(payload, "invoke_id", None), getattr(payload, "message_id", None)
        if not (self.invoke or self.message):
            return True
        if message is None:
            return invoke is None or invoke == self.invoke
        return bool(message == self.message if self.message else invoke == self.invoke)


def _asked(made_of: Sequence[Topic], *types: type[Payload]) -> Asked:
    return Asked(tuple(made_of), frozenset(kind.TYPE.encode() for kind in types))


CREDITS: Final = _asked([topics.EVENTS], account.AccountOpened, account.LimitsChanged, account.CreditsMoved)
LISTS: Final = _asked([topics.EVENTS], lists.ListCreated, lists.ListUpdated, lists.ListDeleted)
MESSAGES: Final = _asked(
    [topics.EVENTS, topics.SENDS, topics.DELIVERIES],
    *(kind for kind in projection.FOLDS if kind.__module__ in _ABOUT_MESSAGES),
)
"""And invokes: each is shown with the other."""


class NoArchive:
    """The log of a gateway that has none."""

    async def upto(self, topics: Sequence[Topic], key: str, until: float, most: int) -> Sequence[Record] | None:
        raise TimeoutError("no log")


class History:
    """The past, by account and time. The last one is kept: pages of it follow each other."""

    def __init__(
        self,
        archive: Archive,
        clock: Clock,
        seconds: float = SECONDS,
        most_folded: int = MOST_FOLDED,
    ) -> None:
        self._archive, self._clock, self._seconds = archive, clock, seconds
        self.most_folded = most_folded
        self._one = asyncio.Lock()
        self._last: tuple[AccountId, Asked, float] | None = None
        self._store: Store = Aside(MemoryStore())

    async def store(self, account: AccountId, asked: Asked, at: str) -> Store:
        """The account's read models as they were at `at` (RFC 3339), as far as `asked` needs them. Raises Problem
        at-invalid, at-too-far, log-unavailable."""
        until = instant(at, self._clock.now())
        try:
            async with asyncio.timeout(self._seconds), self._one:
                if self._last == (account, asked, until):
                    return self._store
                store = await self._folded(account, asked, until)
                if until < self._clock.now() - _SETTLED_SECONDS:
                    self._last, self._store = (account, asked, until), store
                return store
        except TimeoutError:
            raise try_later("log-unavailable", _RETRY_SECONDS) from None

    async def _folded(self, account: AccountId, asked: Asked, until: float) -> Store:
        records = await self._archive.upto(asked.topics, account, until, MOST_READ)
        if records is None or len(records) > MOST_KEPT:
            raise Problem("at-too-far")
        return Aside(await asyncio.to_thread(_done, self._fold(records, asked)))

    async def _fold(self, records: Sequence[Record], asked: Asked) -> MemoryStore:
        wanted = [record for record in records if dict(record.headers).get("ce_type") in asked.types]
        facts = [fact for fact in projection.decode(wanted).facts if asked.concerns(fact[0])]
        if len(facts) > self.most_folded:
            raise Problem("at-too-far")
        return await folded(facts)


def instant(text: str, now: float) -> float:
    """Seconds since the epoch. Raises Problem at-invalid for what is no time, or has not come yet."""
    try:
        if not _TIME.fullmatch(text):
            raise ValueError
        at = datetime.fromisoformat(text.upper()).timestamp()
    except (ValueError, OverflowError):
        raise Problem("at-invalid") from None
    if at > now + AHEAD_SECONDS:
        raise Problem("at-invalid", "The time must not be in the future")
    return at


async def folded(facts: list[tuple[Payload, Record]]) -> MemoryStore:
    """As the projector does. What cannot be folded it has parked: that is found one by one then."""
    store = MemoryStore()
    try:
        await _take(store, facts)
    except Exception:  # noqa: BLE001  # a defect of a fold, or a document that no store can hold
        for fact in facts:
            with suppress(Exception):
                await _take(store, [fact])
    async for writes in restoring.restored(store):
        await store.write(writes)
    return store


async def _take(store: MemoryStore, facts: list[tuple[Payload, Record]]) -> None:
    facts = await projection.without_deleted(store, facts)
    writes, last = projection.fold(facts)
    await store.write([write for of_one in by_collection(writes).values() for write in merged(of_one)])
    for payload, record in facts:
        if sweep := projection.SWEEPS.get(type(payload)):
            for piece in await sweep(store, payload, record):
                await store.write(piece)
    await store.write(last)


def _done(answering: Awaitable[T]) -> T:
    """The result of what waits for nothing, as everything over a MemoryStore does."""
    waiting = answering.__await__()
    try:
        next(waiting)
    except StopIteration as done:
        result: T = done.value
        return result
    raise AssertionError("waited in memory")


class Aside(Forwarding):
    """A MemoryStore that is read in threads: what it does to answer a page would hold up the event loop."""

    async def _read(self, call: Callable[[Store], Awaitable[T]]) -> T:
        return await asyncio.to_thread(_done, call(self._store))
