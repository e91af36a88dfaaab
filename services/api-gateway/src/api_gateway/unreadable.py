"""What a gateway cannot read of its tables is for an operator: it goes to the parking topic while the table goes on."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from dapi_common.bus.follow import Apply
from dapi_common.bus.port import Record
from dapi_common.events.envelope import Undecodable
from dapi_common.runtime import metrics
from dapi_common.runtime.logs import LogEvent, log

_AGAIN_SECONDS = 1.0


class Parks(Protocol):
    """A publisher, as far as it parks."""

    async def park(self, record: Record, reason: str, timeout: float) -> None:
        """Raises TimeoutError."""
        ...


class Unreadable:
    """Records wait here until they are parked. Whoever reads a table from its start finds, and parks, them again: they
    are one for their origin, and what an operator said of them holds."""

    def __init__(self, parks: Parks) -> None:
        self._parks = parks
        self._waiting: asyncio.Queue[tuple[Record, str]] = asyncio.Queue()

    def caught(self, apply: Callable[[Record], None]) -> Apply:
        """`apply`, which may raise Undecodable: then the record is to be parked."""

        def applied(record: Record) -> None:
            try:
                apply(record)
            except Undecodable as reason:
                self._waiting.put_nowait((record, str(reason)))

        return applied

    async def park(self) -> None:
        """Parks what was caught, for ever. While the log is away, it waits."""
        while True:
            record, reason = await self._waiting.get()
            metrics.PARKED.labels(record.topic).inc()
            log.warning(LogEvent.RECORD_PARKED, topic=record.topic, offset=record.offset, reason=reason)
            await self._write(record, reason)

    async def _write(self, record: Record, reason: str) -> None:
        while True:
            try:
                await self._parks.park(record, reason, 5 * _AGAIN_SECONDS)
            except TimeoutError:
                await asyncio.sleep(_AGAIN_SECONDS)
            else:
                return
