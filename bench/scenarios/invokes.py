"""(a) One invoke of 100,000 contacts; (b) 1,000 invokes of 100. One order, no ceiling, one provider."""

import time

from bench.meter import peaks_mb
from bench.result import Result, named, rounded
from bench.running import Task, bare_records_and_documents, beside_calls, tasks
from bench.watch import ends
from bench.world import Account, World
from local_stack.services import SERVICES

SLOW_MS = 50
RATIOS = {
    "cpu_ratio": ("cpu_us_per_message", "floor_cpu_us_per_call"),
    "rate_ratio": ("messages_per_s", "floor_calls_per_s"),
    "kafka_ratio": ("messages_per_s", "floor_kafka_messages_per_s"),
    "mongo_ratio": ("messages_per_s", "floor_mongo_messages_per_s"),
}
SLOW_RATIOS = {
    "cpu_ratio_50ms": ("cpu_us_per_message_50ms", "floor_cpu_us_per_call_50ms"),
    "rate_ratio_50ms": ("messages_per_s_50ms", "floor_calls_per_s_50ms"),
}


async def one_invoke(world: World) -> Result:
    """(a) At a provider that answers at once, then at one that takes 50 ms. Memory is the peak over both."""
    contacts = world.scaled(100_000, least=200)
    async with world.accounts(2) as (first, second):
        start = await ends(world)
        added, quick = await _listed(world, first, contacts)
        found, figures = await beside_calls(world, [quick])
        floors = await bare_records_and_documents(world, start, contacts)
        _, late = await _listed(world, second, contacts)
        async with world.latency(SLOW_MS):
            slow, more = await beside_calls(world, [late])
    memory = peaks_mb(world.system)
    whole = {
        **figures,
        **named(more, "_50ms"),
        "contacts_added_s": added,
        "rss_peak_mb": max(memory[name] for name in SERVICES),
        **floors,
    }
    cpu = {**found.cpu_us, **named(slow.cpu_us, "_50ms")}
    return Result("a", rounded(whole), {**RATIOS, **SLOW_RATIOS}, cpu, memory)


async def _listed(world: World, account: Account, contacts: int) -> tuple[float, Task]:
    """A list, and how long it took to be filled, in requests of 10,000."""
    people = [world.contact() for _ in range(contacts)]
    started = time.monotonic()
    task = Task(account, await account.list_of(people), contacts)
    return time.monotonic() - started, task


async def many_invokes(world: World) -> Result:
    """(b)"""
    invokes, contacts = world.scaled(1000, least=2), 100
    async with world.accounts(1) as accounts:
        chosen = await tasks(world, accounts, invokes, contacts)
        start = await ends(world)
        found, figures = await beside_calls(world, chosen)
        floors = await bare_records_and_documents(world, start, invokes * contacts)
    return Result("b", rounded({**figures, **floors}), RATIOS, found.cpu_us, peaks_mb(world.system))
