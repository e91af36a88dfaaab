"""Invokes: what was asked for, how far it is, and whom it contacts.

A deleted invoke leaves its name in DELETED for ever: facts about it that come later, from topics that are read at
their own pace or from a provider's late answer, are not folded at all (see `projection`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api_gateway.views import messages, pages, plans
from api_gateway.views.documents import integer, listed, packed, part, seen, times, unpacked
from api_gateway.views.pages import Page, Series, Slice
from dapi_common.bus.port import Record
from dapi_common.events.envelope import Payload
from dapi_common.events.invokes import (
    InvokeAccepted,
    InvokeCompleted,
    InvokeDeleted,
    InvokePlanned,
    InvokeProgressed,
    InvokeStopped,
)
from dapi_common.ids import AccountId, ContactId, InvokeId, invoke_message_id
from dapi_common.store.port import Document, Index, Remove, Store, Upsert, Value, Write

COLLECTION = "invokes"
DELETED = "deleted_invokes"
INDEXES: Mapping[str, Sequence[Index]] = {COLLECTION: (Index(("place",)),), DELETED: ()}
HEAD = 100
"""So many contacts of each invoke are shown in a list of invokes."""
_RUNNING, _COMPLETED, _STOPPED = range(3)


@dataclass(frozen=True, slots=True)
class Detail:
    """An invoke with a page of its contacts; `after` is the cursor of the next page of them."""

    answer: dict[str, object]
    after: str | None


def document_id(account: str, invoke: str) -> str:
    """`_id` of an invoke, here and in DELETED."""
    return f"{account}/{invoke}"


def fold(payload: Payload, record: Record) -> list[Write]:
    """What a fact changes here."""
    match payload:
        case InvokeAccepted():
            return [_accepted(payload), pages.counted(_series(payload.account), int(payload.invoke_id))]
        case InvokePlanned(chunk=0):
            head = plans.entries(payload.contacts[:HEAD])
            return [Upsert(COLLECTION, document_id(payload.account, payload.invoke_id), {"head": head})]
        case InvokeProgressed():
            counts = _counts(payload.completed, payload.failed, payload.stopped)
            return [_grown(payload, progress=counts)]
        case InvokeCompleted():
            return [_grown(payload, stand=_stand(_COMPLETED, "completed"))]
        case InvokeStopped():
            return [_grown(payload, stand=_stand(_STOPPED, "stopped", payload.released))]
        case InvokeDeleted():
            return _deleted(payload)
        case _:
            return []


def _accepted(fact: InvokeAccepted) -> Upsert:
    static: dict[str, Value] = {
        "account": fact.account,
        "number": int(fact.invoke_id),
        "place": pages.keyed(fact.account, int(fact.invoke_id)),
        "list_id": fact.list_id,
        "total": fact.total,
        "first_n": fact.first_n,
        "offers": packed(fact.offers),
        "throughput": packed(fact.throughput),
        "ordering": fact.ordering,
    }
    growing: dict[str, Value] = {"stand": _stand(_RUNNING, "running"), "progress": _counts(0, 0, 0), **seen(fact.at)}
    return Upsert(COLLECTION, document_id(fact.account, fact.invoke_id), static, growing)


def _grown(fact: InvokeProgressed | InvokeCompleted | InvokeStopped, **growing: Value) -> Upsert:
    return Upsert(COLLECTION, document_id(fact.account, fact.invoke_id), maximum={**growing, "updated": fact.at})


def _stand(rank: int, status: str, released: int = 0) -> dict[str, Value]:
    return {"rank": rank, "status": status, "released": released}


def _counts(completed: int, failed: int, stopped: int) -> dict[str, Value]:
    """Their sum only grows, so that the latest counts are the greatest."""
    final = completed + failed + stopped
    return {"final": final, "completed": completed, "failed": failed, "stopped": stopped}


def _deleted(fact: InvokeDeleted) -> list[Write]:
    key = document_id(fact.account, fact.invoke_id)
    return [
        Upsert(DELETED, key, {"at": fact.at}),
        Remove(COLLECTION, {"_id": key}),
        pages.holed(_series(fact.account)),
    ]


def _series(account: str) -> str:
    return f"{account}/invokes"


async def deleted(store: Store, ids: Sequence[str]) -> set[str]:
    """Which of these invokes (by document_id) are deleted."""
    return set(await store.get(DELETED, ids)) if ids else set()


async def get(store: Store, account: AccountId, invoke: InvokeId, contacts: Slice) -> Detail | None:
    """One invoke with a page of its contacts, in the order in which it contacts them; None when there is none."""
    found = await store.get(COLLECTION, [document_id(account, invoke)])
    for document in found.values():
        if "number" in document:
            start = contacts.after if contacts.after is not None else contacts.page * contacts.limit
            count = max(0, min(contacts.limit, integer(document, "total") - start))
            planned = await plans.read(store, account, invoke, start, count)
            more = start + count < integer(document, "total")
            return Detail(await _answer(store, document, planned, start), str(start + count) if more else None)
    return None


async def page(store: Store, account: AccountId, asked: Slice) -> Page:
    """Invokes, newest first, each with its first HEAD contacts."""
    top, dense = await pages.extent(store, _series(account))
    series = Series(COLLECTION, {}, "place", account, "number", top, descending=True, dense=dense)
    found, after = await pages.read(store, series, asked)
    return Page([await _answer(store, document, listed(document, "head"), 0) for document in found], after)


async def _answer(
    store: Store, document: Document, planned: Sequence[Mapping[str, Value]], start: int
) -> dict[str, object]:
    first_n = integer(document, "first_n") + start
    outcomes = await messages.outcomes(store, str(document["account"]), first_n, len(planned)) if planned else {}
    contacts = [
        _contact(document, entry, start + place, outcomes.get(first_n + place)) for place, entry in enumerate(planned)
    ]
    return {
        "id": str(document["number"]),
        "status": part(document, "stand")["status"],
        "contacts": contacts,
        "list_id": document["list_id"],
        "providers": [_offer(offer) for offer in unpacked(document["offers"])],
        "throughput": _paces(unpacked(document["throughput"])),
        "ordering": document["ordering"],
        "progress": _progress(document),
        **times(document),
    }


def _offer(offer: Mapping[str, object]) -> dict[str, object]:
    return {"type": offer["channel"], "provider": offer["provider"], "arguments": offer["arguments"]}


def _paces(throughput: Mapping[str, Mapping[str, int | None]]) -> dict[str, dict[str, str]]:
    return {
        channel: {unit: str(value) for unit, value in pace.items() if value is not None}
        for channel, pace in throughput.items()
    }


def _progress(document: Document) -> dict[str, str]:
    """Adds up to the total at every moment. A stop counts what it never released before the next report does."""
    stand, counts, total = part(document, "stand"), part(document, "progress"), integer(document, "total")
    never = total - integer(stand, "released") if stand["rank"] == _STOPPED else 0
    completed, failed = integer(counts, "completed"), integer(counts, "failed")
    stopped = max(integer(counts, "stopped"), never)
    numbers = {
        "total": total,
        "pending": total - completed - failed - stopped,
        "completed": completed,
        "failed": failed,
        "stopped": stopped,
    }
    return {name: str(value) for name, value in numbers.items()}


def _contact(
    document: Document, planned: Mapping[str, Value], index: int, outcome: Mapping[str, Value] | None
) -> dict[str, object]:
    contact = ContactId(str(planned["contact_id"]))
    return {
        "id": contact,
        "type": planned["channel"],
        "provider": planned["provider"],
        "order": str(planned["order"]),
        "contact": planned["address"],
        "status": _status(part(document, "stand"), index, outcome),
        "message_id": invoke_message_id(InvokeId(str(document["number"])), contact),
    }


def _status(stand: Mapping[str, Value], index: int, outcome: Mapping[str, Value] | None) -> Value:
    if outcome is None:
        return "stopped" if stand["rank"] == _STOPPED and index >= integer(stand, "released") else "pending"
    return "stopped" if outcome["error"] == "stopped" else outcome["status"]
