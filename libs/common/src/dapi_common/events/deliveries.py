"""What happened to a send. Facts about one message may arrive in any order and any number of times."""

from typing import ClassVar, Literal

from dapi_common.events.envelope import Payload
from dapi_common.events.shapes import Channel, JsonObject
from dapi_common.ids import InvokeId, MessageId

FailureReason = Literal[
    "provider-rejected", "provider-auth", "provider-not-found", "delivery-unknown", "expired", "stopped", "suppressed"
]


class DeliveryFact(Payload):
    """What every fact about a send carries. `attempt` counts from 1; `at` is seconds since the epoch, and so is
    `requested_at`: when the send was asked for, which is not in the log for ever (0: not said)."""

    message_id: MessageId
    n: int
    invoke_id: InvokeId | None = None
    index: int | None = None
    provider: str
    channel: Channel
    attempt: int
    requested_at: float = 0.0
    at: float


class DeliveryAccepted(DeliveryFact):
    """The provider took the message; the handset may still refuse it."""

    TYPE: ClassVar[str] = "delivery.accepted"
    provider_ref: str
    reply: JsonObject


class DeliveryRefused(DeliveryFact):
    """The provider said no, for good. `code` is the provider's own. `suppress` is an address that must not be sent to
    any more, "" for none."""

    TYPE: ClassVar[str] = "delivery.refused"
    reason: FailureReason
    code: str
    description: str
    reply: JsonObject
    suppress: str = ""


class DeliveryDeferred(DeliveryFact):
    """This attempt was surely not processed; the next one starts at `retry_at` or later."""

    TYPE: ClassVar[str] = "delivery.deferred"
    code: str
    description: str
    retry_at: float


class DeliveryUnknown(DeliveryFact):
    """The request left and no answer came, or the process died between: the message is not sent again unless
    `resend` says that it is."""

    TYPE: ClassVar[str] = "delivery.unknown"
    code: str
    description: str
    resend: bool = False


class DeliveryDropped(DeliveryFact):
    """The send never started: stopped, expired, or its provider is gone."""

    TYPE: ClassVar[str] = "delivery.dropped"
    reason: FailureReason
