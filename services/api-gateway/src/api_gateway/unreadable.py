"""What a gateway cannot read of its tables is for an operator: it goes to the parking topic while the table goes on."""

import asyncio
from typing import Final, Protocol

from dapi_common.bus.decode import tell_parked
from dapi_common.bus.follow import Apply
from dapi_common.bus.port import Record
from dapi_common.events.envelope import Undecodable
from dapi_common.runtime.logs import LogEvent, log

MOST: Final = 1000
"""Records that wait to be parked. Of more it is the reader that is wrong: they are left where they are."""
_AGAIN_SECONDS: Final = 1.0


class Parks(Protocol):
    """A publisher, as far as it parks."""

    async def park(self, record: Record, reason: str, timeout: float) -> None:
        """Raises TimeoutError, and what the log says of a record that it cannot take."""
        ...


class Unreadable:
    """Records wait here until they are parked. Whoever reads a table from its start finds, and parks, them again: as
    long as the parking topic remembers, they are one for their origin, and what an operator said of them holds."""

    def __init__(self, parks: Parks) -> None:
        self._parks = parks
        self._waiting: asyncio.Queue[tuple[Record, str]] = asyncio.Queue(MOST)

    def caught(self, apply: Apply) -> Apply:
        """`apply`, which may raise Undecodable: then the record is to be parked."""

        def applied(record: Record) -> None:
            try:
                apply(record)
            except Undecodable as reason:
                if not self._waiting.full():
                    self._waiting.put_nowait((record, str(reason)))

        return applied

    async def park(self) -> None:
        """Parks what was caught, for ever. While the log is away, it waits. Never raises: to park is less than to
        serve."""
        while True:
            record, reason = await self._waiting.get()
            try:
                await self._write(record, reason)
            except Exception as error:  # noqa: BLE001  # the log does not take it: too large, or no leader for long
                log.error(LogEvent.JOB_FAILED, topic=record.topic, offset=record.offset, exc_info=error)
                await asyncio.sleep(_AGAIN_SECONDS)

    async def _write(self, record: Record, reason: str) -> None:
        while True:
            try:
                await self._parks.park(record, reason, 5 * _AGAIN_SECONDS)
            except TimeoutError:
                await asyncio.sleep(_AGAIN_SECONDS)
                continue
            tell_parked(record, reason)
            return
