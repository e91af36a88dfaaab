"""What vendors report of messages that they took: receipts. Facts, in any order and any number of times."""

from typing import ClassVar, Literal

from pydantic import BaseModel

from dapi_common.events.deliveries import DeliveryFact
from dapi_common.events.envelope import Payload
from dapi_common.events.shapes import JsonObject

ReceiptStatus = Literal["accepted", "sent", "delivered", "undelivered"]


class Receipt(BaseModel):
    """What every receipt says. `event` is the vendor's word; `status` what it means, None for news that is no status.
    `part` is one of the message's `parts` parts or recipients ("" for all of it). `occurred_at` is the vendor's time
    where it gave one. `is_bounce`: it holds even after `delivered`. `suppress` is an address that must not be sent to
    any more, "" for none."""

    provider_ref: str
    event: str
    status: ReceiptStatus | None = None
    code: str = ""
    description: str = ""
    part: str = ""
    parts: int = 1
    is_bounce: bool = False
    occurred_at: float | None = None
    suppress: str = ""
    reply: JsonObject


class DeliveryReported(Receipt, DeliveryFact):
    """A receipt that names its message: the vendor surely took it. `at` is when the receipt came."""

    TYPE: ClassVar[str] = "delivery.reported"


class ReferenceReported(Receipt, Payload):
    """A receipt that names nothing but the vendor's own id, `provider_ref`. `at` is when it came."""

    TYPE: ClassVar[str] = "reference.reported"
    provider: str
    at: float


class ProviderPaused(Payload):
    """The vendor refuses the account itself (bad credentials, suspended, no credit): nothing is sent through this
    provider until its credentials are updated or a probe passes, at `probe_at` or later. `code` is the vendor's. Said
    again when a probe fails: `since` is when the pause began, None: just now."""

    TYPE: ClassVar[str] = "provider.paused"
    provider: str
    code: str
    description: str
    probe_at: float
    since: float | None = None
    at: float


class ProviderResumed(Payload):
    """The pause is over."""

    TYPE: ClassVar[str] = "provider.resumed"
    provider: str
    at: float
