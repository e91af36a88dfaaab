"""(g) Strict order: lists in which everybody has an order of their own, so that each waits for the answer of the one
before. What a step of such a chain takes beyond the provider's own time, for 1 chain to 1,000 at once."""

from itertools import pairwise
from statistics import median

from bench.floors import kafka
from bench.meter import peaks_mb
from bench.result import BenchFailed, Figures, Result, percentiles, rounded
from bench.running import bare_calls, run, tasks
from bench.world import World
from local_stack.client import JSON, ledger_of

CHAINS = (1, 10, 100, 1000)
PROVIDER_MS = 50
"""What the provider takes for its answer."""
_FLOOR_RATE, _FLOOR_SECONDS = 20.0, 5.0


async def chains(world: World) -> Result:
    """(g) CPU by process is that of the most chains."""
    orders = world.scaled(100, least=4)
    figures: Figures = {}
    ratios = dict(_RATIOS)
    async with world.accounts(1) as accounts, world.latency(PROVIDER_MS):
        for at_once in CHAINS:
            if at_once <= world.scaled(CHAINS[-1], least=10):
                chosen = await tasks(world, accounts, at_once, orders, orders)
                seen = len(await ledger_of(world.system.simulator_url))
                found = await run(world, chosen, "strict")
                steps = beyond(await ledger_of(world.system.simulator_url, seen), orders, PROVIDER_MS / 1000)
                figures |= percentiles(steps, f"step_of_{at_once}")
                figures[f"messages_per_s_of_{at_once}"] = found.per_second
                ratios |= _ratios(at_once)
    trips = await kafka.round_trips(world, _FLOOR_RATE, world.lasting(_FLOOR_SECONDS))
    figures |= percentiles(trips, "floor_kafka") | await bare_calls(world, world.scaled(10_000))
    figures |= {"step_ms": figures["step_of_1_p50_ms"], "p99_ms": figures["step_of_1_p99_ms"]}
    figures |= {"messages_per_s": found.per_second, "cpu_us_per_message": found.ours_us}
    return Result("g", rounded(figures), ratios, found.cpu_us, peaks_mb(world.system))


_RATIOS = {
    "step_ratio": ("step_ms", "floor_kafka_p50_ms"),
    "cpu_ratio": ("cpu_us_per_message", "floor_cpu_us_per_call"),
    "rate_ratio": ("messages_per_s", "floor_calls_per_s"),
}


def _ratios(chains: int) -> dict[str, tuple[str, str]]:
    return {
        f"rate_ratio_of_{chains}": (f"messages_per_s_of_{chains}", "floor_calls_per_s"),
        **{
            f"step_{part}_ratio_of_{chains}": (f"step_of_{chains}_{part}_ms", f"floor_kafka_{part}_ms")
            for part in ("p50", "p99")
        },
    }


def beyond(entries: list[JSON], orders: int, provider: float) -> list[float]:
    """Seconds between the provider's answer to one link of a chain and its next request, from a ledger in which each
    chain has `orders` consecutive numbers. Raises BenchFailed for a link before its turn."""
    at = {int(entry["to"].lstrip("+")): float(entry["at"]) for entry in entries}
    first = min(at)
    links = [(one, other) for one, other in pairwise(sorted(at)) if (other - first) % orders]
    steps = [at[other] - at[one] - provider for one, other in links]
    if min(steps) < -0.001:
        raise BenchFailed(f"a link went {-min(steps):.3f} s before its turn; {median(steps):.3f} is usual")
    return steps
