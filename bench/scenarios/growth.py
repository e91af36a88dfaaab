"""What a message costs when there is more of everything around it: each time the same messages, once with little and
once with much of it, in one run."""

from bench.history import write_history
from bench.load import load
from bench.meter import Spent, peaks_mb
from bench.result import Figures, Result, named, rounded
from bench.running import run, tasks
from bench.scenarios.crowds import of_accounts
from bench.scenarios.singles import put
from bench.world import LIMITS, World, fresh_world

CONNECTIONS = 32
_SLOWEST = {**LIMITS, "mps": "1"}
"""An account whose messages wait."""


async def growth(world: World) -> Result:
    """CPU of all of ours for a message, with much over with little, and which processes took it; the first run is not
    counted, for it warms up."""
    messages = world.scaled(10_000, least=100)
    await of_accounts(world, 1, messages)
    plain = await of_accounts(world, 1, messages)
    pairs = {"partitions": (plain, await _partitions(world, messages))}
    pairs["list"] = await _lists(world, messages), await of_accounts(world, 1, messages)
    invokes = messages // 10
    alone = await of_accounts(world, 1, messages, invokes)
    pairs["accounts"] = alone, await of_accounts(world, invokes, messages)
    pairs["history"] = await of_accounts(world, 1, messages), await _history(world, messages)
    pairs["queued"] = await of_accounts(world, 1, messages), await _queued(world, messages)
    figures: Figures = {"cpu_us_per_message": plain.ours_us}
    cpu: Figures = {}
    for what, (little, much) in pairs.items():
        figures[f"{what}_growth"] = much.ours_us / little.ours_us
        figures |= {f"{what}_little_us": little.ours_us, f"{what}_much_us": much.ours_us}
        cpu |= named(little.cpu_us, f"_{what}_little") | named(much.cpu_us, f"_{what}_much")
    return Result("growth", rounded(figures), {}, cpu, peaks_mb(world.system))


async def _lists(world: World, messages: int) -> Spent:
    """The same messages from lists of a hundredth of the size, one after the other in one account."""
    async with world.accounts(1) as accounts:
        chosen = await tasks(world, accounts, 100, messages // 100)
        return await run(world, chosen)


async def _history(world: World, messages: int) -> Spent:
    """After many messages more in the log and in the store, of another account."""
    async with world.accounts(1) as accounts:
        await write_history(world, accounts[0], world.scaled(300_000, least=1000))
    return await of_accounts(world, 1, messages)


async def _queued(world: World, messages: int) -> Spent:
    """While many messages of another account wait for its ceiling."""
    waiting = (put(number) for number in range(world.scaled(10_000, least=100)))
    async with world.accounts(1, _SLOWEST) as accounts:
        port = int(world.system.url.rpartition(":")[2])
        await load(port, accounts[0].credentials, waiting, CONNECTIONS)
        return await of_accounts(world, 1, messages)


async def _partitions(world: World, messages: int) -> Spent:
    """In a system of its own, with as many partitions as a process should have at most (docs/performance.md)."""
    async with fresh_world(world.size, world.out, partitions=24) as wide:
        await of_accounts(wide, 1, messages)
        return await of_accounts(wide, 1, messages)
