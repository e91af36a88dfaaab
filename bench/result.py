"""What a scenario found, and the line that it prints of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import quantiles

Figures = dict[str, float]
Table = Mapping[str, float]
FLOOR = "floor_"


class BenchFailed(RuntimeError):
    """What was measured did not do what it should have."""


@dataclass(frozen=True, slots=True)
class Result:
    """`figures` by name, floors (`floor_…`) among them. `ratios`: which figure stands beside which floor, by the
    ratio's name. `cpu_us`: microseconds of CPU for one of what the scenario counts, by process. `rss_mb`: the most
    memory that each held."""

    scenario: str
    figures: Table
    ratios: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    cpu_us: Table = field(default_factory=dict)
    rss_mb: Table = field(default_factory=dict)

    def beside_floors(self) -> dict[str, float]:
        """Each ratio: a figure as a multiple of its floor, without those whose floor is 0."""
        return {
            name: round(self.figures[figure] / self.figures[floor], 3)
            for name, (figure, floor) in self.ratios.items()
            if self.figures[floor]
        }

    def document(self) -> dict[str, object]:
        """For machines: figures and ratios at the top, tables beside them."""
        tables = {"cpu_us": dict(self.cpu_us), "rss_mb": dict(self.rss_mb)}
        whole = {"scenario": self.scenario, **self.figures, **self.beside_floors()}
        return {**whole, **{name: table for name, table in tables.items() if table}}

    def line(self) -> str:
        """The last line that the scenario prints."""
        return json.dumps(self.document())


def rounded(figures: Table) -> Figures:
    """As many digits as mean something."""
    return {name: round(value, 3 if abs(value) < 10 else 1) for name, value in figures.items()}


def percentiles(seconds: list[float], name: str) -> Figures:
    """p50, p99 and p99.9 in milliseconds, as `<name>_p50_ms` and so on. Raises BenchFailed for fewer than two."""
    if len(seconds) < 2:
        raise BenchFailed(f"{name}: {len(seconds)} measured")
    cuts = quantiles(seconds, n=1000, method="inclusive")
    wanted = {"p50": cuts[499], "p99": cuts[989], "p999": cuts[998]}
    return rounded({f"{name}_{label}_ms": value * 1000 for label, value in wanted.items()})


def named(figures: Table, suffix: str) -> Figures:
    """The same figures, each name with the suffix."""
    return {f"{name}{suffix}": value for name, value in figures.items()}
