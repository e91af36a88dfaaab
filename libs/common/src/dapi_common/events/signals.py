"""How providers do: samples of calls and receipts, and the figures that are made of them. Derived, approximate, and
never on the path of a message: samples may be lost, and a few may be counted twice."""

from bisect import bisect_left
from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field, StringConstraints

from dapi_common.events.envelope import Payload
from dapi_common.events.receipts import ReceiptStatus
from dapi_common.events.shapes import Channel, Shape

OutcomeClass = Literal["accepted", "refused", "deferred", "unclear"]
WindowName = Literal["1m", "5m", "1h"]
WINDOWS: Final[dict[WindowName, int]] = {"1m": 60, "5m": 300, "1h": 3600}
"""Seconds of each."""
BOUNDS: Final = tuple(0.001 * 1.25**n for n in range(50))
"""Seconds, of the buckets of a latency histogram: the n-th holds what took at most BOUNDS[n], the last one the rest."""
MOST_ERRORS: Final = 20
"""Codes in one record; what is beyond them counts as OTHER."""
OTHER: Final = "other"

Count = Annotated[int, Field(ge=0, le=10**12)]
Bucket = Annotated[int, Field(ge=0, lt=len(BOUNDS))]
Code = Annotated[str, StringConstraints(max_length=100)]
Errors = Annotated[dict[Code, Count], Field(max_length=MOST_ERRORS + 1)]


def bucket(seconds: float) -> int:
    """Of BOUNDS."""
    return min(bisect_left(BOUNDS, seconds), len(BOUNDS) - 1)


class SignalSampled(Payload):
    """What one adapter's process saw of an account in one channel, since its last sample of the same: calls by
    `outcomes`, of the refused ones those that concern the account itself (`auth`), `errors` by code, and receipts.
    `latencies` is a histogram of the calls: bucket n, of 50, holds those of at most 0.001 × 1.25ⁿ seconds. `at` is when
    the last of it happened."""

    TYPE: ClassVar[str] = "signal.sampled"
    provider: str
    channel: Channel
    outcomes: dict[OutcomeClass, Count] = Field(default_factory=dict)
    auth: Count = 0
    errors: Errors = Field(default_factory=dict)
    latencies: dict[Bucket, Count] = Field(default_factory=dict)
    receipts: dict[ReceiptStatus, Count] = Field(default_factory=dict)
    at: float


class Figures(Shape):
    """Of one window. `p50` and `p95`: half and 19 of 20 calls took at most so many seconds."""

    outcomes: dict[OutcomeClass, Count] = Field(default_factory=dict)
    auth: Count = 0
    errors: Errors = Field(default_factory=dict)
    p50: float | None = None
    p95: float | None = None
    receipts: dict[ReceiptStatus, Count] = Field(default_factory=dict)


class ProviderHealth(Payload):
    """How a provider does for an account, by channel, in the minute, five minutes and hour before `at`. Said when it
    changes, at most every 5 s, and every 30 s while there is anything to say; a channel that is missing had nothing."""

    TYPE: ClassVar[str] = "provider.health"
    provider: str
    channels: dict[Channel, dict[WindowName, Figures]] = Field(default_factory=dict)
    at: float
