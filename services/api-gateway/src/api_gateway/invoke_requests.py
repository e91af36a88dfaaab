"""What clients may ask about invokes: each body's shape, checked as far as that needs no state but the account's
limits, and the command that it becomes."""

from typing import Final, Literal

from pydantic import Field

from api_gateway import checks
from api_gateway.commands import Stamp
from api_gateway.errors import Problem, pointer
from api_gateway.shapes import DAY, Body, Id, Positive, Seconds, shaped
from dapi_common.events.commands import CreateInvoke, StopInvoke
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


class StatusBody(Body):
    """POST /v1/invokes/{id}."""

    status: Literal["stopped"]


_CODES: Final = {
    "list_id": "invoke-invalid-list",
    "providers": "message-invalid-provider",
    "throughput": "invoke-invalid-throughput",
}
_OFFER_CODES: Final = {"type": "message-invalid-type", "provider": "message-invalid-provider"}


def invoke(value: JsonObject, stamp: Stamp, limits: Limits) -> CreateInvoke:
    """Raises Problem."""
    body = shaped(InvokeBody, value, "json-invalid", _CODES)
    return CreateInvoke(
        **stamp,
        list_id=ListId(body.list_id),
        offers=_offers(body.providers),
        throughput={channel: _pace(channel, pace, limits) for channel, pace in body.throughput.items()},
        ordering=body.ordering,
        on_unknown=body.on_unknown,
        ttl=body.ttl,
    )


def stop(value: JsonObject, stamp: Stamp, invoke_id: InvokeId) -> StopInvoke:
    """Raises Problem."""
    shaped(StatusBody, value, "invoke-invalid-status")
    return StopInvoke(**stamp, invoke_id=invoke_id)


def _offers(values: list[JsonObject]) -> list[Offer]:
    """At most one for each (type, provider): a contact must know which one is its own."""
    offers: dict[tuple[str, str], Offer] = {}
    for index, value in enumerate(values):
        path = ("providers", index)
        body = shaped(OfferBody, value, "message-invalid-arguments", _OFFER_CODES, path)
        checks.route(body.provider, body.type, *path)
        if (body.type, body.provider) in offers:
            raise Problem("message-invalid-provider", "The type and provider come twice", pointer(*path))
        checks.offered(body.provider, body.type, body.arguments, *path)
        offers[body.type, body.provider] = Offer(channel=body.type, provider=body.provider, arguments=body.arguments)
    return list(offers.values())


def _pace(channel: Channel, body: PaceBody, limits: Limits) -> Pace:
    for name, given, most in (("mps", body.mps, limits.mps), ("mpm", body.mpm, 60 * limits.mps)):
        if given > most:
            raise Problem(
                "invoke-invalid-throughput",
                f"The account's limit is {most}",
                pointer("throughput", channel, name),
            )
    if not body.mps and not body.mpm:
        raise Problem("invoke-invalid-throughput", "Neither mps nor mpm is given", pointer("throughput", channel))
    return Pace(mps=body.mps or None, mpm=body.mpm or None)
