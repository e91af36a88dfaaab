"""The read models that two services share: contacts, and the plans of invokes. Their shapes and queries, tested from
both sides; the projector writes them, the planner and the gateway read them.

A contact's document is one *version* of it: valid for the positions p of `dapi.events` (offsets in the account's
partition) with valid_from < p < valid_to (offsets of the events that opened and closed it). An edit closes a version
and adds one."""

from collections.abc import Sequence

from dapi_common.events.shapes import PlannedContact
from dapi_common.ids import AccountId, ContactId, InvokeId, ListId
from dapi_common.store.port import Document, Range, Store

CONTACTS = "contacts"
PLANS = "plans"
PLAN_CHUNK = 1000
"""Contacts in a chunk of a plan (all chunks but the last are full)."""
OPEN = 2**62
"""`valid_to` of a version that no edit has closed."""
_SCAN = 10_000


def version_id(account: AccountId, list_id: ListId, contact: int, valid_from: int) -> str:
    """`_id` of one version of a contact."""
    return f"{account}/{list_id}/{contact}/{valid_from}"


def place(account: AccountId, list_id: ListId, contact: int) -> str:
    """The indexed field of CONTACTS: a range of a list's ids is a range of places. (One field, because the embedded
    servers use an index of several for its first one only.)"""
    return f"{account}/{list_id}/{contact:018}"


def chunk_id(account: AccountId, invoke: InvokeId, chunk: int) -> str:
    """`_id` of one chunk of a plan."""
    return f"{account}/{invoke}/{chunk}"


def position_id(account: AccountId, invoke: InvokeId) -> str:
    """`_id` in PLANS of the document whose `position` is where the invoke was accepted. The projector writes it
    when it folds the acceptance: that it is there says that all contacts before it are."""
    return f"{account}/{invoke}/position"


async def position(store: Store, account: AccountId, invoke: InvokeId) -> int | None:
    """Where the invoke was accepted (an offset of `dapi.events`), or None while the projector has not passed it."""
    found = await store.get(PLANS, [position_id(account, invoke)])
    return next((_int(document, "position") for document in found.values()), None)


async def snapshot(
    store: Store, account: AccountId, list_id: ListId, position: int, last_id: int
) -> list[tuple[int, int, int]]:
    """(order, id, valid_from) of every contact with id <= `last_id` that is valid at `position`, in the order in
    which an invoke contacts them. The projector must have passed `position`."""
    keys: list[tuple[int, int, int]] = []
    for low in range(0, last_id, _SCAN):
        found = await store.find(
            CONTACTS,
            {
                "place": Range(place(account, list_id, low), place(account, list_id, min(low + _SCAN, last_id))),
                "valid_from": Range(upto=position - 1),
                "valid_to": Range(above=position - 1),
            },
            fields=("order", "id", "valid_from"),
        )
        keys += [(_int(doc, "order"), _int(doc, "id"), _int(doc, "valid_from")) for doc in found]
    keys.sort()
    return keys


async def details(
    store: Store, account: AccountId, list_id: ListId, keys: Sequence[tuple[int, int, int]]
) -> list[PlannedContact]:
    """The contacts of `keys` (from `snapshot`), in that order. Raises LookupError when one is missing."""
    ids = [version_id(account, list_id, contact, since) for _, contact, since in keys]
    found = await store.get(CONTACTS, ids)
    return [planned(found[key]) for key in ids]


async def chunk(store: Store, account: AccountId, invoke: InvokeId, number: int) -> list[PlannedContact] | None:
    """One chunk of a plan, or None while the projector has not folded it."""
    found = await store.get(PLANS, [chunk_id(account, invoke, number)])
    for document in found.values():
        entries = document["contacts"]
        assert isinstance(entries, list)
        return [PlannedContact.model_validate(entry) for entry in entries]
    return None


def planned(document: Document) -> PlannedContact:
    """The contact in a document of CONTACTS."""
    return PlannedContact.model_validate(
        {**document, "contact_id": ContactId(str(document["id"]))},
    )


def _int(document: Document, field: str) -> int:
    value = document[field]
    assert isinstance(value, int)
    return value
