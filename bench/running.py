"""Invokes from their acceptance to all of their messages answered and visible, and what that took."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from bench.floors import http, kafka, mongo
from bench.meter import Spent, cpu_seconds, spent
from bench.result import BenchFailed, Figures
from bench.watch import Offsets, visible, watching
from bench.world import Account, World, in_turns
from dapi_common.events.invokes import InvokeCompleted
from local_stack.contacts import Contact
from local_stack.demo import OFFERS
from local_stack.services import SIMULATOR

_INVOKES_AT_ONCE = 32
_FLOOR_CALLS = 10_000
_FEWEST_CALLS = 3000
"""Fewer say more of how a client sets off."""
_CALLS = 100_000
"""Of which a world has its share at least, were it fewer: one so small shows that all works, and measures nothing."""


@dataclass(frozen=True, slots=True)
class Task:
    """A list of an account that is to be invoked."""

    account: Account
    list_id: str
    contacts: int

    async def invoke(self, ordering: str = "first-attempt") -> None:
        """Returns when it is accepted."""
        body = {"list_id": self.list_id, "providers": [OFFERS[0]], "ordering": ordering}
        await self.account.client.call("PUT", "/v1/invokes", body)


async def tasks(world: World, accounts: Sequence[Account], each: int, contacts: int, orders: int = 1) -> list[Task]:
    """So many lists for each account, each with so many contacts, in so many orders."""

    def wanted(account: Account) -> "_Wanted":
        return _Wanted(account, [world.contact(1 + n % orders) for n in range(contacts)])

    return await in_turns([wanted(account).task for account in accounts for _ in range(each)])


@dataclass(frozen=True, slots=True)
class _Wanted:
    account: Account
    contacts: list[Contact]

    async def task(self) -> Task:
        return Task(self.account, await self.account.list_of(self.contacts), len(self.contacts))


async def run(world: World, chosen: Sequence[Task], ordering: str = "first-attempt") -> Spent:
    """All of them at once. The clock starts when the first is accepted, CPU counts from before that. Raises
    BenchFailed when a message was not taken by the provider."""
    messages = sum(task.contacts for task in chosen)
    async with watching(world) as watch:
        before = cpu_seconds(world.system)
        await chosen[0].invoke(ordering)
        accepted = time.monotonic()
        await in_turns([partial(task.invoke, ordering) for task in chosen[1:]], _INVOKES_AT_ONCE)
        await watch.until(InvokeCompleted, len(chosen))
        done = await visible(world)
        found = spent(before, cpu_seconds(world.system), messages, done - accepted)
        if watch.completed() != messages:
            raise BenchFailed(f"{watch.completed()} of {messages} messages completed")
    world.out.print(
        f"{messages} messages of {len(chosen)} invokes: {found.per_second:.0f}/s, {found.ours_us:.0f} µs each"
    )
    return found


async def beside_calls(world: World, chosen: Sequence[Task]) -> tuple[Spent, Figures]:
    """The invokes, and the bare HTTP client before and after them: a machine whose speed changes changes it for
    both."""
    messages = sum(task.contacts for task in chosen)
    before = await bare_calls(world, messages)
    found = await run(world, chosen)
    after = await bare_calls(world, messages)
    floor = {name: (before[name] + after[name]) / 2 for name in before}
    figures = {
        "messages_per_s": found.per_second,
        "cpu_us_per_message": found.ours_us,
        "simulator_us_per_call": found.cpu_us[SIMULATOR],
        **floor,
    }
    return found, figures


async def bare_calls(world: World, calls: int) -> Figures:
    """What aiohttp's client alone does with the same simulator, in about so many calls."""
    fewest = min(_FEWEST_CALLS, world.scaled(_CALLS, least=200))
    within = min(max(calls, fewest), _FLOOR_CALLS)
    found = await http.alone(f"{world.system.simulator_url}/sms/json", within)
    world.out.print(f"aiohttp alone: {found['calls_per_s']:.0f} calls/s, {found['cpu_us_per_call']:.0f} µs each")
    return {f"floor_{name}": value for name, value in found.items()}


async def bare_records_and_documents(world: World, start: Offsets, messages: int) -> Figures:
    """What aiokafka and the driver alone do with what so many messages have left since `start`."""
    sample = await kafka.records_since(world, start)
    return await kafka.produced_and_consumed(world, sample, messages) | await mongo.bulk_written(world, messages)
