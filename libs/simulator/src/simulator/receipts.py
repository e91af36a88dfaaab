"""What vendors are to send on their own, as tests and people write it down."""

from pydantic import BaseModel, ConfigDict, Field

from simulator.accounts import ProviderName


class ReceiptPlan(BaseModel):
    """One receipt of a message. `status` is the vendor's own word, or what it means: accepted, sent, delivered,
    undelivered. `delay_ms` counts from when the message was taken (below zero: at once), so that a receipt overtakes
    an answer that its step delays for longer. Receipts of one message go out one after the other: by their delays, then
    in their order. `part`: one part's or recipient's, from 1; all of them without. `fields` replace or add some of
    the vendor's own, before it signs."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    status: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_. -]{0,49}$")
    code: str = Field(default="", max_length=50)
    delay_ms: float = 0
    part: int | None = Field(default=None, ge=1)
    repeat: int = Field(default=1, ge=1, le=1000)
    forged: bool = False
    unknown_message: bool = False
    fields: dict[str, str] = {}


class InboundPlan(BaseModel):
    """What a person sends back through a vendor. `account` is its user in `/_accounts`; without a `url` the account's
    `webhook_url`. `kind` is for vendors that tell more than messages: opt-out, opt-in, complaint, bounce, or a vendor's
    own word. `fields`: as in ReceiptPlan."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    provider: ProviderName
    account: str
    url: str = Field(default="", pattern=r"^(https?://.+)?$")
    sender: str = Field(default="", alias="from")
    to: str = ""
    text: str = ""
    kind: str = "message"
    repeat: int = Field(default=1, ge=1, le=1000)
    forged: bool = False
    fields: dict[str, str] = {}
