"""Lists and their metadata. A deleted list leaves an empty document that is not shown: nothing brings it back."""

from collections.abc import Mapping, Sequence

from api_gateway.views import pages
from api_gateway.views.documents import packed, part, seen, times, unpacked
from api_gateway.views.pages import Page, Series, Slice
from dapi_common.bus.port import Record
from dapi_common.events.envelope import Payload
from dapi_common.events.lists import ListCreated, ListDeleted, ListUpdated
from dapi_common.ids import AccountId, ListId
from dapi_common.store.port import Document, Index, Store, Upsert, Value, Write

COLLECTION = "lists"
INDEXES: Mapping[str, Sequence[Index]] = {COLLECTION: (Index(("place",)),)}


def fold(payload: Payload, record: Record) -> list[Write]:
    """What a fact changes here."""
    match payload:
        case ListCreated():
            number = int(payload.list_id)
            known: dict[str, Value] = {"number": number, "place": pages.keyed(payload.account, number)}
            return [
                _stands(payload, record, packed(payload.metadata), known),
                pages.counted(_series(payload.account), number),
            ]
        case ListUpdated():
            return [_stands(payload, record, packed(payload.metadata))]
        case ListDeleted():
            return [_stands(payload, record, "", deleted=True), pages.holed(_series(payload.account))]
        case _:
            return []


def _stands(
    fact: ListCreated | ListUpdated | ListDeleted,
    record: Record,
    metadata: str,
    known: Mapping[str, Value] | None = None,
    deleted: bool = False,
) -> Upsert:
    """The last fact in the log says what the list is; that it is deleted, any fact."""
    growing: dict[str, Value] = {
        "stand": {"position": record.offset, "metadata": metadata},
        "deleted": deleted,
        **seen(fact.at),
    }
    return Upsert(COLLECTION, f"{fact.account}/{fact.list_id}", known or {}, growing)


def _series(account: str) -> str:
    return f"{account}/lists"


async def get(store: Store, account: AccountId, list_id: ListId) -> dict[str, object] | None:
    """One list, or None."""
    found = await store.get(COLLECTION, [f"{account}/{list_id}"])
    return next((_answer(d) for d in found.values() if "number" in d and not d["deleted"]), None)


async def page(store: Store, account: AccountId, asked: Slice) -> Page:
    """Lists, by id."""
    top, dense = await pages.extent(store, _series(account))
    series = Series(COLLECTION, {"deleted": False}, "place", account, "number", top, dense=dense)
    found, after = await pages.read(store, series, asked)
    return Page([_answer(document) for document in found], after)


def _answer(document: Document) -> dict[str, object]:
    return {
        "id": str(document["number"]),
        "metadata": unpacked(part(document, "stand")["metadata"]),
        **times(document),
    }
