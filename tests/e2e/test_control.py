"""A running invoke is held, let go on and re-paced; those whom it did not reach are tried again; a message tells its
story. Seen at the providers."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence

import pytest

from local_stack.contacts import Contact
from local_stack.system import Credentials, System
from tests.e2e.api import World, now, people, world_of
from tests.faults.blur import excess, watched

REFUSED = {"outcome": "error", "code": "6"}
LATER = {"outcome": "error", "code": "1"}


@pytest.fixture
async def world(system: System, account: Credentials) -> AsyncIterator[World]:
    async with world_of(system, account) as world:
        yield world


async def change(world: World, invoke: str, **body: object) -> float:
    """When it was answered."""
    assert await world.client.call("POST", f"/v1/invokes/{invoke}", dict(body)) == {"id": invoke}
    return now()


async def pace(world: World, invoke: str, mps: int) -> float:
    return await change(world, invoke, throughput={"sms": {"mps": str(mps)}})


async def times(world: World, contacts: Sequence[Contact]) -> list[float]:
    return [entry["at"] for entry in await world.submissions(contacts)]


async def settled(world: World, contacts: Sequence[Contact], most: int) -> float:
    """The time from which on at most so many start in a second. A moment after the answer, unless this machine is so
    busy that adapters are behind: what they have goes."""
    async with asyncio.timeout(30):
        while True:
            looked_at = now()
            await asyncio.sleep(1.0)
            if sum(at >= looked_at for at in await times(world, contacts)) <= most:
                return looked_at


async def reached(world: World, contacts: Sequence[Contact]) -> Counter[str]:
    """How often each number was called."""
    return Counter("+" + entry["to"].lstrip("+") for entry in await world.submissions(contacts))


async def test_a_pause_holds_and_a_resume_finishes(world: World) -> None:
    contacts = people(900, orders=3)
    invoke = await world.invoke(await world.list_of(contacts), throughput={"sms": {"mps": "150"}})
    await world.until(invoke, 150)
    await change(world, invoke, status="paused")
    assert (await world.counts(invoke))[0] == "paused"
    paused_at = await settled(world, contacts, most=0)
    await asyncio.sleep(2)
    before = await times(world, contacts)
    assert 150 <= len(before) < 900
    assert max(before) < paused_at
    await world.until(invoke, len(before))
    status, progress = await world.counts(invoke)
    assert (status, progress["pending"]) == ("paused", 900 - len(before))
    assert await world.refusal("POST", f"/v1/invokes/{invoke}", {"status": "paused"}) == (400, "invoke-invalid-status")
    assert await world.refusal("DELETE", f"/v1/invokes/{invoke}") == (400, "invoke-running")
    asked_at = now()
    resumed_at = await change(world, invoke, status="running")
    assert (await world.until_ended(invoke))["completed"] == 900
    after = (await times(world, contacts))[len(before) :]
    assert asked_at <= min(after) <= resumed_at + 5
    assert set((await reached(world, contacts)).values()) == {1}
    assert await world.refusal("POST", f"/v1/invokes/{invoke}", {"status": "running"}) == (400, "invoke-invalid-status")


async def test_another_pace_is_seen_at_the_providers(world: World) -> None:
    contacts = people(2000)[::2]  # of one provider: its adapter keeps the ceiling even when this machine stalls
    invoke = await world.invoke(await world.list_of(contacts), throughput={"sms": {"mps": "10"}})
    await world.until(invoke, 10)
    async with watched(world.system.simulator_url) as blur:
        faster_at = await pace(world, invoke, 100)
        await asyncio.sleep(4)
        slower_at = await pace(world, invoke, 5)
        slow_from = await settled(world, contacts, most=6)
        await asyncio.sleep(4)
        shown = (await world.client.call("GET", f"/v1/invokes/{invoke}"))["throughput"]
        assert shown == {"sms": {"mps": "5"}}
        stopped_at = await change(world, invoke, status="stopped")
    starts = await times(world, contacts)
    fast = [at for at in starts if faster_at + 1 <= at < slower_at]
    slow = [at for at in starts if slow_from <= at < stopped_at]
    assert len(fast) >= 2 * 10 * (slower_at - faster_at - 1), "twice the old pace, however busy the machine is"
    assert excess([at for at in starts if at >= faster_at], 100, blur) <= 1
    assert excess(slow, 5, blur) <= 1
    assert slow, "slower, not stopped"
    await world.until_ended(invoke)


async def test_a_paused_invoke_can_be_stopped(world: World) -> None:
    contacts = people(300)
    invoke = await world.invoke(await world.list_of(contacts), throughput={"sms": {"mps": "50"}})
    await world.until(invoke, 10)
    await change(world, invoke, status="paused")
    await change(world, invoke, status="stopped")
    progress = await world.until_ended(invoke)
    assert progress["completed"] == len(await times(world, contacts)) == 300 - progress["stopped"]


async def test_a_retry_contacts_exactly_those_who_failed(world: World) -> None:
    contacts = people(40, orders=4)
    missed = [contacts[n] for n in (0, 14, 26)]
    for contact in missed:
        await world.script(contact["contact"].lstrip("+"), REFUSED, repeat=False)
    list_id = await world.list_of(contacts)
    first = await world.invoke(list_id, throughput={"sms": {"mps": "10"}})
    assert await world.refusal("PUT", "/v1/invokes", {"retry_of": first}) == (400, "invoke-invalid-status")
    assert (await world.until_ended(first))["failed"] == 3
    await world.client.call("DELETE", f"/v1/lists/{list_id}")
    again = (await world.client.call("PUT", "/v1/invokes", {"retry_of": first}))["id"]
    assert (await world.until_ended(again))["completed"] == 3
    calls = await reached(world, contacts)
    assert {number for number, count in calls.items() if count == 2} == {contact["contact"] for contact in missed}
    assert sum(calls.values()) == 43
    detail = await world.client.call("GET", f"/v1/invokes/{again}")
    assert (detail["retry_of"], detail["list_id"]) == (first, list_id)
    assert detail["throughput"] == {"sms": {"mps": "10"}}
    assert [contact["contact"] for contact in detail["contacts"]] == [contact["contact"] for contact in missed]
    assert await world.client.call("GET", "/v1/credits") == {"balance": "999.60"}
    assert await world.refusal("PUT", "/v1/invokes", {"retry_of": again}) == (400, "invoke-invalid-list")
    assert await world.refusal("PUT", "/v1/invokes", {"retry_of": "99"}) == (404, "not-found")


async def test_a_retry_of_a_stopped_invoke_reaches_everybody_once(world: World) -> None:
    contacts = people(1500, orders=5)
    first = await world.invoke(await world.list_of(contacts), throughput={"sms": {"mps": "100"}})
    await world.until(first, 100)
    await change(world, first, status="stopped")
    progress = await world.until_ended(first)
    asked = {"retry_of": first, "throughput": {"sms": {"mps": "800"}}}
    again = (await world.client.call("PUT", "/v1/invokes", asked))["id"]
    assert (await world.until_ended(again))["completed"] == progress["stopped"]
    assert set((await reached(world, contacts)).values()) == {1}
    assert len(await times(world, contacts)) == 1500


async def test_the_story_of_a_message_with_two_deferrals(world: World) -> None:
    await world.script("447700900103", LATER, LATER, {"outcome": "accept"})
    message = await world.send("+447700900103")
    await world.message_until(message, "completed", "failed")
    story = await world.client.call("GET", f"/v1/messages/{message}/events")
    assert story["id"] == message
    assert [(event["type"], event["attempt"]) for event in story["events"]] == [
        ("message.accepted", "0"),
        ("delivery.deferred", "1"),
        ("delivery.deferred", "2"),
        ("delivery.accepted", "3"),
        ("message.completed", "3"),
    ]
    assert [event["error-code"] for event in story["events"]] == ["", "1", "1", "", ""]
    assert [event["at"] for event in story["events"]] == sorted(event["at"] for event in story["events"])
    assert all(isinstance(value, str) for event in story["events"] for value in event.values())
    assert await world.refusal("GET", "/v1/messages/999/events") == (404, "not-found")


async def test_the_story_of_a_message_of_an_invoke(world: World) -> None:
    contacts = people(3)
    invoke = await world.invoke(await world.list_of(contacts))
    await world.until_ended(invoke)
    await world.message_until(f"{invoke}-2", "completed")
    story = await world.client.call("GET", f"/v1/messages/{invoke}-2/events")
    assert [event["type"] for event in story["events"]] == [
        "invoke.accepted",
        "invoke.planned",
        "send.requested",
        "delivery.accepted",
        "message.completed",
    ]
    assert {event["provider"] for event in story["events"]} == {"twilio"}
