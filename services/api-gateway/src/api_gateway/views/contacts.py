"""Contacts of lists, as versions that are valid for a span of positions of `dapi.events` (dapi_common.contacts).

Rests on the order of that topic: an edit closes the version that is open at its position and opens one. A closed
version is kept for a week, for invokes that were accepted before it was closed and are not planned yet. When a contact
was added is not known to the fact that edits it: the additions are kept for that."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from api_gateway.views import lists, pages
from api_gateway.views.documents import answered_times, integer, number
from api_gateway.views.pages import Page, Series, Slice
from dapi_common.bus.port import Record
from dapi_common.contacts import CONTACTS, OPEN, place, version_id
from dapi_common.events.envelope import Payload
from dapi_common.events.lists import ContactRemoved, ContactsAdded, ContactUpdated, ListDeleted
from dapi_common.events.shapes import Contact
from dapi_common.ids import AccountId, ContactId, ListId
from dapi_common.store.port import Change, Document, Index, Range, Remove, Store, Upsert, Value, Write

COLLECTION = CONTACTS
ADDITIONS = "contact_additions"
KEPT_SECONDS = 7 * 24 * 3600
"""How long a closed version is kept."""
_LARGEST_ADDITION = 10_000
INDEXES: Mapping[str, Sequence[Index]] = {
    COLLECTION: (Index(("place",)), Index(("ended_at",), KEPT_SECONDS)),
    ADDITIONS: (Index(("place",)),),
}


def fold(payload: Payload, record: Record) -> list[Write]:
    """What a fact changes here."""
    match payload:
        case ContactsAdded():
            return list(_added(payload, record.offset))
        case ContactUpdated():
            version = _version(payload, int(payload.contact_id), payload.contact, record.offset)
            return [_closed(payload, record.offset, _place(payload)), version]
        case ContactRemoved():
            return [
                _closed(payload, record.offset, _place(payload)),
                pages.holed(_series(payload.account, payload.list_id)),
            ]
        case _:
            return []


async def sweep(store: Store, fact: ListDeleted, record: Record) -> list[list[Write]]:
    """What a deleted list changes here, a transaction each."""
    top, _ = await pages.extent(store, _series(fact.account, fact.list_id))
    return [
        [_closed(fact, record.offset, piece), Remove(ADDITIONS, {"place": piece})]
        for piece in pages.pieces(f"{fact.account}/{fact.list_id}", 0, top)
    ]


def _added(fact: ContactsAdded, position: int) -> Iterator[Write]:
    last = fact.first_id + len(fact.contacts) - 1
    span: dict[str, Value] = {"first_id": fact.first_id, "last_id": last, "at": fact.at}
    span["place"] = place(fact.account, fact.list_id, last)
    yield Upsert(ADDITIONS, f"{fact.account}/{fact.list_id}/{fact.first_id}", span)
    yield pages.counted(_series(fact.account, fact.list_id), last)
    for contact_id, contact in enumerate(fact.contacts, fact.first_id):
        yield _version(fact, contact_id, contact, position, created=fact.at)


def _version(
    fact: ContactsAdded | ContactUpdated, contact_id: int, contact: Contact, position: int, **more: Value
) -> Upsert:
    """Open when it is made; a repetition does not open it again."""
    static: dict[str, Value] = {
        "account": fact.account,
        "list_id": fact.list_id,
        "id": contact_id,
        "place": place(fact.account, fact.list_id, contact_id),
        "valid_from": position,
        "channel": contact.channel,
        "provider": contact.provider,
        "order": contact.order,
        "address": contact.address,
        "updated": fact.at,
        **more,
    }
    key = version_id(fact.account, fact.list_id, contact_id, position)
    return Upsert(COLLECTION, key, static, initial={"valid_to": OPEN})


def _place(fact: ContactUpdated | ContactRemoved) -> str:
    return place(fact.account, fact.list_id, int(fact.contact_id))


def _closed(fact: ContactUpdated | ContactRemoved | ListDeleted, position: int, which: str | Range) -> Change:
    """Closes what was open at the position; what was closed before it stays as it is."""
    return Change(
        COLLECTION,
        {
            "place": which,
            "valid_from": Range(upto=position - 1),
            "valid_to": Range(above=position),
        },
        {"valid_to": position, "ended_at": datetime.fromtimestamp(fact.at, UTC)},
    )


_STANDING: Mapping[str, Value] = {"valid_to": OPEN}


def _series(account: str, list_id: str) -> str:
    return f"{account}/contacts/{list_id}"


async def get(store: Store, account: AccountId, list_id: ListId, contact: ContactId) -> dict[str, object] | None:
    """One contact, or None."""
    where: dict[str, Value] = {"place": place(account, list_id, int(contact)), **_STANDING}
    answers = await _answers(store, await store.find(COLLECTION, where, limit=1))
    return answers[0] if answers else None


async def page(store: Store, account: AccountId, list_id: ListId, asked: Slice) -> Page | None:
    """Contacts of a list, by id; None when there is no such list."""
    if await lists.get(store, account, list_id) is None:
        return None
    top, dense = await pages.extent(store, _series(account, list_id))
    series = Series(COLLECTION, _STANDING, "place", f"{account}/{list_id}", "id", top, dense=dense)
    found, after = await pages.read(store, series, asked)
    return Page(await _answers(store, found), after)


async def _answers(store: Store, found: list[Document]) -> list[dict[str, object]]:
    edited = [document for document in found if "created" not in document]
    added = await _additions(store, edited) if edited else {}
    return [_answer(document, added) for document in found]


async def _additions(store: Store, edited: list[Document]) -> dict[int, float]:
    """When each of these contacts (of one list, by id) was added."""
    ids = [integer(document, "id") for document in edited]
    of_list = f"{edited[0]['account']}/{edited[0]['list_id']}"
    ends = Range(pages.keyed(of_list, ids[0] - 1), pages.keyed(of_list, ids[-1] + _LARGEST_ADDITION))
    found = await store.find(ADDITIONS, {"place": ends, "first_id": Range(upto=ids[-1])})
    spans = [(range(integer(d, "first_id"), integer(d, "last_id") + 1), number(d, "at")) for d in found]
    return {contact: at for contact in ids for span, at in spans if contact in span}


def _answer(document: Document, added: Mapping[int, float]) -> dict[str, object]:
    contact, updated = integer(document, "id"), number(document, "updated")
    created = number(document, "created") if "created" in document else added.get(contact, updated)
    return {
        "id": str(contact),
        "type": document["channel"],
        "provider": document["provider"],
        "order": str(document["order"]),
        "contact": document["address"],
        **answered_times(created, updated),
    }
