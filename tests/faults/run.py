"""One run: load on, faults, load off, quiet, and then what is left is looked at."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from tests.faults.blur import watched
from tests.faults.checks import results
from tests.faults.crowd import Crowd
from tests.faults.faults import PROVIDER, Fault
from tests.faults.inject import Injector
from tests.faults.report import Report
from tests.faults.world import USED, World, faulty_world
from tests.faults.writing import Counts

CALM = 3.0
"""Seconds of load before the first fault, and after the last."""
SHOWN = 20
"""Lines of each kind of trouble."""
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """`quiet`: for so many seconds nothing has to change before what is pending is taken to be so for ever."""

    seed: int
    faults: Sequence[Fault]
    seconds: float
    quiet: float = 60.0


async def run(plan: Plan, data: Path, say: Say) -> Report:
    """Raises what a broken harness raises; what the system does wrong is in the report."""
    async with faulty_world(data) as world, watched(world.system.simulator_url) as blur, AsyncExitStack() as stack:
        crowd = Crowd(world, Counts())
        await crowd.join(stack, plan.seed)
        say(f"seed {plan.seed}: {len(plan.faults)} faults in {plan.seconds:.0f} s; logs in {data / 'logs'}")
        injector = Injector(world.owners, world.proxies)
        await _under_fire(plan, crowd, injector, world, say)
        facts = await crowd.facts(plan.quiet, injector.done, blur)
        found = results(facts)
        for name, lines in (*found.items(), ("refused", crowd.counts.refusals)):
            for line in lines[:SHOWN]:
                say(f"{name}: {line}")
        return Report.of(plan.seed, plan.seconds / 60, facts, found, crowd.counts)


async def _under_fire(plan: Plan, crowd: Crowd, injector: Injector, world: World, say: Say) -> None:
    over = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(crowd.ask(over.is_set))
        reporting = tasks.create_task(_receipts(crowd, world))
        await asyncio.sleep(CALM)
        started = time.monotonic()
        async with asyncio.TaskGroup() as injecting:
            for fault in plan.faults:
                await asyncio.sleep(max(0.0, started + fault.at - time.monotonic()))
                say(f"{fault}  ({crowd.accepted()} accepted)")
                injecting.create_task(injector.inject(fault))
            await asyncio.sleep(max(0.0, started + plan.seconds - time.monotonic()))
        await injector.mend()
        for name in USED:
            await world.system.supervisor.wait_ready(name, timeout=120)
        await asyncio.sleep(CALM)
        over.set()
        reporting.cancel()


async def _receipts(crowd: Crowd, world: World) -> None:
    """Each life of the simulator is told anew that it reports what it delivers."""
    life = -1
    while True:
        if (exits := world.owners[PROVIDER].exits(PROVIDER)) != life:
            with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
                await crowd.report_receipts()
                life = exits
        await asyncio.sleep(0.2)
