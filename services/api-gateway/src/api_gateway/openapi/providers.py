"""What the reference says of a provider and of how it does: answers."""

from typing import Annotated, Literal

from pydantic import Field

from api_gateway.openapi.answers import Answer, Number, Time, Timed
from dapi_common.events.receipts import ReceiptStatus
from dapi_common.events.shapes import Channel

Seconds = Annotated[str, Field(pattern=r"^[0-9]+\.[0-9]{3}$")]


class Latency(Answer):
    """Half of the calls, and 19 of 20, took at most so many seconds; rounded up by at most a quarter. Absent without
    calls."""

    p50: Seconds = ""
    p95: Seconds = ""


class Figures(Answer):
    """Of one window: calls and how they ended; of the refused ones, those that concern the account itself (`auth`);
    codes of what was not accepted; receipts that came."""

    attempts: Number
    accepted: Number
    refused: Number
    deferred: Number
    unclear: Number
    auth: Number
    errors: dict[str, Number]
    latency: Latency
    receipts: dict[ReceiptStatus, Number]


class Windows(Answer):
    """The last minute, five minutes and hour."""

    minute: Figures = Field(alias="1m")
    five_minutes: Figures = Field(alias="5m")
    hour: Figures = Field(alias="1h")


class Health(Answer):
    """How it does for your account, a few seconds ago; approximate, from samples. `paused`: it refuses the account
    itself, for `code`, `since` then; what is to be sent waits until you update the credentials, or until one message
    that is tried at `probe-at` passes. `degraded`: in five minutes at least a fifth of ten or more calls were deferred
    or unclear. `unknown`: nothing was sent within the hour. `windows` are by type; one without news is missing."""

    status: Literal["ok", "degraded", "paused", "unknown"]
    code: str = ""
    description: str = ""
    since: Time = ""
    probe_at: Time = Field(default="", alias="probe-at")
    windows: dict[Channel, Windows]


class Provider(Timed):
    """A provider with the credentials that were sent, in clear unless the operator masks them. `callback_url` is for
    the provider's own settings, where receipts and inbound messages have one URL for an account."""

    name: str
    credentials: dict[str, str]
    callback_url: str = ""
    health: Health


class Providers(Answer):
    """All of them."""

    providers: list[Provider]
