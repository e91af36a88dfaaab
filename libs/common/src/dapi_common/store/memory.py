"""The store of unit tests: same semantics, nothing running."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime

from dapi_common.store.merge import collide
from dapi_common.store.order import rank
from dapi_common.store.port import (
    Change,
    Document,
    Index,
    Range,
    Remove,
    StoreRefused,
    StoreUnavailable,
    Upsert,
    Value,
    Where,
    Write,
)

_PIECE = 1000


class MemoryStore:
    """Documents in dicts. What goes in and comes out is copied; nothing expires."""

    def __init__(self) -> None:
        self.available = True
        """False: every call raises StoreUnavailable, as with the server away."""
        self._collections: dict[str, dict[str, Document]] = {}
        self._indexes: dict[tuple[str, tuple[str, ...]], int | None] = {}

    async def ensure(self, indexes: Mapping[str, Sequence[Index]]) -> None:
        self._answer()
        for collection, wanted in indexes.items():
            for index in wanted:
                known = self._indexes.setdefault((collection, index.fields), index.expire_seconds)
                _must(known == index.expire_seconds, "the index exists with another expiry")

    async def write(self, writes: Sequence[Write]) -> None:
        self._answer()
        before: list[tuple[dict[str, Document], str, Document | None]] = []
        try:
            for write in writes:
                documents = self._collections.setdefault(write.collection, {})
                for key, document in _results(documents, write):
                    before.append((documents, key, documents.get(key)))
                    _put(documents, key, document)
        except StoreRefused:
            for documents, key, was in reversed(before):
                _put(documents, key, was)
            raise

    async def get(self, collection: str, ids: Sequence[str]) -> dict[str, Document]:
        self._answer()
        documents = self._collections.get(collection, {})
        return {key: _copy_fields(documents[key]) for key in ids if key in documents}

    async def find(
        self,
        collection: str,
        where: Where,
        order: Sequence[str] = (),
        descending: bool = False,
        limit: int = 0,
        fields: Sequence[str] = (),
    ) -> list[Document]:
        self._answer()
        found = _matching(self._collections.get(collection, {}), where)
        if order:
            found.sort(key=lambda document: [rank(_read(document, path)) for path in order], reverse=descending)
        return [_project(document, fields) for document in found[: limit or None]]

    async def scan(self, collection: str, fields: Sequence[str] = ()) -> AsyncIterator[list[Document]]:
        ids = list(self._collections.get(collection, {}))
        for at in range(0, len(ids), _PIECE):
            self._answer()
            documents = self._collections.get(collection, {})
            yield [_project(documents[key], fields) for key in ids[at : at + _PIECE] if key in documents]

    async def drop(self, collection: str) -> None:
        self._answer()
        self._collections.pop(collection, None)
        self._indexes = {key: expiry for key, expiry in self._indexes.items() if key[0] != collection}

    async def close(self) -> None:
        """Keeps everything."""

    def _answer(self) -> None:
        if not self.available:
            raise StoreUnavailable("switched off")


def _must(holds: bool, otherwise: str) -> None:
    if not holds:
        raise StoreRefused(otherwise)


def _put(documents: dict[str, Document], key: str, document: Document | None) -> None:
    if document is None:
        documents.pop(key, None)
    else:
        documents[key] = document


def _results(documents: Mapping[str, Document], write: Write) -> list[tuple[str, Document | None]]:
    """The documents as the write leaves them, None where it removes one; `documents` stays as it is."""
    match write:
        case Upsert():
            return [(write.id, _upserted(documents.get(write.id), write))]
        case Change():
            found = _matching(documents, write.where)
            return [(str(document["_id"]), _assign(_copy_fields(document), write.constant)) for document in found]
        case Remove():
            return [(str(document["_id"]), None) for document in _matching(documents, write.where)]


def _upserted(before: Document | None, write: Upsert) -> Document:
    _must(not collide([*write.constant, *write.maximum, *write.initial]), "one path lies within another")
    document = _assign({"_id": write.id}, write.initial) if before is None else _copy_fields(before)
    _assign(document, write.constant)
    return _assign(document, {path: value for path, value in write.maximum.items() if _grows(document, path, value)})


def _grows(document: Document, path: str, value: Value) -> bool:
    return not _has(document, path) or rank(value) > rank(_read(document, path))


def _assign(document: Document, values: Mapping[str, Value]) -> Document:
    for path, value in values.items():
        *parents, name = path.split(".")
        inner = document
        for parent in parents:
            below = inner.setdefault(parent, {})
            if not isinstance(below, dict):
                raise StoreRefused("a path leads through a value that is no object")
            inner = below
        inner[name] = _copy(value)
    return document


def _inner(document: Document, path: str) -> tuple[Document, str]:
    """The object that would hold the path's last name; an empty one when it is absent."""
    *parents, name = path.split(".")
    for parent in parents:
        below = document.get(parent)
        _must(not isinstance(below, list), "a path does not enter arrays")
        document = below if isinstance(below, dict) else {}
    return document, name


def _has(document: Document, path: str) -> bool:
    inner, name = _inner(document, path)
    return name in inner


def _read(document: Document, path: str) -> Value:
    inner, name = _inner(document, path)
    return inner.get(name)


def _matching(documents: Mapping[str, Document], where: Where) -> list[Document]:
    return [d for d in documents.values() if all(_meets(_read(d, path), wanted) for path, wanted in where.items())]


def _meets(value: Value, wanted: Value | Range) -> bool:
    _must(not isinstance(value, list), "conditions on arrays are not part of the port")
    if not isinstance(wanted, Range):
        return rank(value) == rank(wanted)
    above, upto = wanted.above, wanted.upto
    return (above is None or (rank(above)[0] == rank(value)[0] and rank(above) < rank(value))) and (
        upto is None or (rank(upto)[0] == rank(value)[0] and rank(value) <= rank(upto))
    )


def _project(document: Document, fields: Sequence[str]) -> Document:
    if not fields:
        return _copy_fields(document)
    chosen: Document = {}
    for path in fields:
        if _has(document, path):
            _assign(chosen, {path: _read(document, path)})
    return chosen


def _copy_fields(document: Document) -> Document:
    return {name: _copy(value) for name, value in document.items()}


def _copy(value: Value) -> Value:
    """A copy as a server would give it back. Raises StoreRefused for what no server can hold."""
    match value:
        case dict():
            _must(not any("\0" in name for name in value), "a key holds NUL")
            return {name: _copy(inner) for name, inner in value.items()}
        case list():
            return [_copy(inner) for inner in value]
        case bool():
            return value
        case int():
            _must(-(2**63) <= value < 2**63, "an integer needs more than 64 bits")
        case datetime():
            return value.astimezone(UTC).replace(microsecond=value.microsecond // 1000 * 1000)
    return value
