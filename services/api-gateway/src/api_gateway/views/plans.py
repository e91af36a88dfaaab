"""Whom an invoke contacts, in which order, in chunks (dapi_common.contacts reads them too)."""

from collections.abc import Mapping, Sequence

from api_gateway.views.documents import listed, number
from dapi_common.bus.port import Record
from dapi_common.contacts import PLAN_CHUNK, PLANS, chunk_id, position_id
from dapi_common.events.envelope import Payload
from dapi_common.events.invokes import InvokeAccepted, InvokeDeleted, InvokePlanned
from dapi_common.events.shapes import PlannedContact
from dapi_common.ids import AccountId, InvokeId
from dapi_common.store.port import Index, Remove, Store, Upsert, Value, Write

COLLECTION = PLANS
INDEXES: Mapping[str, Sequence[Index]] = {COLLECTION: (Index(("owner",)),)}


def fold(payload: Payload, record: Record) -> list[Write]:
    """What a fact changes here."""
    match payload:
        case InvokePlanned():
            key = chunk_id(payload.account, payload.invoke_id, payload.chunk)
            static = {**_owned(payload), "at": payload.at or record.timestamp, "contacts": entries(payload.contacts)}
            return [Upsert(COLLECTION, key, static)]
        case InvokeDeleted():
            return [Remove(COLLECTION, _owned(payload))]
        case _:
            return []


def fold_last(payload: Payload, record: Record) -> list[Write]:
    """What may be written only after everything before the record is: the planner takes it as the sign that the
    contacts which the invoke snapshots are all there."""
    match payload:
        case InvokeAccepted():
            key = position_id(payload.account, payload.invoke_id)
            return [Upsert(COLLECTION, key, {**_owned(payload), "position": record.offset})]
        case _:
            return []


def _owned(fact: InvokeAccepted | InvokePlanned | InvokeDeleted) -> dict[str, Value]:
    return {"owner": f"{fact.account}/{fact.invoke_id}"}


def entries(contacts: Sequence[PlannedContact]) -> list[Value]:
    """Contacts as documents hold them."""
    return [contact.model_dump() for contact in contacts]


async def read(store: Store, account: AccountId, invoke: InvokeId, start: int, count: int) -> list[dict[str, Value]]:
    """The contacts at the indexes start … start + count - 1, as far as they are planned."""
    numbers = range(start // PLAN_CHUNK, (start + count - 1) // PLAN_CHUNK + 1) if count > 0 else range(0)
    ids = [chunk_id(account, invoke, chunk) for chunk in numbers]
    found = await store.get(COLLECTION, ids)
    contacts = [entry for key in ids if key in found for entry in listed(found[key], "contacts")]
    skipped = start - numbers.start * PLAN_CHUNK if numbers else 0
    return contacts[skipped : skipped + count]


async def planned_at(store: Store, account: AccountId, invoke: InvokeId, index: int) -> float | None:
    """When the contact at this index was planned (seconds since the epoch)."""
    key = chunk_id(account, invoke, index // PLAN_CHUNK)
    found = await store.find(COLLECTION, {"_id": key}, fields=("at",))
    return next((number(document, "at") for document in found), None)
