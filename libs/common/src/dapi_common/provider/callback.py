"""What a vendor tells us on its own: a request to our callback URL, and what an adapter reads out of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qsl, urlsplit

from dapi_common.events.inbound import InboundKind as InboundKind
from dapi_common.events.receipts import ReceiptStatus as ReceiptStatus
from dapi_common.events.shapes import Channel, JsonObject
from dapi_common.provider.http import json_object

Scheme = Literal["http", "https"]


@dataclass(frozen=True, slots=True)
class Callback:
    """A request that claims to come from the vendor. `url` is the one that the vendor was given, query included, as
    it came; header names are lower case; `at` is when it came (seconds since the epoch); `is_of_message` tells
    whether the URL was one message's or the account's. `credentials` are the account's own, in clear."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    credentials: Mapping[str, str]
    at: float
    is_of_message: bool = True

    def query(self) -> list[tuple[str, str]]:
        """The URL's parameters, decoded, in their order."""
        return parse_qsl(urlsplit(self.url).query, keep_blank_values=True)

    def form(self) -> list[tuple[str, str]]:
        """The fields of an urlencoded body, decoded, in their order; [] for any other body."""
        if self.content_type() != "application/x-www-form-urlencoded":
            return []
        try:
            return parse_qsl(self.body.decode(), keep_blank_values=True, max_num_fields=1000)
        except ValueError:
            return []

    def json(self) -> JsonObject:
        """The body as a JSON object, whatever its media type says; {} when it is anything else."""
        return json_object(self.body)

    def content_type(self) -> str:
        """The media type, lower case, without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a message that the vendor took. `event` is the vendor's word, `status` what it means; None: it
    is news, but no status (a complaint). `ref` is the vendor's id of the message, as `Accepted` had it (or one part's).
    `part` names a part of the message, or one of its recipients, of `parts` there are. `is_bounce`: it holds even
    after `delivered`. `at` is the vendor's time, else None. `suppress` is an address that must not be sent to any more.
    `reference` is `Hooks.reference`, where the vendor gave it back. `reply` is the receipt as it came."""

    ref: str
    event: str
    status: ReceiptStatus | None
    reply: JsonObject
    code: str = ""
    description: str = ""
    part: str = ""
    parts: int = 1
    is_bounce: bool = False
    at: float | None = None
    suppress: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Inbound:
    """What people send back. `id` is the vendor's, the same when it comes again. `sender` is who sent it (or
    complained, or whose mailbox bounced), `recipient` our side. `suppress`: nothing may be sent to the sender any more;
    an `opt-in` takes that back."""

    id: str
    kind: InboundKind
    channel: Channel
    sender: str
    recipient: str
    reply: JsonObject
    text: str = ""
    suppress: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What the vendor is answered, with 200, once all of it is in the log."""

    body: str = ""
    content_type: str = "text/plain"


@dataclass(frozen=True, slots=True)
class Received:
    """The vendor did send it, and this is what it says (nothing: it is of no interest)."""

    reports: Sequence[Report] = ()
    inbound: Sequence[Inbound] = ()
    answer: Answer = field(default_factory=Answer)


@dataclass(frozen=True, slots=True)
class Rejected:
    """It cannot be shown that the vendor sent it (403), nobody can read it (400), or it cannot be checked now and is to
    be sent again (503). `reason` is our own words."""

    status: Literal[400, 403, 503]
    reason: str
