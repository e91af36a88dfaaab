"""Histories for tests of read models: a log that gives records, and a projector that folds them into a fresh store."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from hypothesis import settings
from hypothesis import strategies as st

from api_gateway import projection
from api_gateway.projector import Projector
from api_gateway.views import (
    accounts,
    contacts,
    health,
    inbound,
    invokes,
    ledger,
    lists,
    messages,
    pages,
    providers,
    references,
    suppressions,
)
from dapi_common import topics
from dapi_common.bus.memory import MemoryBus
from dapi_common.bus.port import Record
from dapi_common.clock import ManualClock
from dapi_common.contacts import PLANS
from dapi_common.events.deliveries import DeliveryAccepted, DeliveryFact
from dapi_common.events.envelope import Payload, headers
from dapi_common.events.invokes import InvokeAccepted, InvokePlanned, MessageAccepted
from dapi_common.events.lists import ContactsAdded, ListCreated
from dapi_common.events.receipts import DeliveryReported, ReceiptStatus, ReferenceReported
from dapi_common.events.sends import SendRequested
from dapi_common.events.shapes import Contact, Offer, PlannedContact
from dapi_common.ids import AccountId, ContactId, InvokeId, ListId, MessageId
from dapi_common.runtime.health import Health
from dapi_common.store.memory import MemoryStore
from dapi_common.store.port import Document

patient = settings(max_examples=60)
"""For properties that fold whole histories."""
ACCOUNT = AccountId("a1")
OTHER = AccountId("a2")
START = 1_700_000_000.0
SHOWN = (
    accounts.COLLECTION,
    ledger.COLLECTION,
    providers.COLLECTION,
    health.COLLECTION,
    lists.COLLECTION,
    contacts.COLLECTION,
    contacts.ADDITIONS,
    messages.COLLECTION,
    references.COLLECTION,
    invokes.COLLECTION,
    invokes.DELETED,
    inbound.COLLECTION,
    suppressions.COLLECTION,
    PLANS,
    pages.NUMBERS,
)


class History:
    """Facts of one partition, in the order in which they were logged."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self._next: dict[str, int] = {}

    def add(self, *payloads: Payload) -> "History":
        """Appends to the topic that carries each type."""
        for payload in payloads:
            name = next(name for name, registry in projection.TOPICS.items() if payload.TYPE in registry.names())
            offset = self._next[name] = self._next.get(name, -1) + 1
            envelope = headers(payload, "test", f"{name}/{offset}", START)
            key = payload.account.encode()
            self.records.append(Record(name, 0, offset, key, payload.encode(), envelope, START))
        return self

    async def folded(self) -> MemoryStore:
        """What the log makes of a fresh store."""
        return await folded([self.records])


def projector(store: MemoryStore, bus: MemoryBus | None = None, hold: float = 0.0) -> Projector:
    """A projector that is fed by hand."""
    bus = bus or MemoryBus(1, ManualClock())
    return Projector(lambda positions: bus.reader([topics.EVENTS]), bus.publisher(), store, Health(), hold=hold)


async def folded(batches: Iterable[Sequence[Record]]) -> MemoryStore:
    """A fresh store after these batches."""
    store = MemoryStore()
    works = projector(store)
    for batch in batches:
        await works.fold(batch)
    return store


async def documents(store: MemoryStore) -> dict[str, list[Document]]:
    """All that read models show, by collection."""
    return {name: await store.find(name, {}, order=("_id",)) for name in SHOWN}


@st.composite
def shuffled(draw: st.DrawFn, records: Sequence[Record]) -> list[list[Record]]:
    """The records in any order, some of them again, in batches of any sizes."""
    again = draw(st.lists(st.sampled_from(records), max_size=6))
    return _cut(draw, draw(st.permutations([*records, *again])))


@st.composite
def rewound(draw: st.DrawFn, records: Sequence[Record]) -> list[list[Record]]:
    """The records in their order, with restarts from earlier positions, in batches of any sizes."""
    played: list[Record] = []
    at = 0
    for stop in sorted(draw(st.lists(st.integers(1, len(records)), max_size=4))):
        played += records[at:stop]
        at = draw(st.integers(0, stop))
    return _cut(draw, [*played, *records[at:]])


def _cut(draw: st.DrawFn, records: Sequence[Record]) -> list[list[Record]]:
    cuts = draw(st.sets(st.integers(0, len(records)), max_size=4))
    return [list(records[a:b]) for a, b in pairwise([0, *sorted(cuts), len(records)]) if a < b]


def message(n: int, provider: str = "nexmo", account: AccountId = ACCOUNT, to: str = "+31600000001") -> MessageAccepted:
    """A single message was accepted."""
    return MessageAccepted(
        account=account,
        message_id=MessageId(str(n)),
        n=n,
        provider=provider,
        channel="sms",
        arguments={"from": "Dapi", "to": to, "text": "This is a test"},
        deadline=START + 86400,
        at=START + n,
    )


def accepted(
    of: MessageAccepted | SendRequested, attempt: int = 1, at: float = START + 100, ref: str = "ref-1"
) -> DeliveryAccepted:
    """The provider took the message."""
    reply: dict[str, object] = {"status": "0", "to": "+31600000001", "message.price": "0.03", "$": 2**70}
    return DeliveryAccepted(provider_ref=ref, reply=reply, **about(of, attempt, at))


def reported(
    of: MessageAccepted | SendRequested,
    status: ReceiptStatus | None,
    at: float = START + 200,
    attempt: int = 1,
    **more: object,
) -> DeliveryReported:
    """A receipt of the message."""
    said = {"provider_ref": "ref-1", "event": status or "opened", "status": status, "reply": {"at": at}}
    return DeliveryReported.model_validate({**said, **about(of, attempt, at), **more})


def by_reference(
    ref: str, status: ReceiptStatus | None, at: float = START + 200, provider: str = "nexmo", **more: object
) -> ReferenceReported:
    """A receipt that names the vendor's own id alone."""
    said = {"provider_ref": ref, "event": status or "opened", "status": status, "reply": {"at": at}}
    about = {"account": ACCOUNT, "provider": provider, "at": at}
    return ReferenceReported.model_validate({**said, **about, **more})


def about(of: MessageAccepted | SendRequested, attempt: int = 1, at: float = START + 100) -> dict[str, object]:
    """The common fields of a fact about a send."""
    fields = {name: getattr(of, name, None) for name in DeliveryFact.model_fields if name != "requested_at"}
    return {**fields, "attempt": attempt, "at": at}


def contact(address: str = "+31600000001", order: int = 1) -> Contact:
    """Somebody on a list."""
    return Contact(channel="sms", provider="twilio", order=order, address=address)


def some_list(number: int = 1, **metadata: object) -> ListCreated:
    """A new list."""
    return ListCreated(account=ACCOUNT, list_id=ListId(str(number)), metadata=metadata, at=START + number)


def added(first: int, *addresses: str, number: int = 1, at: float = START + 10) -> ContactsAdded:
    """New contacts on a list."""
    contacts = [contact(address) for address in addresses]
    return ContactsAdded(account=ACCOUNT, list_id=ListId(str(number)), first_id=first, contacts=contacts, at=at)


def invoke(total: int, number: int = 1, first_n: int = 1) -> InvokeAccepted:
    """A list is to be contacted."""
    return InvokeAccepted(
        account=ACCOUNT,
        invoke_id=InvokeId(str(number)),
        list_id=ListId("1"),
        total=total,
        channels={"sms": total},
        last_contact=total,
        first_n=first_n,
        offers=[Offer(channel="sms", provider="twilio", arguments={"From": "Dapi", "Body": "This is a test"})],
        throughput={"sms": {"mps": 10}},
        deadline=START + 86400,
        at=START + 20,
    )


def planned(total: int, number: int = 1) -> InvokePlanned:
    """The whole plan of a small invoke: contact i at index i - 1."""
    contacts = [
        PlannedContact(**contact(f"+3160000{i:04}").model_dump(), contact_id=f"{i}") for i in range(1, total + 1)
    ]
    return InvokePlanned(account=ACCOUNT, invoke_id=InvokeId(str(number)), chunk=0, first_index=0, contacts=contacts)


def send(index: int, number: int = 1, first_n: int = 1, attempt: int = 1) -> SendRequested:
    """A contact of an invoke's plan is released."""
    return SendRequested(
        account=ACCOUNT,
        message_id=MessageId(f"{number}-{index + 1}"),
        n=first_n + index,
        invoke_id=InvokeId(str(number)),
        index=index,
        contact_id=ContactId(str(index + 1)),
        address=f"+3160000{index + 1:04}",
        provider="twilio",
        channel="sms",
        arguments={"From": "Dapi", "Body": "This is a test", "To": f"+3160000{index + 1:04}"},
        credentials="sealed",
        account_mps=1,
        deadline=START + 86400,
        attempt=attempt,
        at=START + 30 + index,
    )
