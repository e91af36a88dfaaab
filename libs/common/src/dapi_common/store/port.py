"""What the read models need of a document store. Two implementations, one contract suite.

Every write is idempotent and, for one document, independent of the order of writes: `constant` fields have one
source, `maximum` fields grow, `initial` fields are set by whoever comes first."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

Value = str | int | float | bool | datetime | None | list["Value"] | dict[str, "Value"]
"""What a document may hold: integers of 64 bits, dates in UTC to the millisecond, object keys without NUL. What clients
own (metadata, arguments, replies) may break that: keep it as a string of JSON."""
Document = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Range:
    """Values v with above < v <= upto (None: no bound), of the bounds' own type."""

    above: Value = None
    upto: Value = None


Where = Mapping[str, Value | Range]
"""All of these hold. A key may be a dotted path, which does not enter arrays; None also matches what is absent; an
object matches when its fields come in the same order."""


@dataclass(frozen=True, slots=True)
class Upsert:
    """Creates the document `id` or changes it. Keys may be dotted paths, which do not enter arrays; no path may be
    twice in one Upsert, nor lie within another."""

    collection: str
    id: str
    constant: Mapping[str, Value] = field(default_factory=dict)
    """Set to this value."""
    maximum: Mapping[str, Value] = field(default_factory=dict)
    """Set to this value when it is greater than what is there (BSON order; absent is smallest)."""
    initial: Mapping[str, Value] = field(default_factory=dict)
    """Set only when the document is created by this."""
    new: bool = False
    """The document is most likely not there yet. A hint: it changes what the write costs, and nothing else."""


@dataclass(frozen=True, slots=True)
class Change:
    """Sets fields of every document that matches; creates none."""

    collection: str
    where: Where
    constant: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Remove:
    """Removes every document that matches."""

    collection: str
    where: Where


Write = Upsert | Change | Remove


@dataclass(frozen=True, slots=True)
class Index:
    """Fields in order; `expire_seconds` removes a document so long after the date in the (single) field, or later:
    rely on it for space, not for truth."""

    fields: tuple[str, ...]
    expire_seconds: int | None = None


ATOMIC = 2000
"""So many writes in one call are one transaction: a server syncs its journal once for all of them."""


class StoreUnavailable(RuntimeError):
    """The store did not answer in time."""


class StoreRefused(RuntimeError):
    """The store answered no, and would again: a defect of the caller. Says which code, never the content."""


class Store(Protocol):
    """Documents by collection. Every call is bounded in time and raises StoreUnavailable or StoreRefused."""

    async def ensure(self, indexes: Mapping[str, Sequence[Index]]) -> None:
        """Creates what is missing. Raises StoreRefused when one exists with another `expire_seconds`."""
        ...

    async def write(self, writes: Sequence[Write]) -> None:
        """All of them, collection by collection in the order in which they first appear, and in order where they touch
        the same document. Up to ATOMIC become visible together or not at all; of more, what failed is repeated
        whole."""
        ...

    async def get(self, collection: str, ids: Sequence[str]) -> dict[str, Document]:
        """The documents that exist among `ids`, by id; each carries its `_id`."""
        ...

    async def find(
        self,
        collection: str,
        where: Where,
        order: Sequence[str] = (),
        descending: bool = False,
        limit: int = 0,
        fields: Sequence[str] = (),
    ) -> list[Document]:
        """Those that match, sorted by `order`; at most `limit` (0: all), with only `fields` (none named: all, and
        `_id`). Bound the range: servers sort what matches."""
        ...

    async def close(self) -> None: ...


class Rebuildable(Store, Protocol):
    """A Store of which whole collections are read and dropped, too: for rebuilds, not for requests."""

    def scan(self, collection: str, fields: Sequence[str] = ()) -> AsyncIterator[list[Document]]:
        """Every document that is there all the while, once, in no order and in pieces; others may be among them.
        `fields` as in `find`."""
        ...

    async def drop(self, collection: str) -> None:
        """The collection and its indexes, whether they are there or not."""
        ...
