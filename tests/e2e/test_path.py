"""The main job, over HTTP: providers, a list, an invoke; everybody gets a message, in order, at the asked rate."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from local_stack.system import Credentials, System
from tests.e2e.api import World, assert_in_order, now, people, world_of
from tests.faults.blur import excess, watched


@pytest.fixture
async def world(system: System, account: Credentials) -> AsyncIterator[World]:
    async with world_of(system, account) as world:
        yield world


async def test_every_contact_gets_its_message_in_order_below_the_ceiling(world: World) -> None:
    contacts = people(600, orders=6)
    async with watched(world.system.simulator_url) as blur:
        invoke = await world.invoke(await world.list_of(contacts), throughput={"sms": {"mps": "150"}})
        progress = await world.until_ended(invoke)
    assert progress == {"total": 600, "pending": 0, "completed": 600, "failed": 0, "stopped": 0}
    submissions = await world.submissions(contacts)
    assert len(submissions) == 600
    assert len({entry["to"].lstrip("+") for entry in submissions}) == 600
    assert_in_order(submissions, contacts)
    assert excess([entry["at"] for entry in submissions], 150, blur) <= 2, "one more of each provider"


async def test_the_outcome_of_each_message_is_in_the_gets(world: World) -> None:
    contacts = people(20)
    invoke = await world.invoke(await world.list_of(contacts))
    await world.until_ended(invoke)
    planned = await world.contacts(invoke)
    assert [contact["contact"] for contact in planned] == [contact["contact"] for contact in contacts]
    message = await world.client.call("GET", f"/v1/messages/{planned[0]['message_id']}")
    assert message["id"] == f"{invoke}-1"
    assert message["status"] == "completed"
    assert message["provider_reply"]["status"] == "0"
    assert message["arguments"] == {"from": "Dapi", "to": contacts[0]["contact"], "text": "This is a test from Nexmo"}
    listed = await world.client.call("GET", f"/v1/messages?invoke_id={invoke}&limit=1000")
    assert {entry["id"] for entry in listed["messages"]} == {contact["message_id"] for contact in planned}
    detail = await world.client.call("GET", f"/v1/invokes/{invoke}")
    assert (detail["status"], detail["list_id"]) == ("completed", "1")


async def test_a_single_message_is_pending_then_completed_and_paid(world: World) -> None:
    message_id = await world.send("+447700900001")
    message = await world.message_until(message_id, "completed")
    assert message["provider_reply"]["to"] == "447700900001"
    credits = await world.client.call("GET", "/v1/accounts/credits")
    assert credits == {"balance": "999.99"}


async def test_a_refused_message_fails_with_the_providers_words_and_is_refunded(world: World) -> None:
    await world.script("447700900002", {"outcome": "error", "code": "7"})
    message = await world.message_until(await world.send("+447700900002"), "failed")
    assert message["error-code"] == "provider-rejected"
    assert message["provider_reply"]["status"] == "7"
    async with asyncio.timeout(10):
        while (await world.client.call("GET", "/v1/credits"))["balance"] != "1000.00":
            await asyncio.sleep(0.05)


async def test_what_a_provider_defers_is_tried_again(world: World) -> None:
    throttled = {"outcome": "error", "code": "1"}
    await world.script("447700900003", throttled, throttled, {"outcome": "accept"})
    message = await world.message_until(await world.send("+447700900003"), "completed", "failed")
    assert message["status"] == "completed"
    assert [attempt["outcome"] for attempt in message["attempts"]][-1] == "accepted"
    assert len(message["attempts"]) == 3


async def test_an_answer_that_never_came_is_shown_and_not_guessed(world: World) -> None:
    await world.script("447700900004", {"outcome": "cut", "after_accepting": True})
    message = await world.message_until(await world.send("+447700900004"), "failed")
    assert message["error-code"] == "delivery-unknown"
    await world.script("447700900005", {"outcome": "cut", "after_accepting": True}, {"outcome": "accept"})
    again = await world.send("+447700900005", **{"on-unknown": "resend"})
    message = await world.message_until(again, "completed")
    assert len(message["attempts"]) == 2


async def test_a_stop_holds_within_two_seconds_and_the_counts_are_exact(world: World) -> None:
    contacts = people(2000)
    invoke = await world.invoke(await world.list_of(contacts), throughput={"sms": {"mps": "100"}})
    await world.until(invoke, 100)
    async with watched(world.system.simulator_url) as blur:
        await world.client.call("POST", f"/v1/invokes/{invoke}", {"status": "stopped"})
        stopped_at = now()
        progress = await world.until_ended(invoke)
    submissions = await world.submissions(contacts)
    last = max(entry["at"] for entry in submissions)
    assert last <= stopped_at + 2 + blur.around(last)
    assert progress["completed"] == len(submissions)
    assert progress["stopped"] == 2000 - len(submissions)
    assert await world.refusal("POST", f"/v1/invokes/{invoke}", {"status": "stopped"}) == (400, "invoke-invalid-status")
    await world.statuses(invoke, {name: progress[name] for name in ("completed", "stopped")})
    await world.client.call("DELETE", f"/v1/invokes/{invoke}")
    assert await world.refusal("GET", f"/v1/invokes/{invoke}") == (404, "not-found")


async def test_an_invoke_contacts_the_list_as_it_stood(world: World) -> None:
    contacts = people(40)
    list_id = await world.list_of(contacts)
    invoke = await world.invoke(list_id, throughput={"sms": {"mps": "8"}})
    assert await world.refusal("DELETE", f"/v1/invokes/{invoke}") == (400, "invoke-running")
    await world.client.call("DELETE", f"/v1/lists/{list_id}")
    assert (await world.until_ended(invoke))["completed"] == 40
    assert len(await world.submissions(contacts)) == 40


async def test_a_contact_for_which_the_invoke_offers_nothing_fails_and_holds_nobody_up(world: World) -> None:
    contacts = people(10)
    stranger = {"type": "email", "provider": "mailgun", "order": "0", "contact": "someone@example.org"}
    list_id = await world.list_of(contacts)
    await world.client.call("PUT", f"/v1/lists/{list_id}/contacts", {"contacts": [stranger]})
    invoke = await world.invoke(list_id)
    progress = await world.until_ended(invoke)
    assert (progress["completed"], progress["failed"]) == (10, 1)
    message = await world.client.call("GET", f"/v1/messages/{invoke}-11")
    assert message["error-code"] == "message-invalid-provider"


async def test_messages_of_a_provider_that_was_removed_fail_as_documented(world: World) -> None:
    await world.script("447700900006", {"outcome": "error", "code": "1"})
    message_id = await world.send("+447700900006")
    await world.client.call("DELETE", "/v1/providers/nexmo")
    message = await world.message_until(message_id, "failed")
    assert message["error-code"] == "provider-not-found"
    refused = {"provider": "nexmo", "type": "sms", "arguments": {"from": "D", "to": "+447700900007", "text": "x"}}
    assert await world.refusal("PUT", "/v1/messages", refused) == (400, "message-invalid-provider")


async def test_lists_and_contacts_are_kept_as_documented(world: World) -> None:
    call = world.client.call
    metadata = {"name": "Test", "deep": {"none": None, "number": 1.5}}
    list_id = (await call("PUT", "/v1/lists", {"metadata": metadata}))["id"]
    assert (await call("GET", f"/v1/lists/{list_id}"))["metadata"] == metadata
    await call("POST", f"/v1/lists/{list_id}", {})
    assert (await call("GET", f"/v1/lists/{list_id}"))["metadata"] == {}
    first = {"type": "sms", "provider": "twilio", "order": "1", "contact": "+31612345678"}
    second = {"type": "email", "provider": "mailgun", "order": "2", "contact": "support@dapi.io"}
    added = await call("PUT", f"/v1/lists/{list_id}/contacts", {"contacts": [first, second]})
    assert added == {"ids": ["1", "2"]}
    changed = {**second, "contact": "hello@dapi.io"}
    await call("POST", f"/v1/lists/{list_id}/contacts/2", changed)
    got = await call("GET", f"/v1/lists/{list_id}/contacts/2")
    assert {key: got[key] for key in ("id", *changed)} == {"id": "2", **changed}
    await call("DELETE", f"/v1/lists/{list_id}/contacts/1")
    contacts = (await call("GET", f"/v1/lists/{list_id}/contacts"))["contacts"]
    assert [contact["id"] for contact in contacts] == ["2"]
    await call("DELETE", f"/v1/lists/{list_id}")
    assert await world.refusal("GET", f"/v1/lists/{list_id}/contacts") == (404, "not-found")


async def test_bad_input_stores_nothing(world: World) -> None:
    message = {"provider": "nexmo", "type": "sms", "arguments": {"from": "D", "to": "+447700900008", "text": "x"}}
    bad = {
        "message-invalid-type": {**message, "type": "fax"},
        "message-invalid-provider": {**message, "provider": "mailgun"},
        "message-invalid-arguments": {**message, "arguments": {"from": "D", "text": "x"}},
    }
    for code, body in bad.items():
        assert await world.refusal("PUT", "/v1/messages", body) == (400, code)
    assert await world.refusal("PUT", "/v1/providers/amazon-sms", {"A": "b"}) == (400, "provider-invalid")
    assert await world.refusal("PUT", "/v1/providers/plivo", {"AUTH_ID": "x"}) == (400, "provider-missing-keys")
    assert (await world.client.call("GET", "/v1/messages"))["messages"] == []
    names = [provider["name"] for provider in (await world.client.call("GET", "/v1/providers"))["providers"]]
    assert names == ["nexmo", "twilio"]


async def test_another_accounts_things_do_not_exist(world: World, system: System) -> None:
    message_id = await world.send("+447700900009")
    async with world_of(system, await system.create_account()) as stranger:
        assert await stranger.refusal("GET", f"/v1/messages/{message_id}") == (404, "not-found")
    async with world_of(system, await system.create_account()) as stranger:
        stranger_credentials = await stranger.client.call("GET", "/v1/limits")
        assert stranger_credentials == {"mps": "5000", "lists": "1000", "contact-per-list": "100000"}
