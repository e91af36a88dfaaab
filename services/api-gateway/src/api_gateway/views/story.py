"""A message's story, entry by entry, with the log's own names of what happened (docs/events.md).

It is made of the message's document: when it was made known, its attempts, its receipts, its outcome; of what `fold`
adds to it, the facts that a stronger one takes out of the other fields; and, for one of an invoke, of the invoke's
document and its plan. `message.completed` and `message.failed` are not in the log: they say what all of it amounts to.
A receipt is called by what it means, and stands at the vendor's time; what a vendor repeats is told once.

Not in it: when the dispatcher gave it to the provider's queue, and who asked for a further try, which no log keeps."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from api_gateway.views import invokes, messages, plans, references
from api_gateway.views.documents import integer, number, part
from api_gateway.views.lattice import NOT_SENT
from api_gateway.views.receipts import Told
from dapi_common.bus.port import Record
from dapi_common.clock import rfc3339
from dapi_common.events.deliveries import DeliveryDropped, DeliveryUnknown
from dapi_common.events.envelope import Payload
from dapi_common.ids import AccountId, InvokeId, MessageId
from dapi_common.store.port import Document, Store, Upsert, Value, Write


class Entry(NamedTuple):
    """When, what, at which attempt; the error's code and description; of a receipt, the vendor's word and the part."""

    at: float
    type: str
    attempt: str = "0"
    code: str = ""
    description: str = ""
    event: str = ""
    part: str = ""


def fold(payload: Payload, record: Record) -> list[Write]:
    """What a fact adds to the message's document, in `aside`."""
    match payload:
        case DeliveryDropped():
            return [_aside(payload, payload.reason, NOT_SENT.get(payload.reason, ""))]
        case DeliveryUnknown():
            return [_aside(payload, payload.code, payload.description)]
        case _:
            return []


def _aside(fact: DeliveryDropped | DeliveryUnknown, code: str, description: str) -> Upsert:
    kind = fact.TYPE.removeprefix("delivery.")
    told: dict[str, Value] = {"at": fact.at, "code": code, "description": description}
    key = messages.document_id(fact.account, fact.message_id)
    return Upsert(messages.COLLECTION, key, maximum={f"aside.{kind}-{fact.attempt}": told})


async def get(store: Store, account: AccountId, message: MessageId) -> dict[str, object] | None:
    """The story so far in the order of time, or None."""
    key = messages.document_id(account, message)
    document = (await store.get(messages.COLLECTION, [key])).get(key, {})
    if "n" not in document:
        return None
    by_reference = (await references.told(store, account, [document])).get(key, [])
    receipts = _receipts([Told(document), *by_reference], str(part(document, "outcome")["attempt"]))
    entries = [*await _beginning(store, account, document), *_tries(document), *receipts, *_end(document)]
    entries.sort(key=lambda entry: entry.at)
    return {"id": document["id"], "events": [_shown(entry, str(document["provider"])) for entry in entries]}


async def _beginning(store: Store, account: AccountId, document: Document) -> list[Entry]:
    known, outcome = -number(document, "minus_created"), part(document, "outcome")
    if "invoke_id" not in document:
        return [Entry(known, "message.accepted")]
    before = await _of_invoke(store, account, document)
    if outcome["status"] == "failed" and not outcome["attempt"]:
        skipped = Entry(known, "message.skipped", "0", str(outcome["error"]), str(outcome["description"]))
        return [*before, skipped]
    return [*before, Entry(known, "send.requested")]


async def _of_invoke(store: Store, account: AccountId, document: Document) -> list[Entry]:
    """Each of the invoke's, as far as it is folded."""
    invoke = InvokeId(str(document["invoke_id"]))
    key = invokes.document_id(account, invoke)
    begun = (await store.get(invokes.COLLECTION, [key])).get(key, {})
    if "number" not in begun:
        return []
    index = integer(document, "n") - integer(begun, "first_n")
    planned_at = await plans.planned_at(store, account, invoke, index)
    planned = [Entry(planned_at, "invoke.planned")] if planned_at is not None else []
    return [Entry(-number(begun, "minus_created"), "invoke.accepted"), *planned]


def _tries(document: Document) -> Iterator[Entry]:
    attempts, aside = part(document, "attempts"), part(document, "aside")
    tries = {f"{part(attempts, attempt)['outcome']}-{attempt}": part(attempts, attempt) for attempt in attempts}
    told = {**{key: part(aside, key) for key in aside}, **tries}
    for key in sorted(told, key=lambda key: int(key.partition("-")[2])):
        kind, _, attempt = key.partition("-")
        entry = told[key]
        yield Entry(number(entry, "at"), f"delivery.{kind}", attempt, str(entry["code"]), str(entry["description"]))


def _receipts(told: Sequence[Told], attempt: str) -> Iterator[Entry]:
    """`attempt`: of those that came by reference, which say what the vendor accepted."""
    for report in (report for each in told for report in each.reports()):
        yield Entry(
            -number(report, "minus_at"),
            f"receipt.{report['status'] or 'news'}",
            str(report["attempt"] or attempt),
            str(report["code"]),
            str(report["description"]),
            str(report["event"]),
            str(report["part"]),
        )


def _end(document: Document) -> Iterator[Entry]:
    outcome = part(document, "outcome")
    if outcome["status"] != "pending":
        why = str(outcome["error"]), str(outcome["description"])
        yield Entry(number(outcome, "at"), f"message.{outcome['status']}", str(outcome["attempt"]), *why)


def _shown(entry: Entry, provider: str) -> Mapping[str, str]:
    receipt = {"event": entry.event, **({"part": entry.part} if entry.part else {})}
    return {
        "type": entry.type,
        "at": rfc3339(entry.at),
        "attempt": entry.attempt,
        "provider": provider,
        **(receipt if entry.event else {}),
        "error-code": entry.code,
        "error-description": entry.description,
    }
