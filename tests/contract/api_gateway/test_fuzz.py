"""Whatever comes: no 5xx, no hang, nothing stored by what is refused, and no log line with anything of it."""

import io
import logging
import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import quote

import orjson
import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api_gateway.app import ROUTES
from api_gateway.decode import parse
from api_gateway.errors import CODES, Problem
from dapi_common.runtime import logs

from . import wire
from .error_cases import INVOKE
from .live import Live
from .talk import Talk, talking
from .world import CONTACT, MESSAGE, NEXMO, SECRET, basic

pytestmark = pytest.mark.long

MARKS = ("mark-of-a-secret", "+31699887766", "mark@of-an.example", "mark of a text", SECRET)
"""They are in the inputs; nothing of them may be in the log."""
BUDGET = settings(max_examples=500, suppress_health_check=list(HealthCheck))
WORDS = st.sampled_from([
    *MARKS, "sms", "voice", "email", "push", "nexmo", "twilio", "mailgun", "1", "0", "-1", "9" * 18, "9" * 19, "",
    "from", "to", "text", "type", "provider", "arguments", "metadata", "contacts", "order", "contact", "list_id",
    "providers", "throughput", "mps", "status", "stopped", "running", "\0", "\ud800", "é" * 100, "$where", "a.b",
])  # fmt: skip
TEXT = st.text() | WORDS
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXT
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner), max_leaves=12)
VALID: dict[str, Any] = {
    "/v1/messages": {**MESSAGE, "arguments": {"from": "Dapi", "to": MARKS[1], "text": MARKS[3]}},
    "/v1/providers/{name}": {**NEXMO, "API_SECRET": MARKS[0]},
    "/v1/lists": {"metadata": {"text": MARKS[3]}},
    "/v1/lists/{list}": {"metadata": {"text": MARKS[3]}},
    "/v1/lists/{list}/contacts": {"contacts": [{**CONTACT, "contact": MARKS[1]}]},
    "/v1/lists/{list}/contacts/{contact}": {**CONTACT, "contact": MARKS[1]},
    "/v1/invokes": INVOKE,
    "/v1/invokes/{invoke}": {"status": "stopped"},
    "/v1/suppressions": {"type": "sms", "contact": MARKS[1]},
}
TEMPLATES = sorted({path for _, path, *_ in ROUTES if path.startswith("/v1/")})
METHODS = {
    path: [method for method, other, *_ in ROUTES if other == path and method in ("PUT", "POST")] for path in TEMPLATES
}
WRITES = [path for path in TEMPLATES if METHODS[path]]
JSON = "Content-Type: application/json\r\n"


@dataclass(frozen=True, slots=True)
class Target:
    """A world with an account that has some of everything, and what it logs."""

    talk: Talk
    log: io.BytesIO

    def check(self, sent: bytes, source: str = "127.0.0.1") -> wire.Raw:
        """The answer to these bytes, which must be one of the API's, come soon, and leave nothing but what it says."""
        live = self.talk.live
        asked, decided = live.asked(), live.decided()
        self.log.seek(0)
        self.log.truncate()
        answer = self.talk.wait(wire.exchange(live.port, sent, source))
        assert answer.status < 500, answer.body
        assert live.asked() - asked <= 1
        if answer.status != 200:
            assert CODES[answer.body["error-code"]][0] == answer.status
            assert live.decided() == decided, "refused, and yet something was stored"
        written = self.log.getvalue().decode()
        assert written.count("request.answered") == 1 or answer.body["error-code"] == "request-invalid"
        assert not any(mark in written for mark in MARKS), written
        return answer


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    root, lines = logging.getLogger(), io.BytesIO()
    handlers, level = root.handlers[:], root.level
    logs.configure("api-gateway", "0", "INFO", lines)
    with talking() as talk:
        talk.wait(furnished(talk.live))
        yield Target(talk, lines)
    structlog.reset_defaults()
    root.handlers[:], root.level = handlers, level


async def furnished(live: Live) -> None:
    """So that some paths lead somewhere."""
    alice = await live.open("alice")
    await alice("PUT", "/v1/providers/nexmo", NEXMO)
    await alice("PUT", "/v1/lists")
    await alice("PUT", "/v1/lists/1/contacts", {"contacts": [CONTACT]})
    await alice("PUT", "/v1/messages", MESSAGE)
    assert (await alice("PUT", "/v1/invokes", INVOKE)).status == 200


def body_of(value: object) -> bytes:
    """As JSON where it can be said in it."""
    try:
        return orjson.dumps(value)
    except (TypeError, ValueError):
        return repr(value).encode("utf-8", "surrogatepass")


def mutated(body: Any, path: list[int], value: object) -> Any:
    """`body` with `value` somewhere within it."""
    if not path or not isinstance(body, dict | list) or not body:
        return value
    pairs = dict(body) if isinstance(body, dict) else dict(enumerate(body))
    key = list(pairs)[path[0] % len(pairs)]
    pairs[key] = mutated(pairs[key], path[1:], value)
    return pairs if isinstance(body, dict) else list(pairs.values())


@BUDGET
@given(st.binary() | VALUES.map(body_of) | st.builds(lambda a, b: a + b, VALUES.map(body_of), st.binary(max_size=4)))
def test_any_bytes_are_an_object_or_a_problem(body: bytes) -> None:
    try:
        value = parse(body)
    except Problem as refused:
        problem: Problem | None = refused
    else:
        problem = None
        assert orjson.loads(body).keys() == value.keys()
    assert problem is None or problem.code == "json-invalid"


HEADERS = st.one_of(
    st.binary(max_size=200).map(lambda raw: b"Basic " + b64encode(raw)),
    st.binary(max_size=200),
    TEXT.map(lambda text: b"Basic " + b64encode(f"alice:{text}".encode("utf-8", "surrogatepass"))),
    TEXT.map(lambda text: b"Basic " + text.encode("utf-8", "surrogatepass")),
).filter(lambda raw: b"\r" not in raw and b"\n" not in raw)
_sources = (f"127.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}" for n in count(2))


@BUDGET
@given(HEADERS)
def test_any_authorization_is_refused_unless_it_is_the_secret(target: Target, header: bytes) -> None:
    sent = b"GET /v1/limits HTTP/1.1\r\nHost: x\r\nAuthorization: " + header + b"\r\n\r\n"
    right = header.strip() == basic("alice")["Authorization"].encode()
    assert target.check(sent, next(_sources)).status in ([200] if right else [400, 401])


@BUDGET
@given(
    path=st.sampled_from(TEMPLATES),
    names=st.lists(st.sampled_from(["page", "limit", "after", "status", "provider", "type", "invoke_id", "contact"])),
    values=st.lists(TEXT | st.integers().map(str), min_size=8, max_size=8),
)
def test_any_query_is_answered(target: Target, path: str, names: list[str], values: list[str]) -> None:
    query = "&".join(f"{name}={escaped(value)}" for name, value in zip(names, values, strict=False))
    target.check(wire.request("GET", f"{filled(path)}?{query}"))


@BUDGET
@given(
    raw=st.binary(max_size=300).filter(lambda raw: not {*b"\n "} & {*raw}),
    prefix=st.sampled_from(["", "/v1/lists/", "/v1/messages?", "http://", "//"]),
)
def test_any_target_is_answered(target: Target, raw: bytes, prefix: str) -> None:
    target.check(wire.request("GET", f"{prefix}@@").replace(b"@@", raw, 1))


@settings(BUDGET, max_examples=1200)
@given(
    path=st.sampled_from(WRITES),
    at=st.lists(st.integers(0, 9), min_size=1, max_size=4),
    value=VALUES,
    extra=st.dictionaries(TEXT, VALUES, max_size=2),
)
def test_any_body_is_answered(target: Target, path: str, at: list[int], value: object, extra: dict[str, Any]) -> None:
    body = body_of(mutated({**VALID[path], **extra}, at, value))
    for method in METHODS[path]:
        target.check(wire.request(method, filled(path), body, JSON))


@BUDGET
@given(
    path=st.sampled_from(WRITES),
    body=st.binary(max_size=2000),
    media=st.sampled_from([JSON, "", "Content-Type: text/plain\r\n"]),
    key=st.sampled_from(["", "Idempotency-Key: k\r\n", "Idempotency-Key: \r\n"]),
)
def test_any_bytes_as_a_body_are_answered(target: Target, path: str, body: bytes, media: str, key: str) -> None:
    for method in METHODS[path]:
        target.check(wire.request(method, filled(path), body, media + key))


@BUDGET
@given(
    path=st.sampled_from(TEMPLATES),
    parts=st.lists(TEXT, min_size=2, max_size=2),
    method=st.sampled_from(["GET", "DELETE", "PATCH"]),
)
def test_any_path_is_answered(target: Target, path: str, parts: list[str], method: str) -> None:
    steps = [escaped(parts.pop()) if "{" in step and parts else step for step in path.split("/")]
    target.check(wire.request(method, "/".join(steps)))


def escaped(text: str) -> str:
    """As a part of a URL."""
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def filled(template: str) -> str:
    """A path to something that is there."""
    return re.sub(r"{\w+}", "1", template.replace("{name}", "nexmo"))
