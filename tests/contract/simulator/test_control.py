import asyncio
import re

import aiohttp
import pytest

from tests.contract.simulator.calls import ledger, nexmo, nexmo_parts, put_script, twilio

Http = aiohttp.ClientSession
TO = "31612345678"


async def test_it_is_ready(http: Http) -> None:
    async with http.get("/health/ready") as response:
        assert response.status == 200


async def test_every_submission_is_in_the_ledger(http: Http) -> None:
    await nexmo(http)
    await nexmo(http, api_secret="wrong")
    await twilio(http)
    entries = await ledger(http)
    assert [(e["seq"], e["provider"], e["to"], e["outcome"], e["status"]) for e in entries] == [
        (1, "nexmo", TO, "accepted", 200),
        (2, "nexmo", TO, "refused", 200),
        (3, "twilio", f"+{TO}", "accepted", 201),
    ]
    assert [e["id"] for e in entries] == ["0A00000000000101", "", "SM00000000000000000000000000000003"]


async def test_the_ledger_can_be_read_on_and_emptied(http: Http) -> None:
    for _ in range(3):
        await nexmo(http)
    async with http.get("/_ledger", params={"after": 1, "limit": 1}) as response:
        page = await response.json()
    assert ([e["seq"] for e in page["entries"]], page["next"], page["total"]) == ([2], 2, 3)
    async with http.delete("/_ledger") as response:
        assert response.status == 204
    assert await ledger(http) == []
    (part,) = await nexmo_parts(http)
    assert part["message-id"] == "0A00000000000401"


@pytest.mark.parametrize("query", ["after=x", "limit=0", "since=1"])
async def test_a_ledger_query_that_makes_no_sense_is_refused(http: Http, query: str) -> None:
    async with http.get(f"/_ledger?{query}") as response:
        assert response.status == 400


@pytest.mark.parametrize("seconds", [2, None])
async def test_a_throttled_call_gets_429(http: Http, seconds: int | None) -> None:
    await put_script(http, "*", {"outcome": "throttle", "retry_after": seconds}, repeat=True)
    async with http.post("/sms/json", data={}) as response:
        assert response.status == 200, "the provider's own checks come first"
    form = {"api_key": "demo-key", "api_secret": "demo-secret", "from": "D", "to": TO, "text": "Hi"}
    async with http.post("/sms/json", data=form) as response:
        assert response.status == 429
        assert response.headers.get("Retry-After") == (str(seconds) if seconds else None)
    assert (await twilio(http))[1]["code"] == 20429


async def test_a_bare_http_answer_is_given_as_written(http: Http) -> None:
    await put_script(http, TO, {"outcome": "http", "status": 503, "body": "<h1>later</h1>"})
    form = {"api_key": "demo-key", "api_secret": "demo-secret", "from": "D", "to": TO, "text": "Hi"}
    async with http.post("/sms/json", data=form) as response:
        assert (response.status, await response.text()) == (503, "<h1>later</h1>")


@pytest.mark.parametrize("taken", [True, False])
async def test_a_cut_connection_gives_no_answer(http: Http, taken: bool) -> None:
    await put_script(http, TO, {"outcome": "cut", "after_accepting": taken})
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await nexmo(http)
    (entry,) = await ledger(http)
    assert (entry["outcome"], entry["status"], entry["id"] != "") == ("cut", 0, taken)
    assert (await nexmo(http))[0] == 200


async def test_a_hanging_call_outlasts_the_clients_patience(http: Http) -> None:
    await put_script(http, TO, {"outcome": "hang", "seconds": 30, "after_accepting": True})
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await nexmo(http)
    (entry,) = await ledger(http)
    assert (entry["outcome"], entry["id"]) == ("hang", "0A00000000000101")


async def test_a_hang_ends_in_the_answer_or_in_none(http: Http) -> None:
    taken = {"outcome": "hang", "seconds": 0.01, "after_accepting": True}
    await put_script(http, TO, taken, {"outcome": "hang", "seconds": 0.01})
    assert (await nexmo(http))[0] == 200
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await nexmo(http)


async def test_latency_holds_every_answer_back(http: Http) -> None:
    async with http.put("/_settings", json={"latency_ms": 40}) as response:
        assert await response.json() == {"latency_ms": 40}
    loop = asyncio.get_running_loop()
    begun = loop.time()
    await nexmo(http)
    assert loop.time() - begun >= 0.039


async def test_scripts_can_be_forgotten(http: Http) -> None:
    await put_script(http, "*", {"outcome": "error", "code": "9"}, repeat=True)
    async with http.delete("/_scripts") as response:
        assert response.status == 204
    (part,) = await nexmo_parts(http)
    assert part["status"] == "0"


async def test_unknown_fields_are_refused(http: Http) -> None:
    assert await put_script(http, TO, {"outcome": "accept", "colour": "red"}) == 400
    for method, path in (("PUT", "/_settings"), ("POST", "/_accounts"), ("PUT", "/_scripts/316")):
        async with http.request(method, path, json={"colour": "red"}) as response:
            assert response.status == 400
            assert "colour" in await response.text()


async def test_an_added_account_may_send(http: Http) -> None:
    (stranger,) = await nexmo_parts(http, api_key="k2", api_secret="s2")
    async with http.post("/_accounts", json={"provider": "nexmo", "user": "k2", "secret": "s2"}) as response:
        assert response.status == 201
    (known,) = await nexmo_parts(http, api_key="k2", api_secret="s2")
    assert (stranger["status"], known["status"]) == ("4", "0")


async def test_a_path_of_no_provider_is_not_found(http: Http) -> None:
    async with http.post("/nowhere", data={"a": "1"}) as response:
        assert response.status == 404


async def test_people_see_the_ledger_without_anything_from_elsewhere(http: Http) -> None:
    await nexmo(http, text="Hi", client_ref="<script>")
    async with http.get("/") as response:
        page = await response.text()
        assert response.content_type == "text/html"
    assert TO in page
    assert "&lt;script&gt;" in page
    assert "<script" not in page
    assert not re.search(r"(?:src|href|action)\s*=\s*\W?https?:|url\(", page)
