"""`make faults SEED= MINUTES=`: the long run. The last line is one JSON object; the exit code is 0 when all is well, or
when it was told to stop, which ends all that it started."""

import argparse
import asyncio
import logging
import sys
from pathlib import Path
from random import Random
from tempfile import mkdtemp

from local_stack.__main__ import until_told_to_stop
from tests.faults.faults import LONG, SHORT, at_random, every_fault_once
from tests.faults.run import Plan, run

EVERY = 5.0
"""Seconds between two faults of a long run, on average."""


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--every", type=float, default=EVERY, help="seconds between two faults, on average")
    parser.add_argument("--once", action="store_true", help="every fault once, instead of at random")
    parser.add_argument("--data", type=Path, help="where data and logs stay; a new folder without it")
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    seconds, random = chosen.minutes * 60, Random(chosen.seed)
    faults = every_fault_once(random, seconds, SHORT) if chosen.once else at_random(random, seconds, chosen.every, LONG)
    data = chosen.data or Path(mkdtemp(prefix="dapi-faults-"))
    plan = Plan(chosen.seed, faults, seconds)
    return asyncio.run(until_told_to_stop(_judged(plan, data.resolve())))


async def _judged(plan: Plan, data: Path) -> int:
    report = await run(plan, data, lambda line: print(line, flush=True))
    print(report.line())
    return 0 if report.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
