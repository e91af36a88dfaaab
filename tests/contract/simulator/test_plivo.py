from collections.abc import Mapping

import aiohttp
import orjson
import pytest
from plivo.utils import validate_signature
from plivo.utils.signature_v3 import validate_v3_signature

from tests.contract.simulator.calls import basic, ledger, put_script
from tests.contract.simulator.receivers import Hooks, Taken

Http = aiohttp.ClientSession
ID = "MADEMO00000000000001"
PLIVO = basic(ID, "demo-token")
MESSAGES, CALLS = f"/v1/Account/{ID}/Message/", f"/v1/Account/{ID}/Call/"
TO = "31612345678"
MESSAGE: dict[str, object] = {"src": "31200000000", "dst": TO, "text": "Hi"}
CALL: dict[str, object] = {"from": "31200000000", "to": TO, "answer_url": "https://x.example.org/a"}


async def post(
    http: Http, path: str, body: Mapping[str, object], auth: Mapping[str, str] = PLIVO, **changes: object
) -> tuple[int, dict[str, object]]:
    """`None` takes a field away."""
    told = {name: value for name, value in {**body, **changes}.items() if value is not None}
    async with http.post(path, json=told, headers=auth) as response:
        return response.status, orjson.loads(await response.read())


async def look_up(http: Http, path: str, auth: Mapping[str, str] = PLIVO, **query: str) -> tuple[int, bytes]:
    async with http.get(path, params=query, headers=auth) as response:
        return response.status, await response.read()


async def test_a_message_is_queued(http: Http) -> None:
    assert await post(http, MESSAGES, MESSAGE) == (
        202,
        {
            "api_id": "00000001-0000-4000-8000-0000000a0001",
            "message": "message(s) queued",
            "message_uuid": ["00000001-0000-4000-8000-000000000000"],
        },
    )
    (entry,) = await ledger(http)
    assert (entry["to"], entry["from"], entry["channel"], entry["status"]) == (TO, "31200000000", "sms", 202)


async def test_every_number_has_its_id_and_others_are_named(http: Http) -> None:
    _, body = await post(http, MESSAGES, MESSAGE, dst=f"{TO}<abc<31612345679<{TO}")
    ids = ["00000001-0000-4000-8000-000000000000", "00000001-0000-4000-8000-000000000001"]
    assert (body["message_uuid"], body["invalid_number"]) == (ids, ["abc"])


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"src": None}, "exactly one of src and powerpack_uuid is required"),
        ({"powerpack_uuid": "p"}, "exactly one of src and powerpack_uuid is required"),
        ({"dst": None}, "dst parameter is required"),
        ({"dst": 31612345678}, "dst parameter is required"),
        ({"dst": "+31612345678"}, "dst parameter is invalid"),
        ({"dst": "31200000000"}, "src and dst must differ"),
        ({"dst": "<".join(str(31600000000 + n) for n in range(1001))}, "dst parameter has too many numbers"),
        ({"src": "a name too long"}, "src parameter is invalid"),
        ({"text": None}, "text parameter is required"),
        ({"text": "a" * 1601}, "text parameter is too long"),
        ({"text": "я" * 738}, "text parameter is too long"),
        ({"type": "fax"}, "type parameter is invalid"),
        ({"url": "ftp://x"}, "url parameter is invalid"),
        ({"method": "PUT"}, "method parameter is invalid"),
        ({"log": True}, "log parameter is invalid"),
        ({"trackable": "true"}, "trackable parameter is invalid"),
        ({"message_expiry": 4}, "message_expiry parameter is invalid"),
    ],
)
async def test_a_bad_message_is_refused(http: Http, changes: dict[str, object], error: str) -> None:
    status, body = await post(http, MESSAGES, MESSAGE, PLIVO, **changes)
    assert (status, body["error"]) == (400, error)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"from": None}, "from parameter is required"),
        ({"to": None}, "to parameter is required"),
        ({"answer_url": None}, "answer_url parameter is required"),
        ({"to": "abc"}, "to parameter is invalid"),
        ({"from": "abc"}, "from parameter is invalid"),
        ({"answer_url": "nowhere"}, "answer_url parameter is invalid"),
        ({"hangup_method": "PUT"}, "hangup_method parameter is invalid"),
        ({"caller_name": "a" * 51}, "caller_name parameter is invalid"),
        ({"machine_detection": "yes"}, "machine_detection parameter is invalid"),
        ({"machine_detection_time": 1999}, "machine_detection_time parameter is invalid"),
    ],
)
async def test_a_bad_call_is_refused(http: Http, changes: dict[str, object], error: str) -> None:
    status, body = await post(http, CALLS, CALL, PLIVO, **changes)
    assert (status, body["error"]) == (400, error)


async def test_a_call_is_fired(http: Http) -> None:
    status, body = await post(http, CALLS, CALL)
    assert (status, body["message"]) == (201, "call fired")
    assert body["request_uuid"] == "00000001-0000-4000-9000-000000000000"
    (entry,) = await ledger(http)
    assert (entry["to"], entry["channel"], entry["id"]) == (TO, "voice", body["request_uuid"])


async def test_several_callees_have_a_list(http: Http) -> None:
    _, body = await post(http, CALLS, CALL, to=f"{TO}<sip:a@x.example.org")
    assert isinstance(body["request_uuid"], list)
    assert len(body["request_uuid"]) == 2


async def test_strangers_and_other_paths_are_refused(http: Http) -> None:
    async with http.post(MESSAGES, json=MESSAGE, headers=basic(ID, "wrong")) as response:
        assert (response.status, response.content_type) == (401, "text/html")
    elsewhere = MESSAGES.replace(ID, "MADEMO00000000000002")
    assert (await post(http, elsewhere, MESSAGE))[0] == 404
    assert (await look_up(http, MESSAGES, basic(ID, "wrong")))[0] == 401
    assert (await look_up(http, f"{MESSAGES}x/", basic(ID, "wrong")))[0] == 401


async def test_anything_but_a_json_object_is_refused(http: Http) -> None:
    for headers, body in (
        ({"Content-Type": "application/json"}, b"{"),
        ({"Content-Type": "application/json"}, b"[]"),
        ({"Content-Type": "application/x-www-form-urlencoded"}, b"src=1"),
    ):
        async with http.post(MESSAGES, data=body, headers={**PLIVO, **headers}) as response:
            assert response.status == 400
            assert (await response.json())["error"] == "the request's body is not a JSON object"


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        ("400", 400, "invalid parameters"),
        ("400-credit", 400, "Insufficient Credit"),
        ("403", 403, "Permission to send messages to this country has not been enabled"),
        ("422", 422, {"dst": ["cannot be processed"]}),
        ("429", 429, "rate limit exceeded"),
    ],
)
@pytest.mark.parametrize(("path", "body"), [(MESSAGES, MESSAGE), (CALLS, CALL)])
async def test_every_error_can_be_played(
    http: Http, path: str, body: dict[str, object], code: str, status: int, error: object
) -> None:
    await put_script(http, TO, {"outcome": "error", "code": code})
    answered, refused = await post(http, path, body)
    assert (answered, refused["error"]) == (status, error)


@pytest.mark.parametrize(("code", "status"), [("401", 401), ("405", 405)])
async def test_some_errors_are_no_json(http: Http, code: str, status: int) -> None:
    await put_script(http, TO, {"outcome": "error", "code": code})
    async with http.post(MESSAGES, json=MESSAGE, headers=PLIVO) as response:
        assert response.status == status
        assert not (await response.read()).startswith(b"{")


async def test_what_was_taken_before_an_error_can_be_looked_up(http: Http) -> None:
    await put_script(http, TO, {"outcome": "error-after-accepting", "status": 500})
    assert (await post(http, MESSAGES, MESSAGE))[0] == 500
    query = {"to_number": TO, "from_number": "31200000000", "message_time__gte": "2026-01-02 00:00:00"}
    status, body = await look_up(http, MESSAGES, PLIVO, **query)
    (found,) = orjson.loads(body)["objects"]
    assert (status, found["message_state"], found["message_direction"]) == (200, "sent", "outbound")
    one = orjson.loads((await look_up(http, found["resource_uri"]))[1])
    assert {name: one[name] for name in found} == found
    assert (await look_up(http, f"{MESSAGES}x/"))[0] == 404
    assert (await look_up(http, MESSAGES, limit="many"))[0] == 400


def is_genuine(taken: Taken, url: str, token: str = "demo-token", ma: str = "") -> bool:
    signature, nonce = taken.headers[f"X-Plivo-Signature-{ma}V2"], taken.headers["X-Plivo-Signature-V2-Nonce"]
    return bool(validate_signature(url, nonce, signature, token))


async def test_receipts_are_signed_as_plivo_signs(http: Http, hooks: Hooks) -> None:
    receipts = [{"status": "sent"}, {"status": "delivered"}, {"status": "failed", "forged": True}]
    await put_script(http, TO, {"outcome": "accept", "receipts": receipts})
    await post(http, MESSAGES, MESSAGE, url=f"{hooks.url}/cb")
    taken = await hooks.wait_for(3)
    assert [each.fields["Status"] for each in taken] == ["sent", "delivered", "failed"]
    assert [is_genuine(each, f"{hooks.url}/cb") for each in taken] == [True, True, False]


async def test_a_subaccounts_receipts_have_its_main_accounts_signature_too(http: Http, hooks: Hooks) -> None:
    await put_script(http, TO, {"outcome": "accept", "receipts": [{"status": "sent"}]})
    path = MESSAGES.replace(ID, "SADEMO00000000000001")
    assert (await post(http, path, MESSAGE, basic("SADEMO00000000000001", "demo-subtoken"), url=hooks.url))[0] == 202
    (taken,) = await hooks.wait_for(1)
    assert is_genuine(taken, hooks.url, "demo-subtoken")
    assert is_genuine(taken, hooks.url, "demo-token", "Ma-")


async def test_a_call_fetches_its_document_and_hangs_up(http: Http, hooks: Hooks) -> None:
    await put_script(http, TO, {"outcome": "accept", "receipts": [{"status": "ringing"}, {"status": "completed"}]})
    urls = {"answer_url": f"{hooks.url}/say", "ring_url": f"{hooks.url}/ring", "hangup_url": f"{hooks.url}/end"}
    await post(http, CALLS, CALL, PLIVO, **urls)
    taken = await hooks.wait_for(3)
    assert [each.path for each in taken] == ["/ring", "/say", "/end"]
    assert taken[-1].fields["HangupCauseCode"] == "4000"
    for each in taken:
        nonce, signature = each.headers["X-Plivo-Signature-V3-Nonce"], each.headers["X-Plivo-Signature-V3"]
        assert validate_v3_signature("POST", hooks.url + each.path, nonce, "demo-token", signature, each.fields)


async def test_a_call_whose_document_is_broken_says_so(http: Http, hooks: Hooks) -> None:
    hooks.document = "Hello"
    await put_script(http, TO, {"outcome": "accept", "receipts": [{"status": "completed"}]})
    await post(http, CALLS, CALL, answer_url=f"{hooks.url}/say", hangup_url=f"{hooks.url}/end")
    taken = await hooks.wait_for(2)
    assert taken[-1].fields["HangupCauseName"] == "Invalid Answer XML"
