import asyncio

import aiohttp
import pytest

from simulator.nexmo_signature import signature
from tests.contract.simulator.calls import SID, TWILIO, ledger, nexmo, nexmo_parts, put_script, twilio
from tests.contract.simulator.receivers import Hooks

Http = aiohttp.ClientSession
TO = "31612345678"
DELIVERED = {"status": "delivered"}


async def posts(http: Http) -> list[dict[str, object]]:
    async with http.get("/_receipts") as response:
        found: list[dict[str, object]] = (await response.json())["posts"]
        return found


async def answered_posts(http: Http, count: int) -> list[dict[str, object]]:
    """So many posts with their answers, or a TimeoutError."""
    async with asyncio.timeout(30):
        while len(found := await posts(http)) < count:
            await asyncio.sleep(0.01)
    return found


async def test_by_default_nobody_is_told_anything(http: Http, hooks: Hooks) -> None:
    await nexmo(http, callback=f"{hooks.url}/cb")
    await asyncio.sleep(0.05)
    assert (await posts(http), hooks.taken) == ([], [])


async def test_a_scripted_receipt_is_posted_and_its_answer_written_down(http: Http, hooks: Hooks) -> None:
    await put_script(http, TO, {"outcome": "accept", "receipts": [{"status": "sent"}, DELIVERED]})
    await nexmo(http, callback=f"{hooks.url}/cb/1")
    entries = await answered_posts(http, 2)
    assert [(taken.path, taken.fields["status"]) for taken in hooks.taken] == [
        ("/cb/1", "buffered"),
        ("/cb/1", "delivered"),
    ]
    assert [(e["provider"], e["message"], e["status"], e["answered"], e["attempt"]) for e in entries] == [
        ("nexmo", "0A00000000000101", "sent", 200, 1),
        ("nexmo", "0A00000000000101", "delivered", 200, 1),
    ]


async def test_settings_report_every_message(http: Http, hooks: Hooks) -> None:
    async with http.put("/_settings", json={"receipts": [DELIVERED]}) as response:
        assert response.status == 200
    await nexmo(http, callback=f"{hooks.url}/n")
    await twilio(http, StatusCallback=f"{hooks.url}/t")
    assert {taken.path for taken in await hooks.wait_for(2)} == {"/n", "/t"}


async def test_a_receipt_may_overtake_the_answer(http: Http, hooks: Hooks) -> None:
    await put_script(http, TO, {"outcome": "hang", "seconds": 30, "after_accepting": True, "receipts": [DELIVERED]})
    call = asyncio.create_task(nexmo(http, callback=f"{hooks.url}/early"))
    (early,) = await hooks.wait_for(1)
    assert (early.fields["messageId"], call.done()) == ("0A00000000000101", False)
    call.cancel()


async def test_a_receipt_tells_of_a_message_whose_answer_was_lost(http: Http, hooks: Hooks) -> None:
    await put_script(http, TO, {"outcome": "cut", "after_accepting": True, "receipts": [DELIVERED]})
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await nexmo(http, callback=f"{hooks.url}/cb")
    (taken,) = await hooks.wait_for(1)
    assert taken.fields["messageId"] == (await ledger(http))[0]["id"]


async def test_every_part_has_its_own_receipt(http: Http, hooks: Hooks) -> None:
    await put_script(http, TO, {"outcome": "accept", "receipts": [DELIVERED]})
    parts = await nexmo_parts(http, text="a" * 161, callback=f"{hooks.url}/cb")
    taken = await hooks.wait_for(2)
    assert [each.fields["messageId"] for each in taken] == [part["message-id"] for part in parts]


@pytest.mark.parametrize(("kind", "method"), [("query", "GET"), ("form", "POST"), ("json", "POST")])
async def test_an_account_chooses_how_and_where_and_signs(http: Http, hooks: Hooks, kind: str, method: str) -> None:
    account = {"provider": "nexmo", "user": "k", "secret": "s", "signature_secret": "SIG"}
    account |= {"webhook_url": f"{hooks.url}/all", "webhook_format": kind}
    async with http.post("/_accounts", json=account) as response:
        assert response.status == 201
    await put_script(http, TO, {"outcome": "accept", "receipts": [DELIVERED]})
    await nexmo(http, api_key="k", api_secret="s")
    (taken,) = await hooks.wait_for(1)
    assert (taken.method, taken.path) == (method, "/all")
    assert taken.fields["sig"] == signature(taken.fields, "SIG", "md5hash")


async def test_a_receipt_that_is_refused_comes_again(http: Http, hooks: Hooks) -> None:
    hooks.statuses = [500, 200]
    async with http.put("/_settings", json={"retry_speed": 6000}):
        pass
    await put_script(http, TO, {"outcome": "accept", "receipts": [DELIVERED]})
    await nexmo(http, callback=f"{hooks.url}/cb")
    entries = await answered_posts(http, 2)
    assert [(entry["attempt"], entry["answered"]) for entry in entries] == [(1, 500), (2, 200)]


async def test_an_absent_receiver_is_written_down(http: Http, unused_tcp_port: int) -> None:
    await put_script(http, "31612345678", {"outcome": "accept", "receipts": [DELIVERED]})
    await twilio(http, StatusCallback=f"http://127.0.0.1:{unused_tcp_port}/cb")
    (entry,) = await answered_posts(http, 1)
    assert entry["answered"] == 0


async def test_the_log_can_be_read_on_and_emptied(http: Http, hooks: Hooks) -> None:
    await put_script(http, TO, {"outcome": "accept", "receipts": [{"status": "delivered", "repeat": 3}]})
    await nexmo(http, callback=f"{hooks.url}/cb")
    await answered_posts(http, 3)
    async with http.get("/_receipts", params={"after": 1, "limit": 1}) as response:
        page = await response.json()
    assert ([entry["n"] for entry in page["posts"]], page["next"], page["figures"]) == ([2], 2, {"taken": 3})
    async with http.delete("/_receipts") as response:
        assert response.status == 204
    assert await posts(http) == []
    async with http.get("/_receipts?since=1") as response:
        assert response.status == 400


async def test_what_has_become_of_a_message_can_be_looked_up(http: Http, hooks: Hooks) -> None:
    undelivered = {"status": "undelivered", "code": "30005"}
    forged = {"status": "delivered", "forged": True}
    await put_script(http, TO, {"outcome": "accept", "receipts": [forged, undelivered]})
    _, created = await twilio(http, StatusCallback=f"{hooks.url}/cb")
    await hooks.wait_for(2)
    async with http.get(str(created["uri"]), headers=TWILIO) as response:
        found = await response.json()
    assert (found["status"], found["error_code"]) == ("undelivered", 30005)


async def test_people_write_back(http: Http, hooks: Hooks) -> None:
    plan = {"provider": "twilio", "account": SID, "url": f"{hooks.url}/in", "from": f"+{TO}", "to": "+15005550006"}
    async with http.post("/_inbound", json={**plan, "text": "STOP", "kind": "opt-out", "repeat": 2}) as response:
        assert (response.status, await response.json()) == (200, {"answered": [200, 200]})
    assert [(taken.fields["From"], taken.fields["OptOutType"]) for taken in hooks.taken] == [(f"+{TO}", "STOP")] * 2
    assert [(entry["purpose"], entry["status"]) for entry in await posts(http)] == [("inbound", "opt-out")] * 2


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"account": "nobody"}, "no such account"),
        ({"url": ""}, "no URL"),
        ({"url": "ftp://x"}, "url"),
        ({"provider": "pigeon"}, "provider"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_an_inbound_message_that_makes_no_sense_is_refused(
    http: Http, changes: dict[str, object], problem: str
) -> None:
    plan = {"provider": "nexmo", "account": "demo-key", "url": "http://127.0.0.1:1/", "from": TO, "to": "316"}
    async with http.post("/_inbound", json={**plan, **changes}) as response:
        assert response.status == 400
        assert problem in await response.text()


async def test_people_see_what_was_posted(http: Http, hooks: Hooks) -> None:
    await put_script(http, TO, {"outcome": "accept", "receipts": [DELIVERED]})
    await nexmo(http, callback=f"{hooks.url}/<b>")
    await answered_posts(http, 1)
    async with http.get("/") as response:
        page = await response.text()
    assert f"{hooks.url}/&lt;b&gt;" in page
    assert "How to script" in page
    assert 'http-equiv="refresh"' in page
    async with http.get("/?still") as response:
        assert 'http-equiv="refresh"' not in await response.text()
