"""Requests that a vendor makes on its own: receipts, what people send back, documents that it fetches."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlencode

import orjson

from simulator.wire import FORM

Purpose = Literal["receipt", "inbound", "document", "confirmation"]
Method = Literal["GET", "POST"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said; status 0: nothing in time. Of a long body the first LARGEST_ANSWER bytes."""

    status: int
    body: bytes = b""


def unread(answer: Answer) -> str:
    """For posts whose answer says nothing to the vendor but its status."""
    return ""


@dataclass(frozen=True, slots=True)
class Post:
    """`url` goes out as it stands, as signatures cover it. `on_answer` sees every answer, and returns a remark on it
    for people ("" for none). `is_retried`: false for what the vendor tries once, whatever its `Redelivery`."""

    url: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    method: Method = "POST"
    purpose: Purpose = "receipt"
    on_answer: Callable[[Answer], str] = unread
    is_retried: bool = True


def method_of(asked: str | None) -> Method:
    """POST, unless a GET was asked for."""
    return "GET" if asked == "GET" else "POST"


def with_query(url: str, fields: Mapping[str, str]) -> str:
    """The URL with these parameters after its own."""
    return f"{url}{'&' if '?' in url else '?'}{urlencode(fields)}"


def form(fields: Mapping[str, str]) -> tuple[bytes, dict[str, str]]:
    """Body and header of a form."""
    return urlencode(fields).encode(), {"Content-Type": f"{FORM}; charset=UTF-8"}


def json_body(fields: object) -> tuple[bytes, dict[str, str]]:
    """Body and header of JSON."""
    return orjson.dumps(fields), {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Redelivery:
    """How the vendor's page says that it tries again: so many seconds after each failed try (`Settings.retry_speed`
    shortens them). `fails` judges the status answered, 0 for no answer."""

    waits: tuple[float, ...] = ()
    fails: Callable[[int], bool] = lambda status: not 200 <= status < 300
    timeout: float = 15.0
