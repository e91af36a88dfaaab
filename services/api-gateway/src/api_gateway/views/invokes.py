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
    InvokePaused,
    InvokePlanned,
    InvokeProgressed,
    InvokeRepaced,
    InvokeResumed,
    InvokeStopped,
)
from dapi_common.ids import AccountId, ContactId, InvokeId, invoke_message_id
from dapi_common.store.port import Document, Index, Remove, Store, Upsert, Value, Write
from dapi_common.unreached import INVOKES, invoke_document

COLLECTION = INVOKES
DELETED = "deleted_invokes"
INDEXES: Mapping[str, Sequence[Index]] = {COLLECTION: (Index(("place",)),), DELETED: ()}
HEAD = 100
"""So many contacts of each invoke are shown in a list of invokes."""
_RUNNING, _COMPLETED, _STOPPED = range(3)
Grown = InvokeProgressed | InvokeCompleted | InvokeStopped | InvokePaused | InvokeResumed | InvokeRepaced
"""What changes an invoke that is known."""


@dataclass(frozen=True, slots=True)
class Detail:
    """An invoke with a page of its contacts; `after` is the cursor of the next page of them."""

    answer: dict[str, object]
    after: str | None


def document_id(account: str, invoke: str) -> str:
    """`_id` of an invoke, here and in DELETED."""
    return invoke_document(account, invoke)


def fold(payload: Payload, record: Record) -> list[Write]:
    """What a fact changes here."""
    match payload:
        case InvokeAccepted():
            return [_accepted(payload), pages.counted(_series(payload.account), int(payload.invoke_id))]
        case InvokePlanned(chunk=0):
            head = plans.entries(payload.contacts[:HEAD])
            return [Upsert(COLLECTION, document_id(payload.account, payload.invoke_id), {"head": head})]
        case InvokeDeleted():
            return _deleted(payload)
        case _ if isinstance(payload, Grown):
            growing = {**_news(payload, record.offset), "updated": payload.at}
            return [Upsert(COLLECTION, document_id(payload.account, payload.invoke_id), maximum=growing)]
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
        "on_unknown": fact.on_unknown,
        "channels": {str(channel): count for channel, count in fact.channels.items()},
        **({"retry_of": fact.retry_of} if fact.retry_of is not None else {}),
    }
    growing: dict[str, Value] = {"stand": _stand(_RUNNING, "running"), "progress": _counts(0, 0, 0), **seen(fact.at)}
    return Upsert(COLLECTION, document_id(fact.account, fact.invoke_id), static, growing)


def _news(fact: Grown, position: int) -> dict[str, Value]:
    match fact:
        case InvokeProgressed():
            return {"progress": _counts(fact.completed, fact.failed, fact.stopped)}
        case InvokeCompleted():
            return {"stand": _stand(_COMPLETED, "completed")}
        case InvokeStopped():
            return {"stand": _stand(_STOPPED, "stopped", fact.released)}
        case InvokePaused() | InvokeResumed():
            return {"hold": {"position": position, "paused": isinstance(fact, InvokePaused)}}
        case InvokeRepaced():
            return {"repaced": {"position": position, "throughput": packed(fact.throughput)}}


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
        pages.holed(_series(fact.account)),
    ]


async def sweep(store: Store, fact: InvokeDeleted, record: Record) -> list[list[Write]]:
    """The messages of a deleted invoke leave, a transaction each time. Its document says which they are."""
    key, of_invoke = document_id(fact.account, fact.invoke_id), f"{fact.account}/{fact.invoke_id}"
    known = (await store.get(COLLECTION, [key])).get(key, {})
    if "first_n" not in known:
        return [[messages.removed(pages.whole(of_invoke))]]
    above = integer(known, "first_n") - 1
    return [[messages.removed(piece)] for piece in pages.pieces(of_invoke, above, above + integer(known, "total"))]


def fold_last(payload: Payload, record: Record) -> list[Write]:
    """A deleted invoke's own document leaves when nothing needs it any more. How many contacts are `settled` is there
    when everything that was said of them before is: the planner takes it as the sign that a retry knows whom."""
    match payload:
        case InvokeProgressed():
            settled = payload.completed + payload.failed + payload.stopped
            key = document_id(payload.account, payload.invoke_id)
            return [Upsert(COLLECTION, key, maximum={"settled": settled})]
        case InvokeDeleted():
            return [Remove(COLLECTION, {"_id": document_id(payload.account, payload.invoke_id)})]
        case _:
            return []


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
        "status": _invoke_status(document),
        "contacts": contacts,
        "list_id": document["list_id"],
        **({"retry_of": document["retry_of"]} if "retry_of" in document else {}),
        "providers": [_offer(offer) for offer in unpacked(document["offers"])],
        "throughput": _paces(unpacked(part(document, "repaced").get("throughput", document["throughput"]))),
        "ordering": document["ordering"],
        "progress": _progress(document),
        **times(document),
    }


def _invoke_status(document: Document) -> Value:
    stand, hold = part(document, "stand"), part(document, "hold")
    return "paused" if stand["rank"] == _RUNNING and hold.get("paused") else stand["status"]


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
