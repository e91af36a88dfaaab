"""Notices that reading has stopped: an agent that hangs, a consumer that does not fetch, a loop that does not turn."""

import os
from collections.abc import Callable, Mapping
from threading import Event, Thread
from time import monotonic
from types import TracebackType
from typing import Self

from dapi_common.runtime.logs import LogEvent, log


class Stalled(RuntimeError):
    """There are records, and nobody reads them: the process must be started again."""


class Lag:
    """Since when each partition has been standing still although it has more."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._still: dict[int, tuple[int, float]] = {}

    def look(self, read: Mapping[int, int], ends: Mapping[int, int], now: float) -> list[int]:
        """Partitions that have stood still for longer than the patience. Both are offsets: what is read next, and what
        would be written next."""
        behind = {partition: offset for partition, offset in read.items() if offset < ends.get(partition, 0)}
        for partition in [partition for partition in self._still if partition not in behind]:
            del self._still[partition]
        for partition, offset in behind.items():
            if self._still.get(partition, (-1, now))[0] != offset:
                self._still[partition] = (offset, now)
        return [partition for partition, (_, since) in self._still.items() if now - since > self._patience]

    def excuse(self) -> None:
        """Whatever stood still was not to blame."""
        self._still.clear()


class Heartbeat:
    """Ends the process when `beat` is not called for so many seconds, from a thread: a loop that is blocked cannot."""

    def __init__(self, patience: float, end: Callable[[int], None] = os._exit) -> None:
        self._patience, self._end = patience, end
        self._last = monotonic()
        self._over = Event()
        self._thread = Thread(target=self._listen, name="heartbeat", daemon=True)

    def beat(self) -> None:
        """The loop turns."""
        self._last = monotonic()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()

    def _listen(self) -> None:
        while not self._over.wait(self._patience / 10):
            if (silent := monotonic() - self._last) > self._patience:
                log.error(LogEvent.AGENT_STALLED, reason="the loop does not turn", seconds=round(silent, 1))
                self._end(1)
                return
