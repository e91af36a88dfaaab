from collections.abc import Mapping
from typing import Any

import aiohttp
import pytest

from tests.contract.simulator.calls import MESSAGES, SID, TWILIO, basic, put_script, twilio

Http = aiohttp.ClientSession


async def look_up(http: Http, path: str, auth: Mapping[str, str] = TWILIO, **query: str) -> dict[str, object]:
    async with http.get(path, params=query, headers=auth) as response:
        body: dict[str, object] = await response.json()
        return body


async def test_a_message_is_created(http: Http) -> None:
    status, body = await twilio(http)
    uri = f"/2010-04-01/Accounts/{SID}/Messages/SM00000000000000000000000000000001"
    assert status == 201
    assert body["date_created"] == body["date_updated"]
    assert str(body["date_created"]).endswith("+0000")
    assert body | {"date_created": "", "date_updated": ""} == {
        "sid": "SM00000000000000000000000000000001",
        "account_sid": SID,
        "api_version": "2010-04-01",
        "body": "Hi",
        "from": "+15005550006",
        "to": "+31612345678",
        "status": "queued",
        "direction": "outbound-api",
        "num_segments": "1",
        "num_media": "0",
        "price": None,
        "price_unit": "USD",
        "error_code": None,
        "error_message": None,
        "messaging_service_sid": None,
        "date_created": "",
        "date_updated": "",
        "date_sent": None,
        "uri": f"{uri}.json",
        "subresource_uris": {"media": f"{uri}/Media.json"},
    }


async def test_the_encoding_is_detected(http: Http) -> None:
    _, gsm = await twilio(http, Body="a" * 160)
    _, unicode = await twilio(http, Body="я" * 71)
    assert (gsm["num_segments"], unicode["num_segments"]) == ("1", "2")


async def test_a_media_message_has_its_own_kind_of_id(http: Http) -> None:
    form = [*{"From": "+15005550006", "To": "+31612345678"}.items()]
    media = [("MediaUrl", "https://x.example.org/1"), ("MediaUrl", "https://x.example.org/2")]
    async with http.post(MESSAGES, data=aiohttp.FormData(form + media), headers=TWILIO) as response:
        body = await response.json()
    assert (body["sid"], body["num_media"]) == ("MM00000000000000000000000000000001", "2")


@pytest.mark.parametrize(
    ("changes", "code", "status"),
    [
        ({"To": None}, 21604, 400),
        ({"From": None}, 21603, 400),
        ({"Body": None}, 21602, 400),
        ({"To": "31612345678"}, 21211, 400),
        ({"From": "?"}, 21212, 400),
        ({"Body": "a" * 1601}, 21617, 400),
        ({"StatusCallback": "https://my_host.example.org/x"}, 21609, 400),
        ({"StatusCallback": "nowhere"}, 21609, 400),
        ({"ValidityPeriod": "36001"}, 20001, 400),
        ({"path": MESSAGES.replace(SID, "AC2")}, 20404, 404),
        ({"auth": {}}, 20003, 401),
        ({"auth": basic(SID, "wrong")}, 20003, 401),
    ],
)
async def test_a_bad_request_is_refused(http: Http, changes: dict[str, Any], code: int, status: int) -> None:
    answered, body = await twilio(http, **changes)
    assert (answered, body["code"], body["status"]) == (status, code, status)
    assert body["more_info"] == f"https://www.twilio.com/docs/errors/{code}"
    assert body["message"]


@pytest.mark.parametrize(
    ("code", "status", "outcome"),
    [("21610", 400, "refused"), ("20003", 401, "refused"), ("20429", 429, "throttled"), ("29999", 400, "refused")],
)
async def test_every_error_row_can_be_played(http: Http, code: str, status: int, outcome: str) -> None:
    await put_script(http, "31612345678", {"outcome": "error", "code": code})
    answered, body = await twilio(http)
    assert (answered, body["code"]) == (status, int(code))
    async with http.get("/_ledger/summary") as response:
        assert (await response.json())["by_outcome"] == {outcome: 1}


async def test_what_was_taken_before_an_error_can_be_looked_up(http: Http) -> None:
    await put_script(http, "31612345678", {"outcome": "error-after-accepting", "status": 500})
    status, _ = await twilio(http)
    found = await look_up(http, MESSAGES, To="+31612345678", From="+15005550006")
    assert status == 500
    assert isinstance(found["messages"], list)
    (message,) = found["messages"]
    assert (message["body"], message["status"]) == ("Hi", "sent")
    assert await look_up(http, message["uri"]) == message


async def test_what_was_not_taken_is_not_found(http: Http) -> None:
    await put_script(http, "31612345678", {"outcome": "http", "status": 503})
    async with http.post(MESSAGES, data={"From": "+15005550006", "To": "+31612345678", "Body": "x"}, headers=TWILIO):
        pass
    assert (await look_up(http, MESSAGES, To="+31612345678"))["messages"] == []
    assert (await look_up(http, MESSAGES.replace(".json", "/SM1.json")))["code"] == 20404


async def test_a_look_up_needs_credentials_and_sense(http: Http) -> None:
    stranger = basic(SID, "wrong")
    assert (await look_up(http, MESSAGES, stranger))["code"] == 20003
    assert (await look_up(http, MESSAGES.replace(".json", "/SM1.json"), stranger))["code"] == 20003
    assert (await look_up(http, MESSAGES, PageSize="many"))["code"] == 20001
