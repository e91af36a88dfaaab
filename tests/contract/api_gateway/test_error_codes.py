"""Every error code of the API, in every way that it can be provoked, on the real gateway, planner and projector."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from api_gateway.app import ROUTES
from api_gateway.decode import MAX_BODY
from api_gateway.errors import ADMIN_CODES, CODES

from . import wire
from .error_cases import CASES, INVOKE, Case
from .error_scenes import Scene
from .live import Live
from .past_scenes import SCENES
from .world import CONTACT, MESSAGE, NEXMO, Answer, Caller, basic

pytestmark = pytest.mark.long

EVERY = {**CODES, **ADMIN_CODES}
TELLS = re.compile(
    r"must|required|not known|\buse\b|[Aa]dd|delete|top up|stop|Give|again|look|check|wait|should|malformed|either|from"
)
"""What a text has in it that tells the caller what to do."""
BODIES: dict[str, Any] = {
    "PUT /v1/messages": MESSAGE,
    "PUT /v1/providers/{name}": NEXMO,
    "POST /v1/providers/{name}": NEXMO,
    "PUT /v1/lists": {},
    "POST /v1/lists/{list}": {},
    "PUT /v1/lists/{list}/contacts": {"contacts": [CONTACT]},
    "POST /v1/lists/{list}/contacts/{contact}": CONTACT,
    "PUT /v1/invokes": INVOKE,
    "POST /v1/invokes/{invoke}": {"status": "stopped"},
    "PUT /v1/suppressions": {"type": "sms", "contact": "+31612345678"},
}
TEMPLATES = [(method, path) for method, path, *_ in ROUTES if path.startswith("/v1/")]
WRITES = [(method, path) for method, path in TEMPLATES if method in ("PUT", "POST")]
CREATES = ("PUT", "/v1/providers/{name}")
PAGED = [
    "/v1/messages", "/v1/lists", "/v1/lists/1/contacts", "/v1/invokes", "/v1/invokes/1", "/v1/inbound",
    "/v1/suppressions",
]  # fmt: skip
HUGE = "9" * 30
BAD_QUERIES = [
    *(f"{name}={value}" for name in ("page", "limit", "after") for value in ("", "-1", "x", "1.0", " 1", HUGE)),
    *("limit=0", "limit=1001"),
]
JSON = "Content-Type: application/json\r\n"


def filled(template: str) -> str:
    """The path of something that nobody has."""
    return re.sub(r"{\w+}", "999", template.replace("{name}", "nexmo"))


@pytest.fixture(scope="module")
async def live() -> AsyncIterator[Live]:
    """One installation for all."""
    async with Live().running() as live:
        yield live


@pytest.fixture(scope="module")
async def alice(live: Live) -> Caller:
    """An account with an invoke of one list."""
    caller = await live.open("alice")
    await caller("PUT", "/v1/lists")
    await caller("PUT", "/v1/providers/nexmo", NEXMO)
    await caller("PUT", "/v1/lists/1/contacts", {"contacts": [{**CONTACT, "provider": "nexmo"}]})
    await caller("PUT", "/v1/invokes", INVOKE)
    return caller


@pytest.fixture(scope="module")
async def bob(live: Live) -> Caller:
    """An account that has nothing."""
    return await live.open("bob")


def check(answer: Answer, code: str, field: str | None = None) -> None:
    """The answer blames as it must, and says what to do."""
    assert answer.blamed == (EVERY[code][0], code, field)
    assert code == "provider-invalid" or TELLS.search(answer.body["error-description"]), answer.body
    assert len(answer.body["request-id"]) == 32
    assert set(answer.body) <= {"error-code", "error-description", "request-id", "field"}


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_a_wrong_field_is_blamed_and_nothing_is_stored(live: Live, alice: Caller, case: Case) -> None:
    before = live.asked()
    check(await alice(case.method, case.path, case.body), case.code, case.field)
    assert live.asked() == before


@pytest.mark.parametrize("name", SCENES)
async def test_what_depends_on_the_state_is_refused_with_its_code(live: Live, name: str) -> None:
    scene: Scene = SCENES[name]
    check(await scene.play(live), scene.code, scene.field)


@pytest.mark.parametrize("headers", [{}, basic("alice", "wrong"), basic("nobody"), {"Authorization": "Basic x"}])
async def test_every_route_wants_credentials(live: Live, alice: Caller, headers: dict[str, str]) -> None:
    stranger = Caller(live.session, headers)
    for answer in await asyncio.gather(*(stranger(method, filled(path)) for method, path in TEMPLATES)):
        check(answer, "unauthorized")
        assert answer.headers["WWW-Authenticate"].startswith("Basic ")


@pytest.mark.parametrize(("method", "path"), [route for route in TEMPLATES if "{" in route[1] and route != CREATES])
async def test_every_route_to_a_resource_knows_what_is_not_there(
    live: Live, bob: Caller, method: str, path: str
) -> None:
    check(await bob(method, filled(path), BODIES.get(f"{method} {path}")), "not-found")


@pytest.mark.parametrize(("method", "path"), WRITES)
async def test_every_write_wants_json(live: Live, alice: Caller, method: str, path: str) -> None:
    before = live.asked()
    for media in ("text/plain", "application/x-www-form-urlencoded", "application/jsonp", "application/json2"):
        check(await alice(method, filled(path), headers={"Content-Type": media}, data=b"{}"), "content-type-invalid")
    json = {"Content-Type": "application/json"}
    for body in (
        b"[]",
        b"1",
        b"{",
        b"{,}",
        b'{"a":1,"a":2}',
        b'{"a":NaN}',
        b'{"a":"\xff"}',
        b'{"a":"\\ud800"}',
        b'{"a":' * 40,
    ):
        check(await alice(method, filled(path), headers=json, data=body), "json-invalid")
    raw = await wire.exchange(live.port, _announced(method, filled(path), MAX_BODY + 1))
    check(Answer(raw.status, raw.headers, raw.body), "body-too-large")
    assert live.asked() == before


def _announced(method: str, path: str, length: int) -> bytes:
    return wire.request(method, path, headers=JSON).replace(b"Content-Length: 0", b"Content-Length: %d" % length)


@pytest.mark.parametrize("path", PAGED)
@pytest.mark.parametrize("query", BAD_QUERIES)
async def test_every_page_wants_a_number(alice: Caller, path: str, query: str) -> None:
    check(await alice("GET", f"{path}?{query}"), "page-invalid")


@pytest.mark.parametrize("path", sorted({path for _, path in TEMPLATES}))
async def test_every_path_names_its_methods(alice: Caller, path: str) -> None:
    known = {method for method, other in TEMPLATES if other == path}
    for method in sorted({"GET", "PUT", "POST", "DELETE", "PATCH"} - known):
        answer = await alice(method, filled(path))
        check(answer, "method-not-allowed")
        assert set(answer.headers["Allow"].split(", ")) == known


COVERED = {case.code for case in CASES} | {scene.code for scene in SCENES.values()}
BY_ROUTE = {"unauthorized", "not-found", "content-type-invalid", "body-too-large", "page-invalid", "method-not-allowed"}


def test_every_code_is_provoked() -> None:
    assert set(EVERY) == COVERED | BY_ROUTE


def test_every_code_is_documented_with_its_status_and_what_to_do() -> None:
    text = (Path(__file__).parents[3] / "docs" / "errors.md").read_text()
    rows = re.findall(r"^\| `([a-z-]+)` \| (\d+) \| ([^|]+) \| ([^|]+) \|$", text, re.MULTILINE)
    assert {code: int(status) for code, status, *_ in rows} == {code: status for code, (status, _) in EVERY.items()}
    assert len(rows) == len(EVERY)
