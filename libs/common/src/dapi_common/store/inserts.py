"""Documents that are most likely new are inserted: for a server that is a fifth of the work of an upsert."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import cast

from dapi_common.store.merge import collide
from dapi_common.store.port import Document, Upsert, Value, Write

_REMEMBERED = 20_000


class Inserts:
    """Which of a store's writes may be inserts. What it wrote lately is there, whatever a hint says."""

    def __init__(self) -> None:
        self._written: dict[tuple[str, str], None] = {}

    def note(self, writes: Iterable[Write]) -> None:
        """These are going to be written. To be called before: whatever becomes of it, a repetition inserts nothing."""
        for write in writes:
            if isinstance(write, Upsert):
                self._written.pop((write.collection, write.id), None)
                self._written[write.collection, write.id] = None
        for name in list(islice(self._written, max(0, len(self._written) - _REMEMBERED))):
            del self._written[name]

    def document(self, write: Upsert) -> Document | None:
        """What the write creates; None: it is to be an upsert."""
        if not write.new or (write.collection, write.id) in self._written:
            return None
        return created(write)


def created(write: Upsert) -> Document | None:
    """The document that the write creates where there is none. None where its paths collide."""
    if collide([*write.constant, *write.maximum, *write.initial]):
        return None
    document: Document = {"_id": write.id}
    for fields in (write.constant, write.maximum, write.initial):
        for path, value in fields.items():
            if "." in path:
                _put(document, path.split("."), value)
            else:
                document[path] = value
    return document


def _put(document: Document, path: Sequence[str], value: Value) -> None:
    for name in path[:-1]:
        document = cast("Document", document.setdefault(name, {}))
    document[path[-1]] = value
