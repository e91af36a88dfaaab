"""`python -m bench`: what `make bench` runs."""

import argparse
import json
import logging
import sys
from pathlib import Path

import uvloop
from rich.console import Console

from bench.report import write_report
from bench.result import BenchFailed, Result
from bench.scenarios import REPORTED, SCENARIOS
from local_stack.__main__ import FAILURES, until_told_to_stop


def main() -> int:
    """The exit code: 1 when something failed, 0 when all was measured, or it was told to stop."""
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("--scenario", choices=SCENARIOS, help="that one alone, without a report")
    parser.add_argument("--size", type=float, default=1.0, help="of what is counted: 1 is what the documents speak of")
    parser.add_argument("--out", type=Path, default=Path(".dapi/bench"), help="where the report goes")
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logging.getLogger("local_stack").setLevel(logging.INFO)
    out = Console()
    work = _one(chosen.scenario, chosen.size, out) if chosen.scenario else _all(chosen.size, chosen.out, out)
    try:
        return uvloop.run(until_told_to_stop(work))
    except (*FAILURES, BenchFailed) as failure:
        print(failure, file=sys.stderr)
        return 1


async def _one(name: str, size: float, out: Console) -> int:
    result = await SCENARIOS[name](size, out)
    print(result.line())
    return 0


async def _all(size: float, folder: Path, out: Console) -> int:
    """The last line is that of (a), as what all are: who asks for figures gets the system's main job."""
    results: list[Result] = []
    for name in REPORTED:
        out.print(f"— {name}")
        results.append(await SCENARIOS[name](size, out))
        print(results[-1].line())
        write_report(folder, size, results)
    out.print(f"report: {folder}/report.txt, .json, .svg")
    print(json.dumps(results[0].document() | {"scenario": "all"}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
