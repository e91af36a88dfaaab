"""`overload`: what the API does when twice as much is asked of it as it can do.

The peak is what connections that wait for their answers get; the load that follows waits for nobody."""

import asyncio
from itertools import count

from bench.load import load
from bench.meter import resident
from bench.open_load import Answers, OpenLoad
from bench.result import BenchFailed, Figures, Result, percentiles
from bench.scenarios.singles import put, requests
from bench.world import Account, World
from local_stack.services import GATEWAY

ACCOUNTS = 4
CONNECTIONS = 80
TIMES = 2.0
REFUSALS = ("rate-limited", "overloaded")
PEAK_SECONDS = 20.0
SECONDS = 60.0
_WARM_SECONDS = 15.0


async def overload(world: World) -> Result:
    """A minute of it at size 1. Raises BenchFailed when that was none."""
    seconds, numbers = SECONDS * world.size, count()
    peak_seconds, warm_seconds = (min(each, seconds) for each in (PEAK_SECONDS, _WARM_SECONDS))
    port = int(world.system.url.rpartition(":")[2])
    async with world.accounts(ACCOUNTS) as accounts:
        await _peak(port, accounts, warm_seconds, numbers)  # a broker's first seconds are its compiler's
        peak = await _peak(port, accounts, peak_seconds, numbers)
        world.out.print(f"{CONNECTIONS} connections that wait: {peak:.0f}/s")
        async with OpenLoad(port, [requests(account, numbers) for account in accounts]) as flood:
            await flood.run(TIMES * peak, warm_seconds)
            before = resident(world.system)
            answers = await flood.run(TIMES * peak, seconds)
    growth = _growth(before, resident(world.system), world)
    return Result("overload", _figures(peak, answers, seconds, world) | growth)


async def _peak(port: int, accounts: list[Account], seconds: float, numbers: "count[int]") -> float:
    loads = (
        load(port, account.credentials, map(put, numbers), CONNECTIONS // len(accounts), seconds)
        for account in accounts
    )
    return sum(rate.per_second for rate in await asyncio.gather(*loads))


def _figures(peak: float, answers: Answers, seconds: float, world: World) -> Figures:
    counts = answers.counts()
    world.out.print(f"{TIMES:g} times that, waiting for nobody: {dict(counts)}, {answers.unsent} not sent")
    refused = [time for code in REFUSALS for time in answers.seconds.get(code, [])]
    if len(refused) < 100 or counts[""] < 100:
        raise BenchFailed(f"that was no overload: {dict(counts)}")
    goodput = counts[""] / seconds
    return {
        "peak_per_s": round(peak, 1),
        "offered_per_s": round(counts.total() / seconds, 1),
        "goodput_per_s": round(goodput, 1),
        "ratio": round(goodput / peak, 3),
        "answered_p99_ms": percentiles(answers.seconds[""], "answered")["answered_p99_ms"],
        "refused_p99_ms": percentiles(refused, "refused")["refused_p99_ms"],
        "generator_lag_ms": round(answers.lag * 1000, 1),
        "late": counts.total() - counts[""] - len(refused) + answers.unsent,
    }


def _growth(before: dict[str, int], after: dict[str, int], world: World) -> Figures:
    for name, size in after.items():
        world.out.print(f"  {name:<36} {before[name] / 1e6:6.0f} MB, then {size / 1e6:6.0f} MB")
    return {"memory_growth": round(after[GATEWAY] / before[GATEWAY], 3)}
