"""What people send back: messages, opt-outs, complaints, bounces."""

from typing import ClassVar, Literal

from dapi_common.events.envelope import Payload
from dapi_common.events.shapes import Channel, JsonObject

InboundKind = Literal["message", "opt-out", "opt-in", "complaint", "bounce"]


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
