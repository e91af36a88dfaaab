"""What the API answers. Every scalar is a string, as in the documents.

These describe; nothing is checked against them while serving. The tests hold every answer against them."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from dapi_common.events.shapes import Channel, JsonObject, Ordering

Number = Annotated[str, Field(pattern=r"^[0-9]+$")]
Id = Annotated[str, Field(pattern=r"^[1-9][0-9]*$")]
MessageId = Annotated[str, Field(pattern=r"^[1-9][0-9]*(-[1-9][0-9]*)?$")]
Time = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
"""RFC 3339 in UTC, with microseconds."""
MessageStatus = Literal["pending", "completed", "failed"]


class Answer(BaseModel):
    """A JSON object; later versions may add fields."""

    model_config = ConfigDict(frozen=True)


class Made(Answer):
    """What was created or changed."""

    id: Id


class ManyMade(Answer):
    """What was created, in the order of the request."""

    ids: list[Id]


class Named(Answer):
    """The provider that was added, changed or removed."""

    name: str


class Limits(Answer):
    """What the account may do: messages a second, lists, contacts in each list."""

    mps: Number
    lists: Number
    contact_per_list: Number = Field(alias="contact-per-list")


class Credits(Answer):
    """What is left of the account's credits."""

    balance: Annotated[str, Field(pattern=r"^[0-9]+\.[0-9]{2,}$")]


class Timed(Answer):
    """A resource knows when it was made and when it changed."""

    created_at: Time = Field(alias="created-at")
    updated_at: Time = Field(alias="updated-at")


class Attempt(Answer):
    """One try to hand a message to its provider."""

    attempt: Number
    at: Time
    outcome: Literal["accepted", "refused", "deferred", "unknown"]
    error_code: str = Field(alias="error-code")
    error_description: str = Field(alias="error-description")


class Message(Timed):
    """`completed`: the provider accepted it. `provider_reply` is the provider's answer as it came, {} while pending.
    `delivery` is what its receipts say became of it then, of all parts and recipients together, and `delivery_reply`
    the receipt that decides, as it came; both are absent while there is none. A message of an invoke names the invoke
    and the contact."""

    id: MessageId
    status: MessageStatus
    provider: str
    type: Channel
    error_code: str = Field(alias="error-code")
    error_description: str = Field(alias="error-description")
    provider_reply: JsonObject
    delivery: Literal["sent", "delivered", "undelivered"] = "sent"
    delivery_reply: JsonObject = Field(default_factory=dict)
    arguments: JsonObject
    invoke_id: Id = ""
    contact_id: Id = ""
    attempts: list[Attempt]


class Event(Answer):
    """One thing that happened to a message. `attempt` is 0 before the first try. A receipt is called by what it means
    (`receipt.news`: nothing for the delivery); `event` is the provider's word for it, `part` the part of the message or
    the recipient that it concerns."""

    type: Literal[
        "message.accepted",
        "invoke.accepted",
        "invoke.planned",
        "send.requested",
        "message.skipped",
        "delivery.accepted",
        "delivery.refused",
        "delivery.deferred",
        "delivery.unknown",
        "delivery.dropped",
        "receipt.accepted",
        "receipt.sent",
        "receipt.delivered",
        "receipt.undelivered",
        "receipt.news",
        "message.completed",
        "message.failed",
    ]
    at: Time
    attempt: Number
    provider: str
    event: str = ""
    part: str = ""
    error_code: str = Field(alias="error-code")
    error_description: str = Field(alias="error-description")


class Story(Answer):
    """In the order of time."""

    id: MessageId
    events: list[Event]


class Messages(Answer):
    """Newest first."""

    page: Number
    messages: list[Message]


class List(Timed):
    """A list and what its owner keeps with it."""

    id: Id
    metadata: JsonObject


class Lists(Answer):
    """By id."""

    page: Number
    lists: list[List]


class Contact(Timed):
    """Who is to be reached, how, and when: lower orders first."""

    id: Id
    type: Channel
    provider: str
    order: Number
    contact: str


class Contacts(Answer):
    """By id."""

    page: Number
    contacts: list[Contact]


class InvokedContact(Answer):
    """A contact as it stood when the invoke was accepted, and what became of its message."""

    id: Id
    type: Channel
    provider: str
    order: Number
    contact: str
    status: Literal["pending", "completed", "failed", "stopped"]
    message_id: MessageId


class Progress(Answer):
    """Adds up to `total` at every moment."""

    total: Number
    pending: Number
    completed: Number
    failed: Number
    stopped: Number


class Offer(Answer):
    """With what an invoke sends through one provider and type."""

    type: Channel
    provider: str
    arguments: JsonObject


class Pace(Answer):
    """Ceilings: messages in any second, in any minute."""

    mps: Number = ""
    mpm: Number = ""


class Invoke(Timed):
    """How far a started list is, with a page of its contacts in the order of the plan."""

    id: Id
    status: Literal["running", "paused", "completed", "stopped"]
    contacts: list[InvokedContact]
    list_id: Id
    retry_of: Id = ""
    providers: list[Offer]
    throughput: dict[Channel, Pace]
    ordering: Ordering
    progress: Progress


class Invokes(Answer):
    """Newest first, each with its first contacts."""

    page: Number
    invokes: list[Invoke]


class Error(Answer):
    """Why a request was not carried out, and what to do about it. `field` is a JSON pointer to what is to blame."""

    error_code: str = Field(alias="error-code")
    error_description: str = Field(alias="error-description")
    request_id: Annotated[str, Field(alias="request-id", pattern="^[0-9a-f]{32}$")]
    field: str = ""
