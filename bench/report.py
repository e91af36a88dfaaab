"""What a run found, for people (text), for machines (JSON), and at a glance (SVG)."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.machine import machine
from bench.plot import Bar, Panel, drawn
from bench.result import FLOOR, Result

_RATES = ("messages_per_s", "receipts_per_s", "get_per_s")
"""What the plot shows of a scenario, where it has one of them."""


def write_report(folder: Path, size: float, results: Sequence[Result]) -> None:
    """Puts report.txt, report.json and report.svg there."""
    folder.mkdir(parents=True, exist_ok=True)
    about = {**machine(), "size": f"{size:g}", "date": f"{datetime.now(UTC):%Y-%m-%d}"}
    folder.joinpath("report.txt").write_text(text(about, results))
    folder.joinpath("report.json").write_text(
        json.dumps({"machine": about, "scenarios": [result.document() for result in results]}, indent=1) + "\n"
    )
    folder.joinpath("report.svg").write_text(drawn(", ".join(about.values()), panels(results)))


def text(about: Mapping[str, str], results: Sequence[Result]) -> str:
    """The machine, then each scenario's tables."""
    head = [f"{name:<10} {value}" for name, value in about.items()]
    return "\n".join([*head, *(line for result in results for line in _lines(result))]) + "\n"


def _lines(result: Result) -> Iterator[str]:
    tables = {
        "figure": {name: value for name, value in result.figures.items() if not name.startswith(FLOOR)},
        "floor": {name: value for name, value in result.figures.items() if name.startswith(FLOOR)},
        "as a multiple of its floor": result.beside_floors(),
        "µs of CPU each": result.cpu_us,
        "MB at most": result.rss_mb,
    }
    yield f"\n({result.scenario})"
    for title, table in tables.items():
        if table:
            yield f"  {title}"
            yield from (f"    {name:<44} {value:>14,.10g}" for name, value in table.items())


def panels(results: Sequence[Result]) -> list[Panel]:
    """Rates, where the CPU goes, latencies, growth."""
    rates = [_bar(result, name) for result in results for name in _RATES if name in result.figures]
    cpu = [Bar(f"({result.scenario}) {name}", value) for result in results for name, value in _largest(result.cpu_us)]
    waits = [
        Bar(f"({result.scenario}) {name}", value)
        for result in results
        for name, value in result.figures.items()
        if "p99_ms" in name and not name.startswith(FLOOR)
    ]
    growth = [
        Bar(f"({result.scenario}) {name}", value)
        for result in results
        for name, value in result.figures.items()
        if name.endswith("_growth")
    ]
    found = {
        "messages, receipts or GETs a second": rates,
        "µs of CPU each": cpu,
        "p99, ms": waits,
        "largest to smallest": growth,
    }
    return [Panel(title, tuple(bars)) for title, bars in found.items() if bars]


def _bar(result: Result, name: str) -> Bar:
    return Bar(f"({result.scenario})", result.figures[name], result.figures.get(f"{FLOOR}calls_per_s", 0.0))


def _largest(cpu: Mapping[str, float]) -> list[tuple[str, float]]:
    """The processes that matter."""
    return sorted(cpu.items(), key=lambda item: -item[1])[:7]
