"""What the reference says of what people send back, and of whom nothing is sent to: answers and operations."""

from collections.abc import Mapping
from typing import Final, Literal

from pydantic import Field

from api_gateway import requests
from api_gateway.openapi.answers import Answer, Id, Made, Number, Timed
from api_gateway.openapi.operation import Operation
from dapi_common.events.inbound import InboundKind
from dapi_common.events.shapes import Channel, JsonObject


class Inbound(Timed):
    """What somebody sent back, as the provider passed it on. `from` is who wrote, complained, or whose mailbox bounced;
    `to` is your side."""

    id: Id
    kind: InboundKind
    provider: str
    type: Channel
    sender: str = Field(alias="from")
    recipient: str = Field(alias="to")
    text: str
    provider_reply: JsonObject


class InboundPage(Answer):
    """Newest first."""

    page: Number
    inbound: list[Inbound]


class Suppression(Timed):
    """A contact to whom nothing is sent. `reason` is whose word it is: the person's (`opt-out`, `complaint`), the
    provider's (`bounce`, `provider`), or your own (`asked`). `provider` is empty when it is your own."""

    id: Id
    type: Channel
    contact: str
    reason: Literal["opt-out", "complaint", "bounce", "provider", "asked"]
    provider: str


class Suppressions(Answer):
    """Newest first."""

    page: Number
    suppressions: list[Suppression]


PEOPLE: Final[Mapping[tuple[str, str], Operation]] = {
    ("GET", "/v1/inbound"): Operation(
        "listInbound",
        "List what people sent back",
        "Messages, opt-outs, complaints and bounces, newest first. Filters can be combined; a value that none has "
        "finds none.",
        InboundPage,
        paged=True,
        filters=("kind", "provider", "type"),
    ),
    ("GET", "/v1/inbound/{inbound}"): Operation(
        "getInbound",
        "Get something that somebody sent back",
        "With what the provider posted.",
        Inbound,
        codes=("not-found",),
    ),
    ("GET", "/v1/suppressions"): Operation(
        "listSuppressions",
        "List the contacts to whom nothing is sent",
        "Newest first. Filters can be combined; a value that none has finds none. Numbers are shown as + and digits, "
        "e-mail addresses in lower case.",
        Suppressions,
        paged=True,
        filters=("type", "contact"),
    ),
    ("PUT", "/v1/suppressions"): Operation(
        "suppressContact",
        "Send nothing to a contact any more",
        "From now on a message to the contact fails with `suppressed` and costs nothing; what is on its way still "
        "goes. Of a contact that is suppressed already, the answer is the id that it has, and its reason stays.",
        Made,
        body=requests.SuppressionBody,
        codes=("suppression-invalid",),
        makes="suppression",
    ),
    ("GET", "/v1/suppressions/{suppression}"): Operation(
        "getSuppression", "Get a suppression", "Since when and why.", Suppression, codes=("not-found",)
    ),
    ("DELETE", "/v1/suppressions/{suppression}"): Operation(
        "liftSuppression",
        "Send to a contact again",
        "Whoever had it suppressed. Who opted out and comes back (START) is taken off the list without this, unless "
        "you asked for the suppression yourself.",
        Made,
        codes=("not-found",),
    ),
}
