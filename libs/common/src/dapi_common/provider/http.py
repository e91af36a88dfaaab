"""The one way an adapter talks HTTP: bounded in time and size, no redirects, errors as values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import Final, Protocol

import orjson

from dapi_common.events.shapes import JsonObject

MAX_DEPTH: Final = 64
"""How deep JSON of a vendor's may nest. Far deeper, our own records could not be written, or not be read again."""


def json_object(body: bytes | str) -> JsonObject:
    """A vendor's JSON object; {} when it is anything else, or nests deeper than MAX_DEPTH."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) and not _is_deep(value) else {}


def _is_deep(value: object) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node if isinstance(node, list) else ())
            if isinstance(child, dict | list)
        ]
        if not level:
            return False
    return True


@dataclass(frozen=True, slots=True)
class Response:
    """An answer that was read whole. `body` is at most MAX_BODY bytes; headers are asked for in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> JsonObject:
        """The body as a JSON object; {} when it is anything else."""
        return json_object(self.body)

    def retry_after(self) -> float | None:
        """Seconds to wait, from the header `Retry-After`: a number, or a date, counted from the answer's own `Date`."""
        text = self.headers.get("retry-after", "").strip()
        if text.isdecimal():
            return float(text[:9])
        try:
            wait = parsedate_to_datetime(text) - parsedate_to_datetime(self.headers.get("date", ""))
        except (TypeError, ValueError, OverflowError):
            return None
        return max(0.0, wait.total_seconds())


@dataclass(frozen=True, slots=True)
class NotSent:
    """The request never left: DNS, connect or TLS failed. Safe to try again."""

    description: str


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """The request left (or may have) and no whole answer came."""

    description: str


MAX_BODY = 256 * 1024
NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})


class Http(Protocol):
    """A client of one base URL. Redirects are never followed; an answer is read up to MAX_BODY bytes."""

    base: str
    """Scheme, host and port, without a slash at the end."""

    def at(self, base: str) -> "Http":
        """The same client for another base URL; this one where the installation has put another system (a simulator)
        in the vendor's place, for all of its hosts. Raises ValueError when `base` is no http(s) URL of a host."""
        ...

    async def post_form(
        self,
        path: str,
        fields: Sequence[tuple[str, str]] | Mapping[str, str],
        basic: tuple[str, str] | None = None,
    ) -> Response | NotSent | NoAnswer:
        """POST application/x-www-form-urlencoded, UTF-8."""
        ...

    async def post_json(
        self,
        path: str,
        body: JsonObject,
        basic: tuple[str, str] | None = None,
        headers: Mapping[str, str] = NO_HEADERS,
    ) -> Response | NotSent | NoAnswer:
        """POST application/json."""
        ...

    async def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Response | NotSent | NoAnswer:
        """POST these very bytes with these headers (`Content-Type` among them): what a signature covers."""
        ...

    async def get(
        self,
        path: str,
        query: Sequence[tuple[str, str]] = (),
        basic: tuple[str, str] | None = None,
    ) -> Response | NotSent | NoAnswer:
        """GET, the query encoded here."""
        ...
