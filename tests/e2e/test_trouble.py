"""kill -9 in the middle of an invoke, and a provider that cannot be reached."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from local_stack.services import SIMULATOR, simulator_process
from local_stack.system import Credentials, System
from tests.e2e.api import World, assert_in_order, people, world_of

CONTACTS = 2000
CALLS_AT_ONCE = 256
"""Of one adapter's process."""


@pytest.fixture
async def world(system: System, account: Credentials) -> AsyncIterator[World]:
    async with world_of(system, account) as world:
        yield world


@pytest.mark.parametrize("victim", ["invoke-planner", "dispatcher", "provider-nexmo", "projector"])
async def test_kill_9_in_the_middle_of_an_invoke_loses_and_repeats_nobody(world: World, victim: str) -> None:
    contacts = people(CONTACTS, orders=4)
    invoke = await world.invoke(await world.list_of(contacts), throughput={"sms": {"mps": "400"}})
    await world.until(invoke, random.randint(100, 1200))
    world.system.supervisor.kill(victim)
    progress = await world.until_ended(invoke)
    submissions = await world.submissions(contacts)
    twice = [number for number, times in Counter(entry["to"].lstrip("+") for entry in submissions).items() if times > 1]
    assert twice == []
    assert_in_order(submissions, contacts)
    await world.statuses(invoke, {name: progress[name] for name in ("completed", "failed") if progress[name]})
    unknown = await _unknown(world, invoke)
    assert progress["completed"] + len(unknown) == CONTACTS
    assert progress["failed"] == len(unknown) <= (CALLS_AT_ONCE if victim == "provider-nexmo" else 0)
    taken = {entry["to"].lstrip("+") for entry in submissions}
    missing = {contact["contact"].lstrip("+") for contact in contacts} - taken
    assert missing <= unknown


async def _unknown(world: World, invoke: str) -> set[str]:
    """The numbers of which nobody knows whether the provider took them."""
    found = await world.client.call("GET", f"/v1/messages?invoke_id={invoke}&status=failed&limit=1000")
    assert {message["error-code"] for message in found["messages"]} <= {"delivery-unknown"}
    return {message["arguments"]["to"].lstrip("+") for message in found["messages"] if "to" in message["arguments"]} | {
        message["arguments"]["To"].lstrip("+") for message in found["messages"] if "To" in message["arguments"]
    }


async def test_a_message_to_a_provider_that_is_away_waits_and_goes_when_it_is_back(world: World) -> None:
    async with _no_simulator(world):
        message_id = await world.send("+447700900010")
        async with asyncio.timeout(30):
            while not (await world.message_until(message_id, "pending"))["attempts"]:
                await asyncio.sleep(0.1)
    assert (await world.message_until(message_id, "completed", "failed"))["status"] == "completed"


async def test_a_message_to_a_provider_that_stays_away_fails_at_its_deadline(world: World) -> None:
    async with _no_simulator(world):
        sent_at = time.monotonic()
        message_id = await world.send("+447700900011", ttl="3")
        message = await world.message_until(message_id, "failed", seconds=30)
    assert message["error-code"] == "expired"
    assert time.monotonic() - sent_at < 30


@asynccontextmanager
async def _no_simulator(world: World) -> AsyncIterator[None]:
    """Meanwhile nothing listens on its port; whatever happens, the other tests find it again."""
    supervisor, port = world.system.supervisor, int(world.system.simulator_url.rpartition(":")[2])
    await supervisor.stop(SIMULATOR)
    try:
        yield
    finally:
        await supervisor.start(simulator_process(port, bench=False))
        await supervisor.wait_ready(SIMULATOR)
