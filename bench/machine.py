"""The machine, as far as figures depend on it; nothing that tells one such machine from another."""

import os
import platform
from pathlib import Path


def machine() -> dict[str, str]:
    """Cores, CPU, memory, kernel, Python."""
    return {
        "cores": str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()),
        "cpu": cpu_model(_read("/proc/cpuinfo")) or platform.machine(),
        "memory": f"{memory_gb(_read('/proc/meminfo')):.0f} GB",
        "kernel": f"{platform.system()} {platform.release()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
    }


def _read(path: str) -> str:
    return Path(path).read_text() if Path(path).exists() else ""


def cpu_model(cpuinfo: str) -> str:
    """The first model that `/proc/cpuinfo` names, "" for none."""
    return next((line.partition(":")[2].strip() for line in cpuinfo.splitlines() if line.startswith("model name")), "")


def memory_gb(meminfo: str) -> float:
    """MemTotal of `/proc/meminfo`, 0 without one."""
    found = meminfo.partition("MemTotal:")[2].split()
    return int(found[0]) / 1e6 if found else 0.0
