"""What people send back: messages, opt-outs, complaints, bounces. And whom accounts send nothing to because of it."""

from typing import ClassVar, Literal

from dapi_common.events.envelope import Payload
from dapi_common.events.shapes import Channel, JsonObject
from dapi_common.ids import SuppressionId

InboundKind = Literal["message", "opt-out", "opt-in", "complaint", "bounce"]
SuppressionReason = Literal["opt-out", "complaint", "bounce", "provider", "asked"]
"""What the person said, what the vendor said of the address (`bounce`, `provider`), or what the account asked for."""


class InboundReceived(Payload):
    """A vendor passed on what somebody sent, once or several times: `inbound_id` is made of the vendor's own and is the
    same each time. With `suppress` nothing may be sent to the sender any more; an opt-in takes that back. `reply` is
    what the vendor posted."""

    TYPE: ClassVar[str] = "inbound.received"
    inbound_id: str
    kind: InboundKind
    provider: str
    channel: Channel
    sender: str
    recipient: str
    text: str = ""
    suppress: bool = False
    reply: JsonObject
    at: float


class InboundRecorded(Payload):
    """What came in (InboundReceived), once, however often the vendor passed it on. `n` numbers what an account gets
    without holes; `at` is when it came first."""

    TYPE: ClassVar[str] = "inbound.recorded"
    n: int
    inbound_id: str
    kind: InboundKind
    provider: str
    channel: Channel
    sender: str
    recipient: str
    text: str = ""
    reply: JsonObject
    at: float


class ContactSuppressed(Payload):
    """From here on the account sends nothing to the address on this channel; what is on its way still goes. The address
    is in its one spelling: a number with +, an e-mail address in lower case. `provider` is whose word it is, "" for the
    account's own."""

    TYPE: ClassVar[str] = "contact.suppressed"
    suppression_id: SuppressionId
    channel: Channel
    address: str
    reason: SuppressionReason
    provider: str = ""
    at: float


class SuppressionLifted(Payload):
    """The contact of that suppression is sent to again: the account asked for it, or the person came back."""

    TYPE: ClassVar[str] = "suppression.lifted"
    suppression_id: SuppressionId
    at: float
