"""What one account has queued, and what hangs at its provider, hold nobody else of its partition up. Shown by what
comes before what, not by times: were the other account behind it, it would be served when all of that is over."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest

from dapi_common.bus.partition import partition_of
from local_stack.system import Credentials, System
from simulator.scripts import EVERYBODY
from tests.e2e.api import World, people, world_of

PARTITIONS = 4
MESSAGES = 20
HANGING = {"outcome": "hang", "seconds": 60.0}


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Two accounts of one partition."""

    greedy: World
    modest: World

    async def messages_of_the_modest_one(self, first: int) -> None:
        """Returns once the provider has taken all of them."""
        numbers = [f"+4478{first + n:08}" for n in range(MESSAGES)]
        for number in numbers:
            await self.modest.script(number, {"outcome": "accept"})
        sent = await asyncio.gather(*(self.modest.send(number) for number in numbers))
        await asyncio.gather(*(self.modest.message_until(message, "completed") for message in sent))

    async def pending(self, invoke: str) -> int:
        """How many of the greedy one's have no outcome."""
        return (await self.greedy.counts(invoke))[1]["pending"]


@pytest.fixture
async def neighbours(system: System, account: Credentials) -> AsyncIterator[Neighbours]:
    async with AsyncExitStack() as stack:
        other = await _beside(system, account)
        greedy = await stack.enter_async_context(world_of(system, account))
        modest = await stack.enter_async_context(world_of(system, other))
        yield Neighbours(greedy, modest)


async def _beside(system: System, account: Credentials) -> Credentials:
    """Another account of the same partition."""
    while _partition(other := await system.create_account()) != _partition(account):
        pass
    return other


def _partition(account: Credentials) -> int:
    return partition_of(account.user_id.encode(), PARTITIONS)


async def test_what_one_account_has_queued_holds_nobody_up(neighbours: Neighbours) -> None:
    contacts = people(5000)
    throughput = {"sms": {"mps": "10"}}  # eight minutes of it
    invoke = await neighbours.greedy.invoke(await neighbours.greedy.list_of(contacts), throughput=throughput)
    await neighbours.greedy.until(invoke, 10)
    await neighbours.messages_of_the_modest_one(1_000)
    assert await neighbours.pending(invoke) > 4000
    await neighbours.greedy.client.call("POST", f"/v1/invokes/{invoke}", {"status": "stopped"})


async def test_what_hangs_at_a_provider_holds_nobody_up(neighbours: Neighbours) -> None:
    contacts = people(2000)[::2]  # of one provider, through which the other account sends, too: rounds of 10 s
    await neighbours.greedy.script(EVERYBODY, HANGING)
    invoke = await neighbours.greedy.invoke(await neighbours.greedy.list_of(contacts))
    async with asyncio.timeout(60):
        while len(await neighbours.greedy.submissions(contacts)) < 100:
            await asyncio.sleep(0.1)
    await neighbours.messages_of_the_modest_one(2_000)
    assert await neighbours.pending(invoke) > 200
    await neighbours.greedy.script(EVERYBODY, {"outcome": "accept"})
    await neighbours.greedy.client.call("POST", f"/v1/invokes/{invoke}", {"status": "stopped"})
