"""Messages: what was asked for, what was tried, what became of it.

Static fields come from whoever makes the message known (MessageAccepted for a single one; SendRequested or
MessageSkipped for one of an invoke), the rest from deliveries, which may be folded first: a document without `n` is
not shown yet. It does say whose it is, so that a deleted invoke takes it along."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api_gateway.views import lattice, pages, receipts, references, shown
from api_gateway.views.documents import integer, packed, part, seen
from api_gateway.views.pages import Page, Series, Slice
from dapi_common.bus.port import Record
from dapi_common.events.deliveries import DeliveryFact
from dapi_common.events.envelope import Payload
from dapi_common.events.invokes import InvokeAccepted, MessageAccepted, MessageSkipped
from dapi_common.events.receipts import DeliveryReported
from dapi_common.events.sends import SendRequested
from dapi_common.events.shapes import JsonObject
from dapi_common.ids import AccountId, MessageId
from dapi_common.store.port import Document, Index, Range, Remove, Store, Upsert, Value, Write
from dapi_common.unreached import MESSAGES, outcome_place

COLLECTION = MESSAGES
INDEXES: Mapping[str, Sequence[Index]] = {
    COLLECTION: (
        Index(("place",)),
        Index(("outcome.place",)),
        Index(("place_in_provider",)),
        Index(("place_in_invoke",)),
        Index(("place_in_contact",)),
    )
}


@dataclass(frozen=True, slots=True)
class Filters:
    """None lets everything pass. `contact` is the recipient: a number, an address or a device."""

    status: str | None = None
    provider: str | None = None
    type: str | None = None
    invoke_id: str | None = None
    contact: str | None = None


Known = MessageAccepted | SendRequested | MessageSkipped
"""What makes a message known."""


def document_id(account: str, message: str) -> str:
    """`_id` of a message."""
    return f"{account}/{message}"


def fold(payload: Payload, record: Record) -> list[Write]:
    """What a fact changes here."""
    match payload:
        case MessageAccepted():
            failed = lattice.not_sent(payload.skipped, 0, payload.at) if payload.skipped else None
            return _known(payload, payload.arguments, _for(payload, _recipient(payload)), failed)
        case SendRequested(invoke_id=str()):
            return _known(payload, payload.arguments, _of_invoke(payload))
        case MessageSkipped():
            return _known(payload, {}, _of_invoke(payload), lattice.not_sent(payload.reason, 0, payload.at))
        case DeliveryFact():
            return [_happened(payload)]
        case InvokeAccepted():
            return [pages.holed(_series(payload.account))]
        case _:
            return []


def removed(places: Range) -> Remove:
    """The messages at these places in their invoke leave."""
    return Remove(COLLECTION, {"place_in_invoke": places})


def _known(
    fact: Known,
    arguments: JsonObject,
    more: Mapping[str, Value],
    outcome: lattice.Entry | None = None,
) -> list[Write]:
    is_first = not (isinstance(fact, SendRequested) and fact.comes_again)
    static: dict[str, Value] = {
        "account": fact.account,
        "id": fact.message_id,
        "n": fact.n,
        "provider": fact.provider,
        "type": fact.channel,
        "arguments": packed(arguments),
        "place": pages.keyed(fact.account, fact.n),
        "place_in_provider": pages.keyed(f"{fact.account}/{fact.provider}", fact.n),
        **more,
    }
    growing: dict[str, Value] = {"outcome": _placed(outcome or lattice.pending(), fact), **seen(fact.at)}
    return [
        Upsert(COLLECTION, document_id(fact.account, fact.message_id), static, growing, new=is_first),
        pages.counted(_series(fact.account), fact.n),
    ]


def _recipient(fact: MessageAccepted) -> str:
    """Whom a single message is for, where its provider's own field says it in one piece."""
    found = shown.recipients(fact.provider, fact.channel, fact.arguments)
    return found[0] if len(found) == 1 else ""


def _for(fact: Known, contact: str) -> dict[str, Value]:
    return {"contact": contact, "place_in_contact": pages.keyed(f"{fact.account}/{contact}", fact.n)}


def _of_invoke(fact: SendRequested | MessageSkipped) -> dict[str, Value]:
    ids: dict[str, Value] = {"invoke_id": fact.invoke_id, "contact_id": fact.contact_id}
    return {**ids, **_in_invoke(fact), **_for(fact, fact.address or "")}


def _in_invoke(fact: SendRequested | MessageSkipped | DeliveryFact) -> dict[str, Value]:
    return {"place_in_invoke": pages.keyed(f"{fact.account}/{fact.invoke_id}", fact.n)} if fact.invoke_id else {}


def _placed(outcome: lattice.Entry, fact: Known | DeliveryFact) -> lattice.Entry:
    return {**outcome, "place": outcome_place(fact.account, str(outcome["status"]), fact.n)}


def _happened(fact: DeliveryFact) -> Upsert:
    growing: dict[str, Value] = {"outcome": _placed(lattice.outcome(fact), fact), "updated": fact.at}
    if fact.requested_at:
        growing["minus_created"] = -fact.requested_at
    if tried := lattice.attempt(fact):
        growing[f"attempts.{fact.attempt}"] = tried
    if isinstance(fact, DeliveryReported):
        growing |= receipts.grown(fact, fact.attempt)
    return Upsert(COLLECTION, document_id(fact.account, fact.message_id), _in_invoke(fact), growing)


def _series(account: str) -> str:
    return f"{account}/messages"


async def get(store: Store, account: AccountId, message: MessageId) -> dict[str, object] | None:
    """One message, or None."""
    found = await store.get(COLLECTION, [document_id(account, message)])
    answers = await _answers(store, account, [document for document in found.values() if "n" in document])
    return next(iter(answers), None)


async def page(store: Store, account: AccountId, asked: Slice, filters: Filters | None = None) -> Page:
    """Messages, newest first."""
    top, dense = await pages.extent(store, _series(account))
    where = _matching(filters or Filters())
    key, prefix = next(((_KEYS[path], f"{account}/{value}") for path, value in where.items() if path in _KEYS), _PLACE)
    series = Series(
        COLLECTION,
        {"account": account, **where},
        key,
        prefix or account,
        "n",
        top,
        descending=True,
        dense=dense and not where,
    )
    found, after = await pages.read(store, series, asked)
    return Page(await _answers(store, account, found), after)


_PLACE = ("place", "")
_KEYS: Mapping[str, str] = {
    "contact": "place_in_contact",
    "invoke_id": "place_in_invoke",
    "outcome.status": "outcome.place",
    "provider": "place_in_provider",
}
"""The key in which each filter has its own series."""


async def outcomes(store: Store, account: str, first_n: int, count: int) -> dict[int, dict[str, Value]]:
    """The outcomes of the messages first_n … first_n + count - 1, by number; of those that are known."""
    places = Range(pages.keyed(account, first_n - 1), pages.keyed(account, first_n + count - 1))
    found = await store.find(COLLECTION, {"place": places}, fields=("n", "outcome"))
    return {integer(document, "n"): part(document, "outcome") for document in found}


def _matching(filters: Filters) -> dict[str, Value]:
    """The conditions, the one that most likely lets least pass first."""
    wanted: dict[str, Value] = {
        "contact": filters.contact,
        "invoke_id": filters.invoke_id,
        "outcome.status": filters.status,
        "provider": filters.provider,
        "type": filters.type,
    }
    return {field: value for field, value in wanted.items() if value is not None}


async def _answers(store: Store, account: AccountId, found: Sequence[Document]) -> list[dict[str, object]]:
    by_reference = await references.told(store, account, found)
    return [shown.answer(document, by_reference.get(document["_id"], [])) for document in found]
