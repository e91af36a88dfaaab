import aiohttp
import pytest

from tests.contract.simulator.calls import SID, TWILIO, basic, ledger, put_script, twilio
from tests.contract.simulator.receivers import Hooks

Http = aiohttp.ClientSession
CALLS = f"/2010-04-01/Accounts/{SID}/Calls.json"
TO = "+31612345678"


async def call(http: Http, **changes: str | None) -> tuple[int, dict[str, object]]:
    told = {"Body": None, "Url": "https://x.example.org/say", **changes}
    return await twilio(http, TWILIO, CALLS, **told)


async def test_a_call_is_created(http: Http) -> None:
    status, body = await call(http)
    assert (status, body["sid"], body["status"]) == (201, "CA00000000000000000000000000000001", "queued")
    assert (body["queue_time"], body["duration"], body["price"]) == ("0", None, None)
    assert (body["to"], body["from"], body["direction"]) == (TO, "+15005550006", "outbound-api")
    (entry,) = await ledger(http)
    assert (entry["channel"], entry["to"], entry["id"]) == ("voice", TO, body["sid"])


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"To": None}, 21201),
        ({"From": None}, 21213),
        ({"Url": None}, 21205),
        ({"Url": "nowhere"}, 21205),
        ({"To": "31612345678"}, 21211),
        ({"From": "Dapi"}, 21212),
        ({"StatusCallback": "https://my_host.example.org/"}, 21609),
        ({"Timeout": "601"}, 20001),
        ({"Method": "PUT"}, 20001),
        ({"StatusCallbackEvent": "sneezed"}, 20001),
        ({"MachineDetection": "yes"}, 20001),
        ({"SendDigits": "1" * 33}, 20001),
        ({"Url": None, "Twiml": "a" * 4001}, 20001),
    ],
)
async def test_a_bad_call_is_refused(http: Http, changes: dict[str, str | None], code: int) -> None:
    status, body = await call(http, **changes)
    assert (status, body["code"]) == (400, code)


@pytest.mark.parametrize("changes", [{"Url": None, "Twiml": "<Response/>"}, {"Url": None, "ApplicationSid": "AP1"}])
async def test_a_call_needs_no_url_where_it_has_a_document(http: Http, changes: dict[str, str | None]) -> None:
    assert (await call(http, **changes))[0] == 201


@pytest.mark.parametrize("code", ["21210", "21214", "21215", "21216", "21217"])
async def test_every_error_row_of_a_call_can_be_played(http: Http, code: str) -> None:
    await put_script(http, TO, {"outcome": "error", "code": code})
    status, body = await call(http)
    assert (status, body["code"]) == (400, int(code))


async def test_what_was_taken_before_an_error_can_be_looked_up(http: Http) -> None:
    await put_script(http, TO, {"outcome": "cut", "after_accepting": True})
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await call(http)
    query = {"To": TO, "From": "+15005550006", "StartTime>": "2026-01-02"}
    async with http.get(CALLS, params=query, headers=TWILIO) as response:
        (found,) = (await response.json())["calls"]
    async with http.get(found["uri"], headers=TWILIO) as response:
        assert await response.json() == found
    async with http.get(CALLS.replace(".json", "/CA9.json"), headers=TWILIO) as response:
        assert response.status == 404
    async with http.get(CALLS, headers=basic(SID, "wrong")) as response:
        assert response.status == 401


async def test_a_call_fetches_its_document_and_reports_what_was_asked_for(http: Http, hooks: Hooks) -> None:
    receipts = [{"status": status} for status in ("initiated", "ringing", "in-progress", "completed")]
    await put_script(http, TO, {"outcome": "accept", "receipts": receipts})
    form = [("From", "+15005550006"), ("To", TO), ("Url", f"{hooks.url}/say"), ("StatusCallback", f"{hooks.url}/cb")]
    events = [("StatusCallbackEvent", event) for event in ("ringing", "completed")]
    async with http.post(CALLS, data=aiohttp.FormData(form + events), headers=TWILIO) as response:
        uri = (await response.json())["uri"]
    taken = await hooks.wait_for(3)
    assert [(each.path, each.fields["CallStatus"], each.fields.get("SequenceNumber")) for each in taken] == [
        ("/cb", "ringing", "1"),
        ("/say", "in-progress", None),
        ("/cb", "completed", "3"),
    ]
    async with http.get(uri, headers=TWILIO) as response:
        found = await response.json()
    assert (found["status"], found["duration"]) == ("completed", "12")
    async with http.get("/_receipts") as response:
        fetched = [entry for entry in (await response.json())["posts"] if entry["purpose"] == "document"]
    assert [(entry["remark"], entry["answer"]) for entry in fetched] == [("a good document", hooks.document)]
