"""What clients may ask about invokes: each body's shape, checked as far as that needs no state but the account's
limits, and the command that it becomes."""

from collections.abc import Mapping
from typing import Final, Literal

from pydantic import Field

from api_gateway import checks
from api_gateway.commands import Stamp
from api_gateway.errors import Problem, pointer
from api_gateway.shapes import DAY, Body, Id, Positive, Seconds, shaped
from dapi_common.events.commands import (
    CreateInvoke,
    PauseInvoke,
    RepaceInvoke,
    ResumeInvoke,
    RetryInvoke,
    StopInvoke,
)
from dapi_common.events.shapes import Channel, JsonObject, Limits, Offer, OnUnknown, Ordering, Pace
from dapi_common.ids import InvokeId, ListId


class OfferBody(Body):
    """What an invoke gives to one (type, provider)."""

    type: Channel
    provider: str
    arguments: JsonObject


class PaceBody(Body):
    """Ceilings of one type; 0 stands for one that is not given."""

    mps: Positive = 0
    mpm: Positive = 0


class InvokeBody(Body):
    """PUT /v1/invokes."""

    list_id: Id
    providers: list[JsonObject] = Field(min_length=1)
    throughput: dict[Channel, PaceBody] = Field(default_factory=dict)
    ordering: Ordering = "first-attempt"
    ttl: Seconds = DAY
    on_unknown: OnUnknown = Field(default="fail", alias="on-unknown")


class RetryBody(Body):
    """PUT /v1/invokes for those whom an earlier one did not reach. What is left out is as it was there."""

    retry_of: Id
    providers: list[JsonObject] = Field(default_factory=list, min_length=1)
    throughput: dict[Channel, PaceBody] = Field(default_factory=dict)
    ordering: Ordering = "first-attempt"
    ttl: Seconds = DAY
    on_unknown: OnUnknown = Field(default="fail", alias="on-unknown")


class StatusBody(Body):
    """POST /v1/invokes/{id}: stop it, hold it, let it go on."""

    status: Literal["stopped", "paused", "running"]


class ThroughputBody(Body):
    """POST /v1/invokes/{id}: other ceilings, for all types."""

    throughput: dict[Channel, PaceBody]


_CODES: Final = {
    "list_id": "invoke-invalid-list",
    "retry_of": "invoke-invalid-list",
    "providers": "message-invalid-provider",
    "throughput": "invoke-invalid-throughput",
}
_OFFER_CODES: Final = {"type": "message-invalid-type", "provider": "message-invalid-provider"}


_CHANGES: Final[Mapping[str, type[StopInvoke | PauseInvoke | ResumeInvoke]]] = {
    "stopped": StopInvoke,
    "paused": PauseInvoke,
    "running": ResumeInvoke,
}


def invoke(value: JsonObject, stamp: Stamp, limits: Limits) -> CreateInvoke | RetryInvoke:
    """Raises Problem."""
    if "retry_of" in value:
        return _retry(value, stamp, limits)
    body = shaped(InvokeBody, value, "json-invalid", _CODES)
    return CreateInvoke(
        **stamp,
        list_id=ListId(body.list_id),
        offers=_offers(body.providers),
        throughput=_paces(body.throughput, limits),
        ordering=body.ordering,
        on_unknown=body.on_unknown,
        ttl=body.ttl,
    )


def change(
    value: JsonObject, stamp: Stamp, invoke_id: InvokeId, limits: Limits
) -> StopInvoke | PauseInvoke | ResumeInvoke | RepaceInvoke:
    """A new status or another throughput, not both. Raises Problem."""
    if "throughput" in value and "status" not in value:
        paces = shaped(ThroughputBody, value, "invoke-invalid-throughput").throughput
        return RepaceInvoke(**stamp, invoke_id=invoke_id, throughput=_paces(paces, limits))
    body = shaped(StatusBody, value, "invoke-invalid-status", {"throughput": "invoke-invalid-throughput"})
    return _CHANGES[body.status](**stamp, invoke_id=invoke_id)


def _retry(value: JsonObject, stamp: Stamp, limits: Limits) -> RetryInvoke:
    body = shaped(RetryBody, value, "json-invalid", _CODES)
    given = body.model_fields_set
    return RetryInvoke(
        **stamp,
        retry_of=InvokeId(body.retry_of),
        offers=_offers(body.providers) if "providers" in given else None,
        throughput=_paces(body.throughput, limits) if "throughput" in given else None,
        ordering=body.ordering if "ordering" in given else None,
        on_unknown=body.on_unknown if "on_unknown" in given else None,
        ttl=body.ttl,
    )


def _offers(values: list[JsonObject]) -> list[Offer]:
    """At most one for each (type, provider): a contact must know which one is its own."""
    offers: dict[tuple[str, str], Offer] = {}
    for index, value in enumerate(values):
        path = ("providers", index)
        body = shaped(OfferBody, value, "message-invalid-arguments", _OFFER_CODES, path)
        checks.route(body.provider, body.type, *path)
        if (body.type, body.provider) in offers:
            raise Problem("message-invalid-provider", "Each type and provider must come once", pointer(*path))
        checks.offered(body.provider, body.type, body.arguments, *path)
        offers[body.type, body.provider] = Offer(channel=body.type, provider=body.provider, arguments=body.arguments)
    return list(offers.values())


def _paces(bodies: Mapping[Channel, PaceBody], limits: Limits) -> dict[Channel, Pace]:
    return {channel: _pace(channel, body, limits) for channel, body in bodies.items()}


def _pace(channel: Channel, body: PaceBody, limits: Limits) -> Pace:
    for name, given, most in (("mps", body.mps, limits.mps), ("mpm", body.mpm, 60 * limits.mps)):
        if given > most:
            raise Problem(
                "invoke-invalid-throughput",
                f"{name} must be at most {most}, the account's limit",
                pointer("throughput", channel, name),
            )
    if not body.mps and not body.mpm:
        raise Problem("invoke-invalid-throughput", "mps or mpm is required", pointer("throughput", channel))
    return Pace(mps=body.mps or None, mpm=body.mpm or None)
