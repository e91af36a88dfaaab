"""`make bench SCENARIO=overload`: what the API does when twice as much is asked of it as it can do. The last line is
one JSON object.

The peak is what connections that wait for their answers get; the load that follows waits for nobody."""

import asyncio
import json
import os
from base64 import b64encode
from itertools import count
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory

from rich.console import Console

from local_stack.api_bench import CONNECTIONS
from local_stack.backends import backends
from local_stack.bench import LIMITS, BenchFailed
from local_stack.client import client_of
from local_stack.demo import PROVIDERS
from local_stack.load import Request, encoded, load
from local_stack.open_load import Answers, Encoded, OpenLoad
from local_stack.services import GATEWAY, SERVICES
from local_stack.system import Credentials, System, running_system

ACCOUNTS = 4
TIMES = 2.0
REFUSALS = ("rate-limited", "overloaded")
PEAK_SECONDS = 20.0
_WARM_SECONDS = 15.0
_numbers = count()


async def overload_bench(out: Console, seconds: float) -> int:
    """The exit code. `seconds` of overload. Raises BenchFailed."""
    with TemporaryDirectory() as folder:
        async with (
            backends(Path(folder), os.environ) as found,
            running_system(found, Path(folder), bench=True) as system,
        ):
            accounts = [await _account(system) for _ in range(ACCOUNTS)]
            port = int(system.url.rpartition(":")[2])
            await _peak(port, accounts, _WARM_SECONDS)  # a broker's first seconds are its compiler's
            peak = await _peak(port, accounts, PEAK_SECONDS)
            out.print(f"{CONNECTIONS} connections that wait: {peak:.0f}/s")
            async with OpenLoad(port, [_requests(account) for account in accounts]) as flood:
                await flood.run(TIMES * peak, _WARM_SECONDS)
                before = memory(system)
                answers = await flood.run(TIMES * peak, seconds)
            figures = _figures(peak, answers, seconds, out) | _growth(before, memory(system), out)
    print(json.dumps(figures))
    return 0


async def _account(system: System) -> Credentials:
    credentials = await system.create_account(*LIMITS)
    async with client_of(system.url, credentials) as client:
        await client.call("PUT", "/v1/providers/nexmo", dict(PROVIDERS["nexmo"]))
    return credentials


async def _peak(port: int, accounts: list[Credentials], seconds: float) -> float:
    loads = (load(port, account, put, CONNECTIONS // len(accounts), seconds) for account in accounts)
    return sum(rate.per_second for rate in await asyncio.gather(*loads))


def put() -> tuple[str, str, bytes]:
    arguments = {"from": "Dapi", "to": f"+4478{next(_numbers):08}", "text": "Hi"}
    return "PUT", "/v1/messages", json.dumps({"provider": "nexmo", "type": "sms", "arguments": arguments}).encode()


def _requests(account: Credentials, request: Request = put) -> Encoded:
    user = b64encode(f"{account.user_id}:{account.user_secret}".encode()).decode()
    return lambda: encoded(user, *request())


def _figures(peak: float, answers: Answers, seconds: float, out: Console) -> dict[str, float]:
    counts = answers.counts()
    out.print(f"{TIMES:g} times that, waiting for nobody: {dict(counts)}, {answers.unsent} not sent")
    refused = [time for code in REFUSALS for time in answers.seconds.get(code, [])]
    if len(refused) < 100 or counts[""] < 100:
        raise BenchFailed(f"that was no overload: {dict(counts)}")
    goodput = counts[""] / seconds
    return {
        "peak_per_s": round(peak, 1),
        "offered_per_s": round(counts.total() / seconds, 1),
        "goodput_per_s": round(goodput, 1),
        "ratio": round(goodput / peak, 3),
        "answered_p99_ms": _p99(answers.seconds[""]),
        "refused_p99_ms": _p99(refused),
        "generator_lag_ms": round(answers.lag * 1000, 1),
        "late": counts.total() - counts[""] - len(refused) + answers.unsent,
    }


def _p99(seconds: list[float]) -> float:
    return round(quantiles(seconds, n=100)[98] * 1000, 1)


def _growth(before: dict[str, int], after: dict[str, int], out: Console) -> dict[str, float]:
    for name, size in after.items():
        out.print(f"  {name:<36} {before[name] / 1e6:6.0f} MB, then {size / 1e6:6.0f} MB")
    return {"memory_growth": round(after[GATEWAY] / before[GATEWAY], 3)}


def memory(system: System) -> dict[str, int]:
    """The resident bytes of every service (Linux)."""
    page = os.sysconf("SC_PAGE_SIZE")
    pids = {name: system.supervisor.pid(name) for name in SERVICES}
    return {name: int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * page for name, pid in pids.items()}
