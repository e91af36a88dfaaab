from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import orjson
import pytest

from simulator.mailgun_errors import ERRORS
from simulator.mailgun_webhooks import signature
from tests.contract.simulator.calls import basic, ledger, put_script
from tests.contract.simulator.inbox import listening

Http = aiohttp.ClientSession
DOMAIN = "mg.example.org"
SEND, EVENTS = f"/v3/{DOMAIN}/messages", f"/v3/{DOMAIN}/events"
AUTH = basic("api", "demo-key")
FORM = {"from": "A <a@mg.example.org>", "to": "B <b@y.org>", "subject": "Hi", "text": "t", "v:dapi_id": "m-1"}
FIRST = "<20260102030405.1.0000000000000001@mg.example.org>"


async def send(http: Http, auth: dict[str, str] = AUTH, path: str = SEND, **changes: str) -> tuple[int, str]:
    """Status, and the message: `Forbidden` alone is no JSON."""
    form = {name: value for name, value in (FORM | changes).items() if value}
    async with http.post(path, data=form, headers=auth) as response:
        if response.status == 401:
            assert response.content_type == "text/plain"
            return 401, await response.text()
        assert response.content_type == "application/json"
        return response.status, (await response.json())["message"]


async def events(http: Http, **query: str) -> list[dict[str, Any]]:
    async with http.get(EVENTS, params=query, headers=AUTH) as response:
        assert response.status == 200
        found: list[dict[str, Any]] = (await response.json())["items"]
        return found


async def test_a_mail_is_queued(http: Http) -> None:
    async with http.post(SEND, data=FORM, headers=AUTH) as response:
        assert await response.json() == {"id": FIRST, "message": "Queued. Thank you."}
    (entry,) = await ledger(http)
    assert (entry["provider"], entry["to"], entry["client_ref"]) == ("mailgun", "b@y.org", "m-1")
    assert (entry["id"], entry["channel"]) == (FIRST, "email")


async def test_a_mail_may_come_in_parts(http: Http) -> None:
    form = aiohttp.FormData()
    for name, value in FORM.items():
        form.add_field(name, value)
    form.add_field("to", "c@y.org")
    form.add_field("attachment", b"\x00\xff", filename="a.bin", content_type="application/octet-stream")
    async with http.post(SEND, data=form, headers=AUTH) as response:
        assert response.status == 200
    assert [event["recipient"] for event in await events(http, ascending="yes")] == ["b@y.org", "c@y.org"]


@pytest.mark.parametrize(
    ("changes", "status", "text"),
    [
        ({"auth": {}}, 401, "Forbidden"),
        ({"auth": basic("api", "wrong")}, 401, "Forbidden"),
        ({"auth": basic("user", "demo-key")}, 401, "Forbidden"),
        ({"path": "/v3/other.example.org/messages"}, 404, "Domain not found"),
        ({"from": ""}, 400, "from parameter is missing"),
        ({"to": "nobody"}, 400, ERRORS["400"][1]),
        ({"text": ""}, 400, ERRORS["400-content"][1]),
        ({"h:X-Long": "x" * 16_384}, 400, ERRORS["400-options"][1]),
    ],
)
async def test_a_bad_request_is_refused(http: Http, changes: dict[str, Any], status: int, text: str) -> None:
    assert await send(http, **changes) == (status, text)


@pytest.mark.parametrize("code", [code for code in ERRORS if not code.startswith("429")])
async def test_every_error_row_can_be_played(http: Http, code: str) -> None:
    await put_script(http, "b@y.org", {"outcome": "error", "code": code})
    assert await send(http) == ERRORS[code]


@pytest.mark.parametrize(("code", "status"), [("400-new", 400), ("503-new", 503), ("999", 400)])
async def test_an_unknown_row_is_played_by_its_status(http: Http, code: str, status: int) -> None:
    await put_script(http, "b@y.org", {"outcome": "error", "code": code})
    assert (await send(http))[0] == status


@pytest.mark.parametrize(
    ("step", "what"),
    [
        ({"outcome": "throttle"}, "requests"),
        ({"outcome": "throttle", "retry_after": 7}, "requests"),
        ({"outcome": "error", "code": "429"}, "requests"),
        ({"outcome": "error", "code": "429-recipients"}, "recipients"),
        ({"outcome": "error", "code": "429-bytes"}, "bytes"),
    ],
)
async def test_a_429_says_in_its_text_when_to_come_again(http: Http, step: dict[str, object], what: str) -> None:
    await put_script(http, "b@y.org", step)
    async with http.post(SEND, data=FORM, headers=AUTH) as response:
        text, after = (await response.json())["message"], response.headers.get("Retry-After")
    limit, _, date = text.partition(" limit exceeded, try again after ")
    wait = parsedate_to_datetime(date) - datetime.now(UTC)
    assert (limit, after) == (what, "7" if "retry_after" in step else None)
    assert timedelta(seconds=0) < wait < timedelta(seconds=4)
    assert [entry["outcome"] for entry in await ledger(http)] == ["throttled"]


async def test_what_was_taken_before_an_error_can_be_looked_up(http: Http) -> None:
    await put_script(http, "b@y.org", {"outcome": "error-after-accepting", "status": 500})
    assert await send(http) == (500, "Internal Server Error")
    (event,) = await events(http, recipient="b@y.org", begin="0")
    assert (event["event"], event["user-variables"]) == ("accepted", {"dapi_id": "m-1"})
    assert event["message"]["headers"]["message-id"] == FIRST.strip("<>")


async def test_what_was_not_taken_is_not_found(http: Http) -> None:
    await put_script(http, "b@y.org", {"outcome": "cut"})
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await send(http)
    assert await events(http, recipient="b@y.org", begin="0") == []


@pytest.mark.parametrize(
    ("path", "auth", "status"),
    [
        (EVENTS, basic("api", "wrong"), 401),
        ("/v3/other.example.org/events", AUTH, 404),
        (f"{EVENTS}?begin=soon", AUTH, 400),
        (f"{EVENTS}?limit=0", AUTH, 400),
    ],
)
async def test_a_look_up_needs_credentials_and_sense(http: Http, path: str, auth: dict[str, str], status: int) -> None:
    async with http.get(path, headers=auth) as response:
        assert response.status == status


async def test_a_receipt_is_signed_and_looked_up_afterwards(http: Http) -> None:
    async with listening() as hook:
        account = {"provider": "mailgun", "user": DOMAIN, "secret": "demo-key", "signature_secret": "sk"}
        async with http.post("/_accounts", json=account | {"webhook_url": hook.url}):
            pass
        await put_script(http, "b@y.org", {"outcome": "accept", "receipts": [{"status": "delivered"}]})
        await send(http)
        body = orjson.loads((await hook.next()).body)
    proof = body["signature"]
    assert proof["signature"] == signature("sk", proof["timestamp"], proof["token"])
    assert body["event-data"]["event"] == "delivered"
    (found,) = await events(http, event="delivered")
    assert found == body["event-data"]


async def test_a_mail_that_came_in_is_forwarded(http: Http) -> None:
    async with listening() as hook:
        inbound = {"provider": "mailgun", "account": DOMAIN, "url": hook.url, "from": "b@y.org", "text": "STOP"}
        async with http.post("/_inbound", json=inbound) as response:
            assert response.status == 200
        got = await hook.next()
    assert got.headers["content-type"] == "application/x-www-form-urlencoded"
    assert b"body-plain=STOP" in got.body
