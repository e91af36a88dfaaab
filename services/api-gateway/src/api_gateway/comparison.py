"""Whether two generations hold the same documents, and what they add up to, while both go on changing.

Every document is looked at once, and again when it has been written since; what has been written is known from the
generation that the comparer itself folds. So at the end, when both hold still at the same offsets, only the last few
are left. A read model's checksum is the sum of its documents' hashes: no order is in it. Costs about 250 bytes of
memory a document."""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from itertools import islice
from time import time
from typing import Final, NamedTuple

import orjson

from dapi_common.store.port import Document, Index, Rebuildable, Upsert, Write

FEW: Final = 500
"""Documents that are looked at within a moment."""
_MARGIN: Final = 3600.0
"""Seconds before a document expires from which on it is left out: a server removes it when it gets to it."""
_NONE: Final = 0
_BYTES: Final = 16


class Touched:
    """What has been written to a generation since it was asked last."""

    def __init__(self, store: Rebuildable) -> None:
        self._store = store
        self._ids: set[tuple[str, str]] = set()

    async def note(self, writes: Sequence[Write]) -> None:
        """To be called before these are written."""
        for write in writes:
            if isinstance(write, Upsert):
                self._ids.add((write.collection, write.id))
                continue
            found = await self._store.find(write.collection, write.where, fields=("_id",))
            self._ids |= {(write.collection, str(document["_id"])) for document in found}

    def __len__(self) -> int:
        return len(self._ids)

    def take(self) -> set[tuple[str, str]]:
        """All of it, once."""
        taken, self._ids = self._ids, set()
        return taken


class Sum(NamedTuple):
    """What a read model adds up to."""

    documents: int
    checksum: str


class Model:
    """One read model in both generations: the hashes of what was seen last."""

    def __init__(self, expiring: Mapping[str, int]) -> None:
        self._expiring = expiring
        self._known: dict[str, tuple[int, int]] = {}
        self._sums = [0, 0]
        self._counts = [0, 0]

    def saw(self, document_id: str, found: Sequence[Document | None]) -> None:
        """Takes a document as both generations have it now."""
        one, other = (self._hash(document) for document in found)
        before = self._known.pop(document_id, (_NONE, _NONE))
        for side, (was, now) in enumerate(zip(before, (one, other), strict=True)):
            self._sums[side] += now - was
            self._counts[side] += (now != _NONE) - (was != _NONE)
        if one != _NONE or other != _NONE:
            self._known[document_id] = (one, one if one == other else other)

    def unseen(self, ids: Iterable[str]) -> list[str]:
        """Those among them that were not there when they were looked at, or were not looked at."""
        return [key for key in ids if key not in self._known]

    def sums(self) -> tuple[Sum, Sum]:
        """Of either generation."""
        one, other = (
            Sum(count, f"{total % 2 ** (8 * _BYTES):0{2 * _BYTES}x}")
            for count, total in zip(self._counts, self._sums, strict=True)
        )
        return one, other

    def different(self) -> Iterator[str]:
        """The ids of the documents that are not the same."""
        return (key for key, (one, other) in self._known.items() if one != other)

    def _hash(self, document: Document | None) -> int:
        if document is None or self._expires(document):
            return _NONE
        text = orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
        return int.from_bytes(blake2b(text, digest_size=_BYTES).digest())

    def _expires(self, document: Document) -> bool:
        for field, seconds in self._expiring.items():
            at = document.get(field)
            if isinstance(at, datetime) and at.timestamp() + seconds < time() + _MARGIN:
                return True
        return False


class Comparison:
    """The read models in `serving` and in `rebuilt`."""

    def __init__(
        self, serving: Rebuildable, rebuilt: Rebuildable, indexes: Mapping[str, Sequence[Index]], piece: int = FEW
    ) -> None:
        self._serving, self._rebuilt, self._piece = serving, rebuilt, piece
        self._models = {name: Model(_expiring(wanted)) for name, wanted in sorted(indexes.items())}

    async def scan(self) -> AsyncIterator[None]:
        """Looks at every document, a piece at a time."""
        for name, model in self._models.items():
            for store in (self._serving, self._rebuilt):
                async for documents in store.scan(name, fields=("_id",)):
                    for ids in _pieces(model.unseen(str(document["_id"]) for document in documents), self._piece):
                        await self._look(name, ids)
                        yield

    async def look(self, touched: Iterable[tuple[str, str]]) -> None:
        """Looks at these documents again."""
        by_model: dict[str, list[str]] = {}
        for name, document_id in touched:
            if name in self._models:
                by_model.setdefault(name, []).append(document_id)
        for name, ids in by_model.items():
            for some in _pieces(ids, self._piece):
                await self._look(name, some)

    async def _look(self, name: str, ids: list[str]) -> None:
        one, other = await self._serving.get(name, ids), await self._rebuilt.get(name, ids)
        for key in ids:
            self._models[name].saw(key, (one.get(key), other.get(key)))

    def figures(self) -> dict[str, tuple[Sum, Sum]]:
        """By read model: what it adds up to in either generation."""
        return {name: model.sums() for name, model in self._models.items()}

    def different(self, most: int) -> dict[str, list[str]]:
        """Up to so many documents of each read model that are not the same."""
        found = {name: list(islice(model.different(), most)) for name, model in self._models.items()}
        return {name: ids for name, ids in found.items() if ids}


def _expiring(indexes: Sequence[Index]) -> dict[str, int]:
    return {index.fields[0]: index.expire_seconds for index in indexes if index.expire_seconds is not None}


def _pieces(ids: Sequence[str], size: int) -> Iterator[list[str]]:
    for at in range(0, len(ids), size):
        yield list(ids[at : at + size])
