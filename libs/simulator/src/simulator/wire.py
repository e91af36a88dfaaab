"""What a provider sees of a request and gives back: the same whichever HTTP server carries it."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import unquote_to_bytes

import orjson

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request. Header names are looked up in lower case; `query` is without its question mark."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    method: str = "POST"
    query: str = ""

    def form(self) -> dict[str, str]:
        """The fields of a form, of repeated ones the first; none of anything else.

        By hand, as `urllib.parse.parse_qs` alone costs what a whole call may under load.
        """
        fields: dict[str, str] = {}
        if self.headers.get("content-type", "").startswith(FORM):
            for pair in _eased(self.body.decode("utf-8", "replace")).split("&"):
                name, _, value = pair.partition("=")
                if name not in fields:
                    fields[name] = _unquoted(value) if "%" in value else value
        return fields

    def basic(self) -> tuple[str, str] | None:
        """User and password of `Authorization: Basic`."""
        return _credentials(self.headers.get("authorization", ""))


def _eased(text: str) -> str:
    """A form without the escapes that most have and that part nothing: what decoding then leaves untouched."""
    return text.replace("+", " ").replace("%3A", ":").replace("%2F", "/").replace("%2B", "+")


def _unquoted(value: str) -> str:
    return unquote_to_bytes(value).decode("utf-8", "replace")


@lru_cache(maxsize=1024)
def _credentials(authorization: str) -> tuple[str, str] | None:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, secret = base64.b64decode(token, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (user, secret) if colon else None


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: bytes
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


def json_reply(status: int, body: object) -> Reply:
    return Reply(status, orjson.dumps(body))
