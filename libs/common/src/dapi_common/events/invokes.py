"""Facts about messages and invokes, as decided. What happened to a send is in `deliveries`."""

from typing import ClassVar, Literal

from pydantic import Field

from dapi_common.events.envelope import Payload
from dapi_common.events.shapes import (
    Channel,
    JsonObject,
    Offer,
    OnUnknown,
    Ordering,
    Pace,
    PlannedContact,
)
from dapi_common.ids import ContactId, InvokeId, ListId, MessageId
from dapi_common.ranges import RangeSet


class MessageAccepted(Payload):
    """A single message will be sent or fail by its deadline (seconds since the epoch). `n` numbers the account's
    messages without holes. With `skipped` it has failed for that reason: it gets no send and cost nothing."""

    TYPE: ClassVar[str] = "message.accepted"
    message_id: MessageId
    n: int
    provider: str
    channel: Channel
    arguments: JsonObject
    deadline: float
    on_unknown: OnUnknown = "fail"
    skipped: Literal["suppressed"] | None = None
    at: float


class MessageSkipped(Payload):
    """A contact of an invoke's plan gets no send: nothing of the invoke fits it, its provider is gone, or it is
    suppressed."""

    TYPE: ClassVar[str] = "message.skipped"
    message_id: MessageId
    n: int
    invoke_id: InvokeId
    index: int
    contact_id: ContactId
    provider: str
    channel: Channel
    address: str
    reason: Literal["message-invalid-provider", "provider-not-found", "suppressed"]
    at: float


class InvokeAccepted(Payload):
    """The list as it stands at this very position will be contacted: `total` contacts, all with ids up to
    `last_contact`. Or, with `retry_of`, those at the indexes `retried` ([start, end) pairs) of that invoke's plan. The
    contact at index i of the plan gets the message number first_n + i."""

    TYPE: ClassVar[str] = "invoke.accepted"
    invoke_id: InvokeId
    list_id: ListId
    total: int
    channels: dict[Channel, int]
    last_contact: int
    first_n: int
    offers: list[Offer]
    throughput: dict[Channel, Pace]
    ordering: Ordering = "first-attempt"
    on_unknown: OnUnknown = "fail"
    deadline: float
    retry_of: InvokeId | None = None
    retried: RangeSet = Field(default_factory=RangeSet)
    at: float


class InvokePlanned(Payload):
    """Chunk number `chunk` of the plan: the contacts at the indexes first_index, first_index + 1, … of the order in
    which the invoke contacts them. All chunks but the last hold PLAN_CHUNK contacts."""

    TYPE: ClassVar[str] = "invoke.planned"
    invoke_id: InvokeId
    chunk: int
    first_index: int
    contacts: list[PlannedContact]
    at: float = 0.0


class InvokeProgressed(Payload):
    """Exact counts of final outcomes; what is missing to the total is pending."""

    TYPE: ClassVar[str] = "invoke.progressed"
    invoke_id: InvokeId
    completed: int
    failed: int
    stopped: int
    at: float


class InvokeCompleted(Payload):
    """Every contact of the plan has a final outcome."""

    TYPE: ClassVar[str] = "invoke.completed"
    invoke_id: InvokeId
    at: float


class InvokeStopped(Payload):
    """Stopped by the client: `released` contacts of the plan had been given to the dispatcher, the rest never
    starts."""

    TYPE: ClassVar[str] = "invoke.stopped"
    invoke_id: InvokeId
    released: int
    at: float


class InvokePaused(Payload):
    """Held by the client: nothing of it starts until it is resumed; what expires meanwhile fails."""

    TYPE: ClassVar[str] = "invoke.paused"
    invoke_id: InvokeId
    at: float


class InvokeResumed(Payload):
    """It goes on where it was paused."""

    TYPE: ClassVar[str] = "invoke.resumed"
    invoke_id: InvokeId
    at: float


class InvokeRepaced(Payload):
    """From here on its ceilings are these, for all channels."""

    TYPE: ClassVar[str] = "invoke.repaced"
    invoke_id: InvokeId
    throughput: dict[Channel, Pace]
    at: float


class InvokeDeleted(Payload):
    """The invoke and its messages leave every read model."""

    TYPE: ClassVar[str] = "invoke.deleted"
    invoke_id: InvokeId
    at: float
