"""On the real system: an invoke contacts the list as it stood, whatever is edited meanwhile; and order holds over a
thousand random lists at once."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Iterable
from typing import TypeVar

import pytest

from local_stack.contacts import Contact
from local_stack.system import Credentials, System
from tests.e2e.api import World, assert_in_order, people, world_of

T = TypeVar("T")

LISTS = 1000
AT_ONCE = 32


@pytest.fixture
async def world(system: System, account: Credentials) -> AsyncIterator[World]:
    async with world_of(system, account) as world:
        yield world


async def test_edits_during_a_run_change_nothing_of_it(world: World) -> None:
    contacts, strangers = people(200, orders=4), people(20)
    list_id = await world.list_of(contacts)
    invoke = await world.invoke(list_id, throughput={"sms": {"mps": "20"}})
    path = f"/v1/lists/{list_id}/contacts"
    await world.until(invoke, 20)
    changes = (world.client.call("POST", f"{path}/{150 + n}", dict(one)) for n, one in enumerate(strangers))
    await asyncio.gather(*changes, *(world.client.call("DELETE", f"{path}/{n}") for n in range(170, 190)))
    await world.client.call("PUT", path, {"contacts": [dict(contact) for contact in people(10)]})
    status, _ = await world.counts(invoke)
    assert status == "running", "the edits came too late to show anything"
    assert (await world.until_ended(invoke))["completed"] == 200
    submissions = await world.submissions(contacts)
    assert sorted(entry["to"].lstrip("+") for entry in submissions) == sorted(
        contact["contact"].lstrip("+") for contact in contacts
    )
    assert_in_order(submissions, contacts)
    assert await world.submissions(strangers) == []
    planned = await world.contacts(invoke)
    assert [contact["contact"] for contact in planned] == [contact["contact"] for contact in contacts]


async def test_order_holds_over_a_thousand_random_lists_at_once(world: World) -> None:
    pool = iter(people(LISTS * 5))
    lists = [[_at_random(next(pool)) for _ in range(random.randint(1, 5))] for _ in range(LISTS)]
    invokes = await _in_turns(_started(world, contacts) for contacts in lists)
    progress = await _in_turns(world.until_ended(invoke, seconds=200) for invoke in invokes)
    assert sum(counts["completed"] for counts in progress) == sum(map(len, lists))
    everybody = [contact for contacts in lists for contact in contacts]
    by_number: dict[str, list[dict[str, object]]] = {}
    for entry in await world.submissions(everybody):
        by_number.setdefault(entry["to"].lstrip("+"), []).append(entry)
    assert all(len(entries) == 1 for entries in by_number.values())
    for contacts in lists:
        own = [entry for contact in contacts for entry in by_number[contact["contact"].lstrip("+")]]
        assert_in_order(own, contacts)


def _at_random(contact: Contact) -> Contact:
    return {**contact, "order": str(random.randint(0, 3))}


async def _started(world: World, contacts: list[Contact]) -> str:
    return await world.invoke(await world.list_of(contacts))


async def _in_turns(work: Iterable[Awaitable[T]]) -> list[T]:
    """All of it, some at once."""
    places = asyncio.Semaphore(AT_ONCE)

    async def one(task: Awaitable[T]) -> T:
        async with places:
            return await task

    return await asyncio.gather(*map(one, work))
