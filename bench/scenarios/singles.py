"""(c) Single PUT /v1/messages that come at fixed rates, whether or not those before are answered."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from itertools import count

from bench.floors import kafka
from bench.load import basic, encoded
from bench.meter import Spent, cpu_seconds, peaks_mb, spent
from bench.open_load import Answers, OpenLoad
from bench.result import BenchFailed, Figures, Result, named, percentiles
from bench.watch import visible, watching
from bench.world import Account, World
from dapi_common.events.invokes import MessageAccepted
from local_stack.client import ledger_of

RATES = (100, 300, 800)
"""Requests a second. The answer's target is at the last, that of accept-to-submit at the one before."""
SECONDS = 20.0
_WARM_SECONDS = 8.0
_FLOOR_SECONDS = 5.0
_TRANSACTIONS = 300
_PATIENCE = 60.0


def put(number: int) -> tuple[str, str, bytes]:
    """A request for one message."""
    arguments = {"from": "Dapi", "to": f"+4478{number:08}", "text": "Hi"}
    return "PUT", "/v1/messages", json.dumps({"provider": "nexmo", "type": "sms", "arguments": arguments}).encode()


def requests(account: Account, numbers: "count[int]") -> Callable[[], bytes]:
    """Encodes one message after the other."""
    user = basic(account.credentials)
    return lambda: encoded(user, *put(next(numbers)))


async def single_messages(world: World) -> Result:
    """(c) After a while in which the broker's and our own code warm up. CPU is by rate."""
    seconds = world.lasting(SECONDS)
    figures, cpu = Figures(), Figures()
    async with world.accounts(4) as accounts:
        numbers: count[int] = count()
        port = int(world.system.url.rpartition(":")[2])
        async with OpenLoad(port, [requests(account, numbers) for account in accounts]) as load:
            await load.run(RATES[1], min(_WARM_SECONDS, seconds))
            await visible(world)
            for rate in RATES:
                found, used = await _at(world, load, rate, seconds)
                figures |= named(found, f"_at_{rate}") | {f"cpu_us_per_message_at_{rate}": round(used.ours_us, 1)}
                cpu |= named(used.cpu_us, f"_at_{rate}")
    for rate in RATES:
        round_trips = await kafka.round_trips(world, rate, min(_FLOOR_SECONDS, seconds))
        figures |= named(percentiles(round_trips, "floor_kafka"), f"_at_{rate}")
    figures |= await kafka.transactions(world, world.scaled(_TRANSACTIONS, least=10))
    top, usual = (f"_at_{rate}" for rate in (RATES[-1], RATES[-2]))
    figures |= {"p99_ms": figures[f"put_p99_ms{top}"], "submit_p99_ms": figures[f"submit_p99_ms{usual}"]}
    return Result("c", figures, _ratios(), {**used.cpu_us, **cpu}, peaks_mb(world.system))


def _ratios() -> Mapping[str, tuple[str, str]]:
    """An answer and a submission each beside a record's way to the log and back at the same rate; CPU of a message
    beside that of a bare transaction."""
    pairs = [(what, cut, rate) for what in ("put", "submit") for cut in ("p50", "p99") for rate in RATES]
    waits = {
        f"{what}_{cut}_ratio_at_{rate}": (f"{what}_{cut}_ms_at_{rate}", f"floor_kafka_{cut}_ms_at_{rate}")
        for what, cut, rate in pairs
    }
    cpu = {f"cpu_ratio_at_{rate}": (f"cpu_us_per_message_at_{rate}", "floor_transaction_us") for rate in RATES}
    return waits | cpu


async def _at(world: World, load: OpenLoad, rate: float, seconds: float) -> tuple[Figures, Spent]:
    found = await passed(world, load, rate, seconds)
    times = percentiles(found.answers.seconds.get("", []), "put") | percentiles(found.waits, "submit")
    figures = times | _health(found.answers)
    world.out.print(f"{rate:g}/s: {figures}")
    return figures, found.used


@dataclass(frozen=True, slots=True)
class Passed:
    """What a rate of single messages came to. `waits`: seconds of each from the planner's acceptance to the provider's
    request. The answers' times count from when each request was due."""

    answers: Answers
    waits: list[float]
    used: Spent


async def passed(world: World, load: OpenLoad, rate: float, seconds: float) -> Passed:
    """Returns once every accepted message was submitted. Raises BenchFailed when one never is."""
    seen = len(await ledger_of(world.system.simulator_url))
    async with watching(world) as watch:
        before = cpu_seconds(world.system)
        answers = await load.run(rate, seconds)
        used = spent(before, cpu_seconds(world.system), max(1, answers.counts()[""]), seconds)
        accepted = {
            str(fact.arguments["to"]).lstrip("+"): fact.at
            for fact in await watch.until(MessageAccepted, len(answers.seconds.get("", [])))
        }
    submitted = await _submitted(world, seen, accepted.keys())
    return Passed(answers, [submitted[to] - at for to, at in accepted.items()], used)


def _health(answers: Answers) -> Figures:
    """What was not answered with 200; and how long this load itself stood still at most."""
    others = answers.counts().total() - answers.counts()[""]
    return {"refused": others + answers.unsent, "generator_lag_ms": round(answers.lag * 1000, 1)}


async def _submitted(world: World, seen: int, wanted: Set[str]) -> dict[str, float]:
    """When the provider first heard of each recipient, once it has heard of those who are wanted. Others may be among
    them: an API that is asked for too much answers some before it knows what becomes of them."""
    until = time.monotonic() + _PATIENCE
    while True:
        entries = await ledger_of(world.system.simulator_url, seen)
        found = {str(entry["to"]).lstrip("+"): float(entry["at"]) for entry in reversed(entries)}
        if wanted <= found.keys():
            return found
        if time.monotonic() > until:
            raise BenchFailed(f"{len(wanted - found.keys())} of {len(wanted)} messages not submitted")
        await asyncio.sleep(0.2)
