"""Which read models fold which facts, and the writes of a batch of records."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from api_gateway.views import accounts as accounts_view
from api_gateway.views import contacts as contacts_view
from api_gateway.views import health as health_view
from api_gateway.views import inbound as inbound_view
from api_gateway.views import invokes as invokes_view
from api_gateway.views import ledger as ledger_view
from api_gateway.views import lists as lists_view
from api_gateway.views import messages as messages_view
from api_gateway.views import pages, plans, references, story
from api_gateway.views import providers as providers_view
from api_gateway.views import suppressions as suppressions_view
from dapi_common import events, topics
from dapi_common.bus.port import Record
from dapi_common.events import account, deliveries, inbound, invokes, lists, receipts, sends, signals
from dapi_common.events.envelope import Payload, Registry, Undecodable
from dapi_common.store.port import Index, Store, Write

Fact = tuple[Payload, Record]
Fold = Callable[[Any, Record], list[Write]]
Sweep = Callable[[Store, Any, Record], Awaitable[list[list[Write]]]]

TOPICS: Final[Mapping[str, Registry]] = {
    topics.EVENTS.name: events.EVENTS,
    topics.SENDS.name: events.SENDS,
    topics.DELIVERIES.name: events.DELIVERIES,
    topics.PROVIDER_HEALTH.name: events.PROVIDER_HEALTH,
}
INDEXES: Final[Mapping[str, Sequence[Index]]] = {
    **pages.INDEXES,
    **accounts_view.INDEXES,
    **ledger_view.INDEXES,
    **providers_view.INDEXES,
    **health_view.INDEXES,
    **lists_view.INDEXES,
    **contacts_view.INDEXES,
    **messages_view.INDEXES,
    **references.INDEXES,
    **invokes_view.INDEXES,
    **plans.INDEXES,
    **inbound_view.INDEXES,
    **suppressions_view.INDEXES,
}
FOLDS: Final[Mapping[type[Payload], tuple[Fold, ...]]] = {
    account.AccountOpened: (accounts_view.fold,),
    account.SecretRegenerated: (),  # gateways read dapi.accounts
    account.LimitsChanged: (accounts_view.fold,),
    account.CreditsMoved: (accounts_view.fold, ledger_view.fold),
    account.ProviderPut: (providers_view.fold,),
    account.ProviderRemoved: (providers_view.fold,),
    lists.ListCreated: (lists_view.fold,),
    lists.ListUpdated: (lists_view.fold,),
    lists.ListDeleted: (lists_view.fold,),
    lists.ContactsAdded: (contacts_view.fold,),
    lists.ContactUpdated: (contacts_view.fold,),
    lists.ContactRemoved: (contacts_view.fold,),
    invokes.MessageAccepted: (messages_view.fold,),
    invokes.MessageSkipped: (messages_view.fold,),
    invokes.InvokeAccepted: (messages_view.fold, invokes_view.fold),
    invokes.InvokePlanned: (invokes_view.fold, plans.fold),
    invokes.InvokeProgressed: (invokes_view.fold,),
    invokes.InvokeCompleted: (invokes_view.fold,),
    invokes.InvokeStopped: (invokes_view.fold,),
    invokes.InvokePaused: (invokes_view.fold,),
    invokes.InvokeResumed: (invokes_view.fold,),
    invokes.InvokeRepaced: (invokes_view.fold,),
    invokes.InvokeDeleted: (invokes_view.fold, plans.fold),
    inbound.InboundRecorded: (inbound_view.fold,),
    inbound.ContactSuppressed: (suppressions_view.fold,),
    inbound.SuppressionLifted: (suppressions_view.fold,),
    sends.SendRequested: (messages_view.fold,),
    sends.SendsStopped: (),  # for dispatchers; InvokeStopped says it here, and so on
    sends.SendsPaused: (),
    sends.SendsResumed: (),
    sends.SendsRepaced: (),
    sends.ProviderRenewed: (),
    sends.ProviderWithdrawn: (),  # for dispatchers; what they drop is a delivery fact
    deliveries.DeliveryAccepted: (messages_view.fold,),
    deliveries.DeliveryRefused: (messages_view.fold,),
    deliveries.DeliveryDeferred: (messages_view.fold,),
    deliveries.DeliveryUnknown: (messages_view.fold, story.fold),
    deliveries.DeliveryDropped: (messages_view.fold, story.fold),
    receipts.DeliveryReported: (messages_view.fold,),
    receipts.ReferenceReported: (references.fold,),
    receipts.ProviderPaused: (health_view.fold,),
    receipts.ProviderResumed: (health_view.fold,),
    signals.ProviderHealth: (health_view.fold,),
}
"""Every type that the topics carry, and who folds it."""
FOLDS_LAST: Final[Mapping[type[Payload], Fold]] = {
    invokes.InvokeAccepted: plans.fold_last,
    invokes.InvokeProgressed: invokes_view.fold_last,
    invokes.InvokeDeleted: invokes_view.fold_last,
}
"""What is written only when all else of the batch is."""
SWEEPS: Final[Mapping[type[Payload], Sweep]] = {
    lists.ListDeleted: contacts_view.sweep,
    invokes.InvokeDeleted: invokes_view.sweep,
}
"""What may change more documents than one transaction takes: written piece by piece, after the folds and before what
is last. Repeating any of it changes nothing."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a batch says, and what of it nobody can read (each with the reason)."""

    facts: list[Fact]
    unreadable: list[tuple[Record, str]]


def decode(records: Iterable[Record]) -> Decoded:
    """Reads each record once."""
    decoded = Decoded([], [])
    for record in records:
        try:
            decoded.facts.append((TOPICS[record.topic].decode(record.headers, record.value), record))
        except Undecodable as reason:
            decoded.unreadable.append((record, str(reason)))
    return decoded


async def without_deleted(store: Store, facts: list[Fact]) -> list[Fact]:
    """The facts, without those about invokes that are deleted, here or in an earlier batch: a late one must not bring
    a document back. Messages' facts come from three topics, so this cannot be left to their order."""
    about = [_invoke_of(payload) for payload, _ in facts]
    known = {key for key in about if key}
    gone = {key for key, (payload, _) in zip(about, facts, strict=True) if isinstance(payload, invokes.InvokeDeleted)}
    gone |= await invokes_view.deleted(store, sorted(known))
    if not gone:
        return facts
    return [
        fact
        for key, fact in zip(about, facts, strict=True)
        if key not in gone or isinstance(fact[0], invokes.InvokeDeleted)
    ]


def numbers(facts: Iterable[Fact], kept: Iterable[Fact]) -> list[Write]:
    """What all the same follows from the facts that `without_deleted` left out: that their numbers are taken. So how
    far numbers have come does not depend on whether a deletion was folded before them."""
    known = {id(fact) for fact in kept}
    writes, last = fold(fact for fact in facts if id(fact) not in known)
    return [write for write in (*writes, *last) if write.collection == pages.NUMBERS]


def _invoke_of(payload: Payload) -> str | None:
    invoke = getattr(payload, "invoke_id", None)
    return invokes_view.document_id(payload.account, invoke) if invoke else None


def fold(facts: Iterable[Fact]) -> tuple[list[Write], list[Write]]:
    """The writes of these facts, in their order; and those that must wait until the others are done."""
    writes: list[Write] = []
    last: list[Write] = []
    for payload, record in facts:
        kind = type(payload)
        for each in FOLDS[kind]:
            writes += each(payload, record)
        if kind in FOLDS_LAST:
            last += FOLDS_LAST[kind](payload, record)
    return writes, last
