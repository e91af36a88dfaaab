"""Records as they are, written together or not at all: what operators put back.

Whoever opens a rewriter fences off who had one before. So: open, read, write: between the last two nobody else writes
anything, or the write fails."""

from collections.abc import Sequence
from types import TracebackType
from typing import Protocol, Self

from dapi_common.bus.encode import Encoded
from dapi_common.bus.memory import MemoryBus
from dapi_common.bus.port import Fenced

NAME = "dapi-operator"
"""Of the one rewriter that an installation has at a time."""


class Rewriter(Protocol):
    """One operator's pen."""

    async def write(self, records: Sequence[Encoded]) -> list[tuple[int, int]]:
        """(partition, offset) of each. Raises Fenced, TimeoutError, and any error of the log: nothing is written."""
        ...


class MemoryRewriter:
    """Over a log in memory; an async context manager."""

    def __init__(self, bus: MemoryBus) -> None:
        self._bus = bus

    async def __aenter__(self) -> Self:
        self._bus.epochs[NAME, 0] = self._epoch = self._bus.epochs.get((NAME, 0), 0) + 1
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is held."""

    async def write(self, records: Sequence[Encoded]) -> list[tuple[int, int]]:
        if self._bus.epochs[NAME, 0] != self._epoch:
            raise Fenced(NAME)
        return [self._bus.append(record) for record in records]
