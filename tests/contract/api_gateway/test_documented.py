"""Every request that the documents show, and the shape of its answer."""

import pytest

from .world import ALICE, CONTACT, MESSAGE, NEXMO, OFFER, SMS, World

AMAZON = {
    "ACCESS_KEY": "AKIAIOSFODNN7EXAMPLE",
    "AUTH_TOKEN": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "REGION_NAME": "us-west-2",
}
MAIL = {"type": "email", "provider": "mailgun", "order": "2", "contact": "support@dapi.io"}


async def test_limits_under_both_names(world: World) -> None:
    for path in ("/v1/accounts/limits", "/v1/limits"):
        answer = await world.alice("GET", path)
        assert answer.status == 200
        assert answer.body == {"mps": "10", "lists": "100", "contact-per-list": "100"}


async def test_credits_under_both_names(world: World) -> None:
    await world.open_with_balance(ALICE, "54.23")
    for path in ("/v1/accounts/credits", "/v1/credits"):
        answer = await world.alice("GET", path)
        assert (answer.status, answer.body) == (200, {"balance": "54.23"})


async def test_a_provider_is_added_read_updated_and_deleted(world: World) -> None:
    put = await world.alice("PUT", "/v1/providers/amazon-ses", AMAZON)
    assert (put.status, put.body) == (200, {"name": "amazon-ses"})
    one = await world.alice("GET", "/v1/providers/amazon-ses")
    assert one.body["name"] == "amazon-ses"
    assert one.body["credentials"] == AMAZON
    every = await world.alice("GET", "/v1/providers")
    assert every.body == {"providers": [one.body]}
    post = await world.alice("POST", "/v1/providers/amazon-ses", {**AMAZON, "REGION_NAME": "eu-west-1"})
    assert (post.status, post.body) == (200, {"name": "amazon-ses"})
    one = await world.alice("GET", "/v1/providers/amazon-ses")
    assert one.body["credentials"]["REGION_NAME"] == "eu-west-1"
    deleted = await world.alice("DELETE", "/v1/providers/amazon-ses")
    assert (deleted.status, deleted.body) == (200, {"name": "amazon-ses"})
    assert (await world.alice("GET", "/v1/providers/amazon-ses")).status == 404


async def test_a_provider_that_is_not_in_the_table_is_refused(world: World) -> None:
    answer = await world.alice("PUT", "/v1/providers/amazon-sms", AMAZON)
    assert answer.blamed == (400, "provider-invalid", None)
    assert answer.body["error-description"] == "The provider in the argument is not supported"


async def test_a_message_is_created_and_read(world: World) -> None:
    created = await world.alice("PUT", "/v1/messages", MESSAGE)
    assert (created.status, created.body) == (200, {"id": "1"})
    one = await world.alice("GET", "/v1/messages/1")
    assert one.status == 200
    wanted = {
        "id": "1",
        "status": "pending",
        "provider": "nexmo",
        "type": "sms",
        "error-code": "",
        "error-description": "",
        "provider_reply": {},
        "arguments": SMS,
    }
    assert {key: one.body[key] for key in wanted} == wanted
    page = await world.alice("GET", "/v1/messages")
    assert page.body == {"page": "0", "messages": [one.body]}


async def test_a_list_lives_as_documented(world: World) -> None:
    metadata = {"name": "Test", "description": "This is a test list"}
    created = await world.alice("PUT", "/v1/lists", {"metadata": metadata})
    assert (created.status, created.body) == (200, {"id": "1"})
    one = await world.alice("GET", "/v1/lists/1")
    assert (one.body["id"], one.body["metadata"]) == ("1", metadata)
    assert (await world.alice("GET", "/v1/lists")).body == {"page": "0", "lists": [one.body]}
    updated = await world.alice("POST", "/v1/lists/1", {"metadata": {"name": "New name"}})
    assert (updated.status, updated.body) == (200, {"id": "1"})
    assert (await world.alice("GET", "/v1/lists/1")).body["metadata"] == {"name": "New name"}
    deleted = await world.alice("DELETE", "/v1/lists/1", headers={"Content-Type": "application/json"})
    assert (deleted.status, deleted.body) == (200, {"id": "1"})
    assert (await world.alice("GET", "/v1/lists/1")).status == 404


async def test_a_list_without_a_body_is_empty_and_without_metadata_loses_it(world: World) -> None:
    assert (await world.alice("PUT", "/v1/lists")).status == 200
    assert (await world.alice("GET", "/v1/lists/1")).body["metadata"] == {}
    await world.alice("POST", "/v1/lists/1", {"metadata": {"a": 1}})
    await world.alice("POST", "/v1/lists/1", {})
    assert (await world.alice("GET", "/v1/lists/1")).body["metadata"] == {}


async def test_metadata_comes_back_unchanged(world: World) -> None:
    metadata = {"": None, "a.b": [1, 2.5, {"$x": "é😀\u0000"}], "big": 10**30, "neg": -(2**63) - 1, "\u0000": True}
    await world.alice("PUT", "/v1/lists", {"metadata": metadata})
    assert (await world.alice("GET", "/v1/lists/1")).body["metadata"] == metadata


async def test_contacts_live_as_documented(world: World) -> None:
    await world.alice("PUT", "/v1/lists")
    added = await world.alice("PUT", "/v1/lists/1/contacts", {"contacts": [CONTACT, MAIL]})
    assert (added.status, added.body) == (200, {"ids": ["2", "3"]})
    page = await world.alice("GET", "/v1/lists/1/contacts")
    assert page.body["page"] == "0"
    assert [contact["id"] for contact in page.body["contacts"]] == ["2", "3"]
    one = await world.alice("GET", "/v1/lists/1/contacts/3")
    assert one.body == page.body["contacts"][1]
    assert {key: one.body[key] for key in MAIL} == MAIL
    changed = await world.alice("POST", "/v1/lists/1/contacts/3", {**MAIL, "contact": "hello@dapi.io"})
    assert (changed.status, changed.body) == (200, {"id": "3"})
    assert (await world.alice("GET", "/v1/lists/1/contacts/3")).body["contact"] == "hello@dapi.io"
    removed = await world.alice("DELETE", "/v1/lists/1/contacts/3", headers={"Content-Type": "application/json"})
    assert (removed.status, removed.body) == (200, {"id": "3"})
    assert (await world.alice("GET", "/v1/lists/1/contacts/3")).status == 404


async def test_an_invoke_lives_as_documented(world: World) -> None:
    twilio = {"type": "sms", "provider": "twilio", "arguments": {"From": "Dapi", "Body": "This is a test"}}
    body = {
        "list_id": "42",
        "providers": [OFFER, twilio],
        "throughput": {"voice": {"mps": "1", "mpm": "10"}, "sms": {"mps": "10"}},
    }
    created = await world.alice("PUT", "/v1/invokes", body)
    assert (created.status, created.body) == (200, {"id": "1"})
    one = await world.alice("GET", "/v1/invokes/1")
    assert (one.body["id"], one.body["status"], one.body["contacts"]) == ("1", "running", [])
    assert one.body["throughput"] == body["throughput"]
    assert one.body["providers"] == body["providers"]
    assert (await world.alice("GET", "/v1/invokes")).body["invokes"] == [one.body]
    stopped = await world.alice("POST", "/v1/invokes/1", {"status": "stopped"})
    assert (stopped.status, stopped.body) == (200, {"id": "1"})
    assert (await world.alice("GET", "/v1/invokes/1")).body["status"] == "stopped"
    deleted = await world.alice("DELETE", "/v1/invokes/1")
    assert (deleted.status, deleted.body) == (200, {"id": "1"})
    assert (await world.alice("GET", "/v1/invokes/1")).status == 404


async def test_the_slips_of_the_documents_are_answered_as_settled(world: World) -> None:
    json = {"Content-Type": "application/json"}
    comma = await world.alice("POST", "/v1/lists/1", headers=json, data=b'{"metadata": {"name": "New name",}}')
    assert comma.blamed == (400, "json-invalid", None)
    wrong_path = await world.alice("POST", "/v1/lists")
    assert wrong_path.status == 405
    assert wrong_path.headers["Allow"] == "GET, PUT"
    no_payload = await world.alice("POST", "/v1/lists/1/contacts/2")
    assert no_payload.blamed == (400, "content-type-invalid", None)


async def test_credentials_enter_the_log_sealed_only(world: World) -> None:
    await world.alice("PUT", "/v1/providers/nexmo", NEXMO)
    records = [world.bus.log(topic, i) for topic in ("dapi.commands", "dapi.events") for i in range(4)]
    written = b"".join(record.value or b"" for log in records for record in log)
    assert written
    assert not any(value.encode() in written for value in NEXMO.values())


@pytest.mark.parametrize("world", [False], indirect=True)
async def test_an_operator_may_have_credentials_masked_but_for_their_ends(world: World) -> None:
    await world.alice("PUT", "/v1/providers/nexmo", {"API_KEY": "abcd1234", "API_SECRET": "abc"})
    shown = {"API_KEY": "****1234", "API_SECRET": "***"}
    assert (await world.alice("GET", "/v1/providers/nexmo")).body["credentials"] == shown
    assert (await world.alice("GET", "/v1/providers")).body["providers"][0]["credentials"] == shown
