"""(e) GETs by id, and pages, of an account with 10,000 messages and of one with 1,000,000."""

import random
import time
from collections.abc import Awaitable, Callable, Iterator
from statistics import median

from bench.floors import mongo
from bench.history import write_history
from bench.load import Request, load
from bench.meter import cpu_seconds, peaks_mb, spent
from bench.result import BenchFailed, Figures, Result, named, rounded
from bench.world import Account, World

FEW, MANY = 10_000, 1_000_000
CONNECTIONS = 20
SECONDS = 10.0
_PAGE = 100
_DEEP = 1000
"""The page that is far from the first, where there are so many."""
_TIMES = 50


async def reads(world: World) -> Result:
    """(e) CPU by process is that of a GET by id beside the long history."""
    figures: Figures = {}
    async with world.accounts(2) as accounts:
        for name, full, account in zip(("10k", "1m"), (FEW, MANY), accounts, strict=True):
            messages = world.scaled(full, least=300)
            projected = await write_history(world, account, messages)
            found, cpu = await _of(world, account, messages)
            figures |= named({**found, "projected_per_s": projected, "messages": messages}, f"_{name}")
    figures |= {
        "get_growth": figures["get_p50_ms_1m"] / figures["get_p50_ms_10k"],
        "page_growth": figures["page_ms_1m"] / figures["page_ms_10k"],
        "deep_page_growth": figures["deep_page_ms_1m"] / figures["page_ms_1m"],
        "get_per_s": figures["get_per_s_1m"],
    }
    return Result("e", rounded(figures), _ratios(), cpu, peaks_mb(world.system))


def _ratios() -> dict[str, tuple[str, str]]:
    pairs = {
        "get_ratio": ("get_per_s", "floor_find_per_s"),
        **{f"get_{part}_ratio": (f"get_{part}_ms", f"floor_find_{part}_ms") for part in ("p50", "p99", "p999")},
        **{f"{page}_ratio": (f"{page}_ms", "floor_page_ms") for page in ("page", "deep_page", "filtered_page")},
    }
    return {
        f"{ratio}_{name}": (f"{figure}_{name}", f"{floor}_{name}")
        for name in ("10k", "1m")
        for ratio, (figure, floor) in pairs.items()
    }


async def _of(world: World, account: Account, messages: int) -> tuple[Figures, dict[str, float]]:
    seconds, times = world.lasting(SECONDS), world.scaled(_TIMES, least=5)
    port = int(world.system.url.rpartition(":")[2])
    before, started = cpu_seconds(world.system), time.monotonic()
    got = await load(port, account.credentials, _gets(messages), CONNECTIONS, seconds)
    used = spent(before, cpu_seconds(world.system), len(got.times), time.monotonic() - started)
    after = max(messages - _PAGE * (_DEEP - 1), _PAGE) + 1
    user = account.credentials.user_id
    figures = {
        **got.figures("get"),
        "page_ms": await _page_ms(account, "/v1/messages", times),
        "deep_page_ms": await _page_ms(account, f"/v1/messages?after={after}", times),
        "filtered_page_ms": await _page_ms(account, "/v1/messages?provider=nexmo", times),
        **await mongo.found_by_id(world, lambda: f"{user}/{_any(messages)}", CONNECTIONS, seconds / 2),
        "floor_page_ms": await mongo.page_ms(world, user, messages, times),
    }
    world.out.print(f"of {messages}: {rounded(figures)}")
    return figures, used.cpu_us


def _any(messages: int) -> int:
    return random.randint(1, messages)


def _gets(messages: int) -> Iterator[Request]:
    while True:
        yield "GET", f"/v1/messages/{_any(messages)}", b""


async def _page_ms(account: Account, path: str, times: int) -> float:
    """The usual milliseconds."""

    async def page() -> None:
        found = len((await account.client.call("GET", path))["messages"])
        if found != _PAGE:
            raise BenchFailed(f"a page of {found} messages")

    return await _usual_ms(page, times)


async def _usual_ms(work: Callable[[], Awaitable[None]], times: int) -> float:
    taken: list[float] = []
    for _ in range(times):
        started = time.perf_counter()
        await work()
        taken.append((time.perf_counter() - started) * 1000)
    return median(taken)
