"""Time as an argument: wall time in seconds since the epoch (UTC), as every record carries it."""

import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> float:
        """Seconds since the epoch, UTC. Never goes backwards within a process."""
        ...


class SystemClock:
    """Wall time at start, carried on by the monotonic clock: a step of the wall clock moves nothing here."""

    def __init__(self) -> None:
        self._offset = time.time() - time.monotonic()

    def now(self) -> float:
        return time.monotonic() + self._offset


class ManualClock:
    """A clock that tests move."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self._now = now

    def now(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        """Moves time on by `seconds` (>= 0)."""
        self._now += seconds


@lru_cache(maxsize=64)
def rfc3339(seconds: float) -> str:
    """RFC 3339 in UTC with microseconds, e.g. ``2026-01-02T03:04:05.000006Z``."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
