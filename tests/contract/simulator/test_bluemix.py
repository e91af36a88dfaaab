from typing import Any

import aiohttp
import orjson
import pytest

from simulator.bluemix_errors import ERRORS
from tests.contract.simulator.calls import ledger, put_script
from tests.contract.simulator.inbox import listening

Http = aiohttp.ClientSession
SEND = "/imfpush/v1/apps/demo-app/messages"
AUTH = {"appSecret": "demo-secret"}
BODY = {"message": {"alert": "Hi", "url": "https://x.org"}, "target": {"deviceIds": ["d1", "d2"]}}
GRANT = "urn:ibm:params:oauth:grant-type:apikey"


async def send(
    http: Http, headers: dict[str, str] = AUTH, path: str = SEND, body: object = BODY
) -> tuple[int, dict[str, Any]]:
    sent = {"Content-Type": "application/json", **headers}
    data = body if isinstance(body, bytes) else orjson.dumps(body)
    async with http.post(path, data=data, headers=sent) as response:
        assert response.content_type == "application/json"
        return response.status, await response.json()


async def test_a_push_is_taken(http: Http) -> None:
    expected = {"message": BODY["message"], "messageId": "b0000001"}
    assert await send(http) == (202, expected)
    (entry,) = await ledger(http)
    assert (entry["provider"], entry["to"]) == ("bluemix-push-notifications", "d1")
    assert (entry["id"], entry["channel"]) == ("b0000001", "push")


async def test_a_call_needs_a_user_agent(http: Http) -> None:
    async with http.post(SEND, json=BODY, headers=AUTH, skip_auto_headers=("User-Agent",)) as response:
        assert response.status == 403


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"headers": {}}, 401, "401"),
        ({"headers": {"appSecret": "wrong"}}, 401, "401"),
        ({"headers": {"Authorization": "Bearer x"}}, 401, "401"),
        ({"path": "/imfpush/v1/apps/nobody/messages"}, 404, "FPWSE0001E"),
        ({"headers": AUTH | {"Content-Type": "text/plain"}}, 405, "405"),
        ({"headers": AUTH | {"Accept": "text/html"}}, 406, "406"),
        ({"body": b"{"}, 400, "FPWSE0004E"),
        ({"body": {"message": {}}}, 400, "FPWSE0006E"),
    ],
)
async def test_a_bad_request_is_refused(http: Http, changes: dict[str, Any], status: int, code: str) -> None:
    answered, body = await send(http, **changes)
    assert (answered, body["code"]) == (status, code)


@pytest.mark.parametrize("code", ERRORS)
async def test_every_error_row_can_be_played(http: Http, code: str) -> None:
    await put_script(http, "d1", {"outcome": "error", "code": code})
    status, text = ERRORS[code]
    assert await send(http) == (status, {"code": code, "message": text})


@pytest.mark.parametrize(
    ("step", "status", "code", "outcome"),
    [
        ({"outcome": "throttle"}, 429, "FPWSE0025E", "throttled"),
        ({"outcome": "error", "code": "FPWSE0025E"}, 503, "FPWSE0025E", "throttled"),
        ({"outcome": "error", "code": "FPWSE9999E"}, 400, "FPWSE9999E", "refused"),
        ({"outcome": "error-after-accepting", "status": 502}, 502, "FPWSE0010E", "error-after-accepting"),
    ],
)
async def test_other_troubles_have_its_shape(
    http: Http, step: dict[str, object], status: int, code: str, outcome: str
) -> None:
    await put_script(http, "d1", step)
    answered, body = await send(http)
    assert (answered, body["code"]) == (status, code)
    assert [entry["outcome"] for entry in await ledger(http)] == [outcome]


async def token(http: Http, key: str = "demo-api-key", grant: str = GRANT) -> tuple[int, dict[str, Any]]:
    async with http.post("/identity/token", data={"grant_type": grant, "apikey": key}) as response:
        return response.status, await response.json()


async def test_a_token_for_an_api_key_opens_too(http: Http) -> None:
    status, given = await token(http)
    assert (status, given["token_type"], given["expires_in"]) == (200, "Bearer", 3600)
    assert (await send(http, {"Authorization": f"Bearer {given['access_token']}"}))[0] == 202


async def test_no_token_for_what_is_no_key(http: Http) -> None:
    for status, given in (await token(http, "wrong"), await token(http, ""), await token(http, grant="password")):
        assert (status, "access_token" in given) == (400, False)


async def test_a_token_ends_when_it_says(http: Http) -> None:
    _, given = await token(http)
    ends, _, rest = str(given["access_token"]).partition(".")
    for altered in (f"{int(ends) + 1}.{rest}", f"1.{rest}", "", "x.y"):
        assert (await send(http, {"Authorization": f"Bearer {altered}"}))[0] == 401


async def test_a_receipt_is_posted_without_a_signature(http: Http) -> None:
    async with listening() as hook:
        account = {"provider": "bluemix-push-notifications", "user": "demo-app", "secret": "demo-secret"}
        async with http.post("/_accounts", json=account | {"webhook_url": hook.url}):
            pass
        receipts = [{"status": "SENT", "part": 1}, {"status": "undelivered", "part": 2}]
        await put_script(http, "d1", {"outcome": "accept", "receipts": receipts})
        await send(http)
        events = [orjson.loads((await hook.next()).body) for _ in receipts]
    assert [event["type"] for event in events] == ["onNotificationStatusChange", "onNotificationFailure"]
    assert [event["entity"]["messageId"] for event in events] == ["b0000001", "b0000001"]
