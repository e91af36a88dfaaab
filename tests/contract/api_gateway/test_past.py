"""What was there at a time, from the log: the same answers as were given then."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from api_gateway.history import History
from dapi_common.bus.memory_archive import MemoryArchive
from dapi_common.clock import rfc3339

from .live import Live
from .sending import furnish, made, sending
from .world import MESSAGE, NEXMO, OFFER, Caller

PATHS = (
    "/v1/messages", "/v1/messages?status=completed", "/v1/messages?limit=2&page=1", "/v1/messages/1",
    "/v1/messages/1-1", "/v1/invokes", "/v1/invokes/1", "/v1/invokes/2?limit=1", "/v1/lists", "/v1/lists/1",
    "/v1/lists?limit=1", "/v1/accounts/credits", "/v1/credits",
)  # fmt: skip


@pytest.fixture
async def live() -> AsyncIterator[Live]:
    async with sending() as live:
        yield live


async def everything(caller: Caller, at: str = "") -> list[tuple[int, Any]]:
    """What is answered on every path, now or then; an error's own id aside."""
    paths = [f"{path}{'&' if '?' in path else '?'}at={at}" if at else path for path in PATHS]
    answers = [await caller("GET", path) for path in paths]
    return [(answer.status, {**answer.body, "request-id": ""}) for answer in answers]


async def settled(caller: Caller, invokes: int) -> None:
    """Waits until nothing is pending any more, and is shown."""
    async with asyncio.timeout(10):
        for number in range(1, invokes + 1):
            while (await caller("GET", f"/v1/invokes/{number}")).body["status"] not in ("completed", "stopped"):
                await asyncio.sleep(0.005)
        while (await caller("GET", "/v1/messages?status=pending")).body["messages"]:
            await asyncio.sleep(0.005)


async def moment(live: Live) -> str:
    """A time after everything so far and before everything that is still to come."""
    await asyncio.sleep(0.005)
    now = rfc3339(live.clock.now())
    await asyncio.sleep(0.005)
    return now


async def test_every_answer_of_then_is_given_again_whatever_came_after(live: Live) -> None:
    caller = await live.open("alice")
    before = await moment(live)
    await furnish(caller, 2)
    await settled(caller, 2)
    then, answered = await moment(live), await everything(caller)
    await made(caller, "/v1/messages", MESSAGE)
    await made(caller, "/v1/invokes", {"list_id": "2", "providers": [OFFER]})
    await caller("POST", "/v1/lists/1", {"metadata": {"new": True}})
    await caller("DELETE", "/v1/lists/2")
    await caller("DELETE", "/v1/invokes/1")
    await settled(caller, 0)
    assert await everything(caller, then) == answered
    assert await everything(caller) != answered
    assert {status for status, _ in answered} == {200}
    empty = dict(zip(PATHS, await everything(caller, before), strict=True))
    assert empty["/v1/credits"] == (200, {"balance": "1000.00", "request-id": ""})
    assert empty["/v1/lists/1"][0] == empty["/v1/messages/1-1"][0] == 404
    assert empty["/v1/messages"][1]["messages"] == []


async def test_it_needs_no_store(live: Live) -> None:
    caller = await live.open("alice")
    await furnish(caller)
    await settled(caller, 1)
    then, answered = await moment(live), await everything(caller)
    live.store.available = False
    assert {status for status, _ in await everything(caller)} == {503}
    assert await everything(caller, then) == answered
    live.store.available = True


async def test_the_next_page_is_of_the_same_time(live: Live) -> None:
    caller = await live.open("alice")
    await furnish(caller, 3)
    then = await moment(live)
    await made(caller, "/v1/lists", {})
    found = []
    path: str | None = f"/v1/lists?limit=2&at={then}"
    while path:
        answer = await caller("GET", path)
        found += [one["id"] for one in answer.body["lists"]]
        link = answer.headers.get("Link")
        path = link[1 : link.index(">")] if link else None
    assert found == ["1", "2", "3"]


async def test_what_is_anothers_was_never_there(live: Live) -> None:
    alice, bob = await live.open("alice"), await live.open("bob")
    await furnish(alice, 2)
    await settled(alice, 2)
    then = await moment(live)
    await everything(alice, then)
    found = dict(zip(PATHS, await everything(bob, then), strict=True))
    for path in ("/v1/messages/1", "/v1/messages/1-1", "/v1/invokes/1", "/v1/invokes/2?limit=1", "/v1/lists/1"):
        assert found[path] == (404, {**(await bob("GET", "/v1/lists/999")).body, "request-id": ""})
    for name in ("messages", "invokes", "lists"):
        assert found[f"/v1/{name}"][1][name] == []


async def test_before_there_was_an_account_there_was_no_balance(live: Live) -> None:
    before = await moment(live)
    caller = await live.open("alice")
    assert (await caller("GET", f"/v1/credits?at={before}")).blamed == (404, "not-found", None)


@pytest.mark.parametrize(
    "at", ["", "now", "2026-01-02", "20260102T030405Z", "2026-13-02T03:04:05Z", "2026-01-02T03:04:05"]
)
async def test_a_time_must_be_one(live: Live, at: str) -> None:
    caller = await live.open("alice")
    assert (await caller("GET", f"/v1/messages?at={at}")).blamed == (400, "at-invalid", None)


@pytest.mark.parametrize("at", ["2026-01-02T03:04:05.123456Z", "2026-01-02t03:04:05z", "2026-01-02T03:04:05%2B02:00"])
async def test_a_time_may_have_any_zone(live: Live, at: str) -> None:
    caller = await live.open("alice")
    assert (await caller("GET", f"/v1/lists?at={at}")).body == {"page": "0", "lists": []}


async def test_routes_that_know_no_time_answer_as_ever(live: Live) -> None:
    caller = await live.open("alice")
    await made(caller, "/v1/providers/nexmo", NEXMO)
    assert (await caller("GET", "/v1/providers/nexmo?at=nonsense")).status == 200


class Slow(MemoryArchive):
    """Takes its time."""

    async def upto(self, *args: Any) -> Any:
        await asyncio.sleep(3600)


async def test_nobody_waits_for_a_log_that_does_not_answer(live: Live) -> None:
    history = History(Slow(live.bus), live.clock, seconds=0.05)
    object.__setattr__(live.gateway, "history", history)
    caller = await live.open("alice")
    then = await moment(live)
    both = await asyncio.gather(*(caller("GET", f"/v1/lists?at={then}") for _ in range(2)))
    assert {answer.blamed for answer in both} == {(503, "log-unavailable", None)}
    assert all(int(answer.headers["Retry-After"]) >= 1 for answer in both)


@pytest.mark.parametrize("value", [b"{", b'{"account": "alice", "list_id": "x", "metadata": {}, "at": 0}'])
async def test_what_nobody_can_fold_is_left_out(live: Live, value: bytes) -> None:
    caller = await live.open("alice")
    await made(caller, "/v1/lists", {})
    log = live.bus.log("dapi.events", 0)
    broken = next(record for record in log if b"list" in dict(record.headers)["ce_type"])
    await made(caller, "/v1/lists", {})
    log[broken.offset] = type(broken)(**{**{f: getattr(broken, f) for f in broken.__slots__}, "value": value})
    found = await caller("GET", f"/v1/lists?at={await moment(live)}")
    assert [one["id"] for one in found.body["lists"]] == ["2"]
