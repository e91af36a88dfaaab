"""Shapes that several families share."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from dapi_common.ids import ContactId

Channel = Literal["sms", "voice", "email", "push"]
Ordering = Literal["first-attempt", "strict"]
OnUnknown = Literal["fail", "resend"]
Money = Annotated[Decimal, Field(max_digits=18, decimal_places=6)]

JsonObject = dict[str, object]
"""A JSON object that the system carries and never looks into (metadata, a provider's arguments and replies)."""


class Shape(BaseModel):
    """A part of a payload."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Limits(Shape):
    """What an account may do: messages per second, lists, contacts in each list."""

    mps: int = Field(ge=1)
    lists: int = Field(ge=0)
    contacts_per_list: int = Field(ge=0)


class Pace(Shape):
    """Ceilings of one channel: messages in any second, in any minute."""

    mps: int | None = Field(default=None, ge=1)
    mpm: int | None = Field(default=None, ge=1)


class Contact(Shape):
    """Who is to be reached, how, and in which order (ascending)."""

    channel: Channel
    provider: str
    order: int = Field(ge=0, le=2**31 - 1)
    address: str


class PlannedContact(Contact):
    """A contact as an invoke's plan holds it: later edits of the list change nothing."""

    contact_id: ContactId


class Offer(Shape):
    """The arguments with which an invoke sends through one provider and channel."""

    channel: Channel
    provider: str
    arguments: JsonObject
