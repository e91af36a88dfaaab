"""The common rules: who may ask, what is refused before anybody decides, and how every answer looks."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

import pytest

from api_gateway.decode import MAX_BODY

from .world import ALICE, BOB, CONTACT, MESSAGE, NEXMO, OFFER, SMS, Caller, World, basic, open_account

JSON = {"Content-Type": "application/json"}
CONTACTS = "/v1/lists/1/contacts"


@pytest.mark.parametrize("headers", [{}, basic("alice", "wrong"), basic("nobody"), {"Authorization": "Bearer x"}])
@pytest.mark.parametrize("path", ["/v1/providers", "/v1/messages/1", "/v1/nothing"])
async def test_without_credentials_nothing_is_answered(world: World, headers: Mapping[str, str], path: str) -> None:
    answer = await Caller(world.client, headers)("GET", path)
    assert answer.blamed == (401, "unauthorized", None)
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")


async def test_a_new_secret_kills_the_old_one(world: World) -> None:
    await open_account(world.bus, ALICE, secret="newer")
    await world.settle()
    assert (await world.alice("GET", "/v1/limits")).status == 401
    assert (await Caller(world.client, basic("alice", "newer"))("GET", "/v1/limits")).status == 200


async def test_many_failures_do_not_lock_the_account_out(world: World) -> None:
    intruder = Caller(world.client, basic("alice", "wrong"))
    for _ in range(6):
        assert (await intruder("GET", "/v1/limits")).status == 401
    assert (await world.alice("GET", "/v1/limits")).status == 200


async def test_every_answer_has_its_own_request_id(world: World) -> None:
    answers = [await world.alice("GET", path) for path in ("/v1/limits", "/v1/messages/7", "/v1/x", "/x")]
    ids = [answer.headers["X-Request-Id"] for answer in answers]
    assert len(set(ids)) == 4
    assert [answer.body["request-id"] for answer in answers[1:]] == ids[1:]


@pytest.mark.parametrize("path", ["/", "/v1/", "/v1/nothing", "/v1/lists/1/", "/v1/lists/1/2/3", "/v2/lists", "//"])
async def test_what_is_unknown_is_not_found(world: World, path: str) -> None:
    assert (await world.alice("GET", path)).blamed == (404, "not-found", None)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PATCH", "/v1/messages", "GET, PUT"),
        ("POST", "/v1/providers", "GET"),
        ("PUT", "/v1/lists/1", "DELETE, GET, POST"),
        ("DELETE", "/v1/messages/1", "GET"),
        ("OPTIONS", "/v1/limits", "GET"),
    ],
)
async def test_another_method_is_refused_with_those_that_are_allowed(
    world: World, method: str, path: str, allowed: str
) -> None:
    answer = await world.alice(method, path)
    assert answer.blamed == (405, "method-not-allowed", None)
    assert answer.headers["Allow"] == allowed


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""])
async def test_a_body_of_another_media_type_is_refused(world: World, media: str) -> None:
    headers = {"Content-Type": media} if media else {}
    answer = await world.alice("PUT", "/v1/messages", headers=headers, data=b"{}")
    assert answer.blamed == (400, "content-type-invalid", None)


async def test_the_media_type_may_have_parameters_and_any_case(world: World) -> None:
    headers = {"Content-Type": "Application/JSON ; charset=utf-8"}
    assert (await world.alice("PUT", "/v1/lists", headers=headers, data=b"{}")).status == 200


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"a":1,"a":2}', b'{"a":NaN}', b"\xff", b'{"a":' * 40])
async def test_what_is_not_strict_json_is_refused(world: World, body: bytes) -> None:
    answer = await world.alice("PUT", "/v1/messages", headers=JSON, data=body)
    assert answer.blamed == (400, "json-invalid", None)


async def test_a_body_beyond_ten_mebibytes_is_too_large(world: World) -> None:
    answer = await world.alice("PUT", "/v1/lists", headers=JSON, data=BytesIO(b'{"metadata":"' + b"x" * MAX_BODY))
    assert answer.blamed == (413, "body-too-large", None)


async def test_a_body_of_unknown_length_is_measured_too(world: World) -> None:
    async def chunks() -> Any:
        for _ in range(11):
            yield b"x" * 1024 * 1024

    answer = await world.alice("PUT", "/v1/lists", headers=JSON, data=chunks())
    assert answer.blamed == (413, "body-too-large", None)


async def test_a_body_of_exactly_ten_mebibytes_is_read(world: World) -> None:
    body = b'{"metadata":"' + b"x" * (MAX_BODY - 15) + b'"}'
    answer = await world.alice("PUT", "/v1/lists", headers=JSON, data=BytesIO(body))
    assert answer.blamed == (400, "json-invalid", "/metadata")


REFUSED: list[tuple[str, str, Any, str, str | None]] = [
    ("PUT", "/v1/messages", {}, "message-invalid-type", "/type"),
    ("PUT", "/v1/messages", {**MESSAGE, "type": "fax"}, "message-invalid-type", "/type"),
    ("PUT", "/v1/messages", {**MESSAGE, "type": 1}, "message-invalid-type", "/type"),
    ("PUT", "/v1/messages", {"type": "sms", "arguments": SMS}, "message-invalid-provider", "/provider"),
    ("PUT", "/v1/messages", {**MESSAGE, "provider": "nope"}, "message-invalid-provider", "/provider"),
    ("PUT", "/v1/messages", {**MESSAGE, "provider": []}, "message-invalid-provider", "/provider"),
    ("PUT", "/v1/messages", {**MESSAGE, "type": "voice"}, "message-invalid-provider", "/provider"),
    ("PUT", "/v1/messages", {"type": "sms", "provider": "nexmo"}, "message-invalid-arguments", "/arguments"),
    ("PUT", "/v1/messages", {**MESSAGE, "arguments": "x"}, "message-invalid-arguments", "/arguments"),
    ("PUT", "/v1/messages", {**MESSAGE, "arguments": {}}, "message-invalid-arguments", "/arguments/from"),
    ("PUT", "/v1/messages", {**MESSAGE, "arguments": {**SMS, "to": "x"}}, "message-invalid-arguments", "/arguments/to"),
    ("PUT", "/v1/messages", {**MESSAGE, "arguments": {**SMS, "/~": 1}}, "message-invalid-arguments", "/arguments/~1~0"),
    ("PUT", "/v1/messages", {**MESSAGE, "x/y": 1}, "message-invalid-arguments", "/x~1y"),
    ("PUT", "/v1/messages", {**MESSAGE, "ttl": 0}, "message-invalid-arguments", "/ttl"),
    ("PUT", "/v1/messages", {**MESSAGE, "ttl": "604801"}, "message-invalid-arguments", "/ttl"),
    ("PUT", "/v1/messages", {**MESSAGE, "ttl": 1.5}, "message-invalid-arguments", "/ttl"),
    ("PUT", "/v1/messages", {**MESSAGE, "ttl": True}, "message-invalid-arguments", "/ttl"),
    ("PUT", "/v1/messages", {**MESSAGE, "on-unknown": "guess"}, "message-invalid-arguments", "/on-unknown"),
    ("PUT", "/v1/messages", {**MESSAGE, "on_unknown": "fail"}, "message-invalid-arguments", "/on_unknown"),
    ("PUT", "/v1/providers/nope", NEXMO, "provider-invalid", None),
    ("POST", "/v1/providers/nope", NEXMO, "provider-invalid", None),
    ("PUT", "/v1/providers/nexmo", {}, "provider-missing-keys", "/API_KEY"),
    ("PUT", "/v1/providers/nexmo", {**NEXMO, "API_KEY": ""}, "provider-missing-keys", "/API_KEY"),
    ("PUT", "/v1/providers/nexmo", {**NEXMO, "API_KEY": 1}, "provider-missing-keys", "/API_KEY"),
    ("PUT", "/v1/providers/nexmo", {**NEXMO, "EXTRA": "x"}, "provider-missing-keys", "/EXTRA"),
    ("PUT", "/v1/lists", {"metadata": "x"}, "json-invalid", "/metadata"),
    ("PUT", "/v1/lists", {"metadata": None}, "json-invalid", "/metadata"),
    ("PUT", "/v1/lists", {"name": "x"}, "json-invalid", "/name"),
    ("PUT", "/v1/lists", {"metadata": {"a": "x" * 65536}}, "list-metadata-size", "/metadata"),
    ("POST", "/v1/lists/1", {"metadata": {"a": "x" * 65536}}, "list-metadata-size", "/metadata"),
    ("PUT", CONTACTS, {}, "list-invalid-contact", "/contacts"),
    ("PUT", CONTACTS, {"contacts": []}, "list-invalid-contact", "/contacts"),
    ("PUT", CONTACTS, {"contacts": [CONTACT] * 10_001}, "list-invalid-contact", "/contacts"),
    ("PUT", CONTACTS, {"contacts": [CONTACT, 1]}, "list-invalid-contact", "/contacts/1"),
    ("PUT", CONTACTS, {"contacts": [{**CONTACT, "type": "fax"}]}, "list-invalid-contact", "/contacts/0/type"),
    ("PUT", CONTACTS, {"contacts": [{**CONTACT, "type": "email"}]}, "list-invalid-contact", "/contacts/0/provider"),
    ("PUT", CONTACTS, {"contacts": [{**CONTACT, "order": -1}]}, "list-invalid-contact", "/contacts/0/order"),
    ("PUT", CONTACTS, {"contacts": [{**CONTACT, "order": 2**31}]}, "list-invalid-contact", "/contacts/0/order"),
    ("PUT", CONTACTS, {"contacts": [{**CONTACT, "order": "x"}]}, "list-invalid-contact", "/contacts/0/order"),
    ("PUT", CONTACTS, {"contacts": [{**CONTACT, "contact": "x"}]}, "list-invalid-contact", "/contacts/0/contact"),
    ("PUT", CONTACTS, {"contacts": [CONTACT, {**CONTACT, "id": "1"}]}, "list-invalid-contact", "/contacts/1/id"),
    ("POST", f"{CONTACTS}/1", {**CONTACT, "contact": "x"}, "list-invalid-contact", "/contact"),
    ("POST", f"{CONTACTS}/1", {"type": "sms"}, "list-invalid-contact", "/provider"),
    ("PUT", "/v1/invokes", {"providers": [OFFER]}, "invoke-invalid-list", "/list_id"),
    ("PUT", "/v1/invokes", {"list_id": "x", "providers": [OFFER]}, "invoke-invalid-list", "/list_id"),
    ("PUT", "/v1/invokes", {"list_id": True, "providers": [OFFER]}, "invoke-invalid-list", "/list_id"),
    ("PUT", "/v1/invokes", {"list_id": "1"}, "message-invalid-provider", "/providers"),
    ("PUT", "/v1/invokes", {"list_id": "1", "providers": []}, "message-invalid-provider", "/providers"),
    ("PUT", "/v1/invokes", {"list_id": "1", "providers": [OFFER, OFFER]}, "message-invalid-provider", "/providers/1"),
    ("PUT", "/v1/invokes", {"list_id": "1", "providers": [OFFER], "x": "7"}, "json-invalid", "/x"),
    ("PUT", "/v1/invokes", {"retry_of": "7", "list_id": "1"}, "invoke-invalid-list", "/list_id"),
    ("PUT", "/v1/invokes", {"retry_of": "x"}, "invoke-invalid-list", "/retry_of"),
    ("POST", "/v1/invokes/1", {}, "invoke-invalid-status", "/status"),
    ("POST", "/v1/invokes/1", {"status": "completed"}, "invoke-invalid-status", "/status"),
    ("POST", "/v1/invokes/1", {"status": "paused", "throughput": {}}, "invoke-invalid-throughput", "/throughput"),
    ("POST", "/v1/invokes/1", {"throughput": {"sms": {}}}, "invoke-invalid-throughput", "/throughput/sms"),
    ("POST", "/v1/invokes/1", {"throughput": {"sms": {"mps": 11}}}, "invoke-invalid-throughput", "/throughput/sms/mps"),
    ("POST", "/v1/invokes/1", {"status": "stopped", "x": 1}, "invoke-invalid-status", "/x"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body", "code", "field"), REFUSED)
async def test_a_shape_that_cannot_be_is_refused_before_anybody_decides(
    world: World, method: str, path: str, body: Any, code: str, field: str | None
) -> None:
    assert (await world.alice(method, path, body)).blamed == (400, code, field)
    assert world.sent() == []


OFFERS: list[tuple[dict[str, Any], str, str]] = [
    ({"type": "fax"}, "message-invalid-type", "/providers/0/type"),
    ({"provider": "mailgun"}, "message-invalid-provider", "/providers/0/provider"),
    ({"arguments": {"from": "Dapi"}}, "message-invalid-arguments", "/providers/0/arguments/text"),
    ({"arguments": SMS}, "message-invalid-arguments", "/providers/0/arguments/to"),
    ({"more": 1}, "message-invalid-arguments", "/providers/0/more"),
]


@pytest.mark.parametrize(("change", "code", "field"), OFFERS)
async def test_each_offer_of_an_invoke_is_checked(world: World, change: dict[str, Any], code: str, field: str) -> None:
    answer = await world.alice("PUT", "/v1/invokes", {"list_id": "1", "providers": [{**OFFER, **change}]})
    assert answer.blamed == (400, code, field)


PACES: list[tuple[Any, str]] = [
    ({"sms": {"mps": 11}}, "/throughput/sms/mps"),
    ({"sms": {"mpm": "601"}}, "/throughput/sms/mpm"),
    ({"sms": {"mps": 0}}, "/throughput/sms/mps"),
    ({"sms": {"mps": -1}}, "/throughput/sms/mps"),
    ({"sms": {"mps": 1.5}}, "/throughput/sms/mps"),
    ({"sms": {"mps": None}}, "/throughput/sms/mps"),
    ({"sms": {}}, "/throughput/sms"),
    ({"sms": 1}, "/throughput/sms"),
    ({"fax": {"mps": 1}}, "/throughput/fax"),
    ({"sms": {"mph": 1}}, "/throughput/sms/mph"),
    ([], "/throughput"),
]


@pytest.mark.parametrize(("throughput", "field"), PACES)
async def test_a_throughput_is_positive_and_within_the_limits(world: World, throughput: Any, field: str) -> None:
    body = {"list_id": "1", "providers": [OFFER], "throughput": throughput}
    assert (await world.alice("PUT", "/v1/invokes", body)).blamed == (400, "invoke-invalid-throughput", field)


async def test_numbers_are_taken_as_strings_or_integers_and_answered_as_strings(world: World) -> None:
    await world.alice("PUT", "/v1/lists")
    entries = [{**CONTACT, "order": 7}, {**CONTACT, "order": "8"}]
    await world.alice("PUT", CONTACTS, {"contacts": entries})
    contacts = (await world.alice("GET", CONTACTS)).body["contacts"]
    assert [contact["order"] for contact in contacts] == ["7", "8"]
    body = {"list_id": 1, "providers": [OFFER], "throughput": {"sms": {"mps": 10, "mpm": 600}}}
    invoke = (await world.alice("PUT", "/v1/invokes", body)).body["id"]
    assert (await world.alice("GET", f"/v1/invokes/{invoke}")).body["throughput"] == {
        "sms": {"mps": "10", "mpm": "600"}
    }


async def test_another_accounts_resource_is_as_one_that_never_was(world: World) -> None:
    await world.alice("PUT", "/v1/lists")
    await world.alice("PUT", CONTACTS, {"contacts": [CONTACT]})
    await world.alice("PUT", "/v1/providers/nexmo", NEXMO)
    message = (await world.alice("PUT", "/v1/messages", MESSAGE)).body["id"]
    mine = ["/v1/lists/1", CONTACTS, f"{CONTACTS}/2", "/v1/providers/nexmo", f"/v1/messages/{message}"]
    for path in mine:
        assert (await world.alice("GET", path)).status == 200
        theirs, nobodys = await world.bob("GET", path), await world.bob("GET", "/v1/lists/999")
        assert theirs.status == 404
        assert {**theirs.body, "request-id": ""} == {**nobodys.body, "request-id": ""}


@pytest.mark.parametrize(
    "path",
    [
        "/v1/messages/x",
        "/v1/messages/1-2-3",
        "/v1/messages/..%2Fbob",
        "/v1/messages/1%00",
        "/v1/messages/" + "9" * 30,
        "/v1/lists/0",
        "/v1/lists/%F0%9F",
        "/v1/lists/1/contacts/-1",
        "/v1/lists/1%2F1/contacts",
        "/v1/invokes/1.0",
        "/v1/invokes/%D9%A1",
        "/v1/providers/nope",
        "/v1/providers/nexmo%2F..",
    ],
)
async def test_an_id_that_was_never_given_is_not_found(world: World, path: str) -> None:
    assert (await world.alice("GET", path)).blamed == (404, "not-found", None)


async def test_the_tables_of_two_accounts_are_apart(world: World) -> None:
    await world.alice("PUT", "/v1/messages", MESSAGE)
    assert [command.account for command in world.sent()] == [ALICE]
    assert (await world.bob("GET", "/v1/messages")).body == {"page": "0", "messages": []}
    assert BOB != ALICE
