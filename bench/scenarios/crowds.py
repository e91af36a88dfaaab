"""(f) The same messages from 1, 10, 100 and 1,000 accounts at once."""

from bench.meter import Spent, peaks_mb
from bench.result import Figures, Result, rounded
from bench.running import bare_calls, run, tasks
from bench.world import World

CROWDS = (1, 10, 100, 1000)
_LEAST_EACH = 5
"""Messages of an account: of fewer, the figures would say what accounts cost."""


async def crowds(world: World) -> Result:
    """(f) CPU by process is that of the largest crowd."""
    messages = world.scaled(20_000, least=100)
    figures: Figures = {}
    ratios = dict(RATIOS)
    for accounts in CROWDS:
        if accounts * _LEAST_EACH <= messages:
            found = await of_accounts(world, accounts, messages)
            figures |= {
                f"messages_per_s_of_{accounts}": found.per_second,
                f"cpu_us_per_message_of_{accounts}": found.ours_us,
            }
            ratios |= {
                f"{name}_of_{accounts}": (f"{figure}_of_{accounts}", floor) for name, (figure, floor) in RATIOS.items()
            }
            largest = accounts
    floor = await bare_calls(world, messages)
    rate, cpu = figures[f"messages_per_s_of_{largest}"], figures[f"cpu_us_per_message_of_{largest}"]
    growth = cpu / figures["cpu_us_per_message_of_1"]
    whole = {**figures, **floor, "messages_per_s": rate, "cpu_us_per_message": cpu, "cpu_growth": growth}
    return Result("f", rounded(whole), ratios, found.cpu_us, peaks_mb(world.system))


RATIOS = {
    "cpu_ratio": ("cpu_us_per_message", "floor_cpu_us_per_call"),
    "rate_ratio": ("messages_per_s", "floor_calls_per_s"),
}


async def of_accounts(world: World, accounts: int, messages: int, invokes: int = 1) -> Spent:
    """So many messages in all, so many invokes an account, all at once."""
    async with world.accounts(accounts) as opened:
        return await run(world, await tasks(world, opened, invokes, messages // accounts // invokes))
