"""What processes used: CPU and memory, as Linux counts them."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.result import Figures
from local_stack.services import SERVICES, SIMULATOR
from local_stack.system import System

_TICKS = os.sysconf("SC_CLK_TCK")


def processes(system: System) -> dict[str, int]:
    """Every process of ours by name, the simulator too; the broker and the store where they are embedded."""
    pids = {name: system.supervisor.pid(name) for name in (SIMULATOR, *SERVICES)}
    embedded = system.backends.embedded
    return pids | ({name: embedded.pid(name) for name in ("kafka", "mongo")} if embedded else {})


def cpu_seconds(system: System) -> dict[str, float]:
    """What each process has used so far."""
    return {name: cpu_seconds_of(pid) for name, pid in processes(system).items()}


def cpu_seconds_of(pid: int) -> float:
    """What the process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def peaks_mb(system: System) -> Figures:
    """The most that each has held in memory since it started."""
    statuses = {name: Path(f"/proc/{pid}/status").read_text() for name, pid in processes(system).items()}
    return {name: round(peak_kb(status) / 1000, 1) for name, status in statuses.items()}


def peak_kb(status: str) -> int:
    """VmHWM of a `/proc/<pid>/status`."""
    return int(status.partition("VmHWM:")[2].split()[0])


def resident(system: System) -> dict[str, int]:
    """The bytes that every service holds now."""
    page = os.sysconf("SC_PAGE_SIZE")
    pids = {name: system.supervisor.pid(name) for name in SERVICES}
    return {name: int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * page for name, pid in pids.items()}


@dataclass(frozen=True, slots=True)
class Spent:
    """CPU seconds by process, over `count` of what was done in `seconds`."""

    count: int
    seconds: float
    cpu: Mapping[str, float]

    @property
    def per_second(self) -> float:
        return self.count / self.seconds

    @property
    def cpu_us(self) -> dict[str, float]:
        """For one of them, by process, the most expensive first."""
        each = {name: round(spent / self.count * 1e6, 1) for name, spent in self.cpu.items()}
        return dict(sorted(each.items(), key=lambda item: -item[1]))

    @property
    def ours_us(self) -> float:
        """For one of them, all processes but the simulator."""
        return sum(spent for name, spent in self.cpu.items() if name != SIMULATOR) / self.count * 1e6


def spent(before: Mapping[str, float], after: Mapping[str, float], count: int, seconds: float) -> Spent:
    """From one look at the processes to another."""
    return Spent(count, seconds, {name: used - before[name] for name, used in after.items()})
