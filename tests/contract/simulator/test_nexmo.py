import aiohttp
import pytest

from simulator.nexmo_signature import signature
from tests.contract.simulator.calls import NEXMO_FORM, basic, nexmo, nexmo_parts, put_script

Http = aiohttp.ClientSession


async def test_a_message_is_accepted_with_strings_only(http: Http) -> None:
    assert await nexmo(http) == (
        200,
        {
            "message-count": "1",
            "messages": [
                {
                    "to": "31612345678",
                    "message-id": "0A00000000000101",
                    "status": "0",
                    "remaining-balance": "999999.95000000",
                    "message-price": "0.05000000",
                    "network": "20408",
                    "client-ref": "m-1",
                }
            ],
        },
    )


async def test_a_long_text_has_an_element_a_part(http: Http) -> None:
    parts = await nexmo_parts(http, text="a" * 161)
    assert [part["message-id"] for part in parts] == ["0A00000000000101", "0A00000000000102"]
    assert [part["remaining-balance"] for part in parts] == ["999999.95000000", "999999.90000000"]


async def test_a_unicode_text_has_shorter_parts(http: Http) -> None:
    assert len(await nexmo_parts(http, text="я" * 71, type="unicode")) == 2


async def test_client_ref_is_echoed_only_if_sent(http: Http) -> None:
    (part,) = await nexmo_parts(http, client_ref=None)
    assert "client-ref" not in part


async def test_credentials_may_come_as_basic(http: Http) -> None:
    form = {name: value for name, value in NEXMO_FORM.items() if not name.startswith("api_")}
    auth = basic("demo-key", "demo-secret")
    async with http.post("/sms/json", data=form, headers=auth) as response:
        assert (await response.json())["messages"][0]["status"] == "0"


@pytest.mark.parametrize(
    ("changes", "status", "text"),
    [
        ({"api_key": None}, "2", "Missing api_key"),
        ({"api_secret": None}, "2", "Missing api_secret"),
        ({"api_secret": "wrong"}, "4", "Bad Credentials"),
        ({"api_key": "nobody"}, "4", "Bad Credentials"),
        ({"from": None}, "2", "Missing from param"),
        ({"to": None}, "2", "Missing to param"),
        ({"text": ""}, "2", "Missing text param"),
        ({"type": "binary"}, "2", "Missing body param"),
        ({"to": "+31612345678"}, "3", "Invalid to param"),
        ({"to": "316"}, "3", "Invalid to param"),
        ({"type": "voice"}, "3", "Invalid type param"),
        ({"ttl": "1000"}, "3", "Invalid ttl param"),
        ({"text": "a" * 3201}, "12", "Message too long"),
        ({"callback": "ftp://x.example.org"}, "23", "Invalid Callback Url"),
        ({"sig": "00"}, "32", "Signature and API Secret disallowed"),
    ],
)
async def test_a_bad_request_is_refused_with_http_200(
    http: Http, changes: dict[str, str | None], status: str, text: str
) -> None:
    assert await nexmo_parts(http, **changes) == [{"status": status, "error-text": text}]


async def test_anything_but_a_form_misses_its_parameters(http: Http) -> None:
    async with http.post("/sms/json", json=NEXMO_FORM) as response:
        assert (await response.json())["messages"][0]["status"] == "2"


async def test_a_signed_request_needs_no_secret(http: Http) -> None:
    account = {"provider": "nexmo", "user": "signer", "secret": "s", "signature_secret": "SIG"}
    async with http.post("/_accounts", json=account) as response:
        assert response.status == 201
    form = {"api_key": "signer", "from": "Dapi", "to": "31612345678", "text": "a&b", "timestamp": "1767359045"}
    form["sig"] = signature(form, "SIG", "md5hash").upper()
    for text, expected in (("a&b", "0"), ("changed", "14")):
        async with http.post("/sms/json", data={**form, "text": text}) as response:
            assert (await response.json())["messages"][0]["status"] == expected


@pytest.mark.parametrize("code", ["1", "5", "6", "7", "9", "29", "33", "99"])
async def test_every_error_row_can_be_played(http: Http, code: str) -> None:
    await put_script(http, "31612345678", {"outcome": "error", "code": code})
    (refused,) = await nexmo_parts(http)
    (accepted,) = await nexmo_parts(http)
    assert (refused["status"], accepted["status"]) == (code, "0")
