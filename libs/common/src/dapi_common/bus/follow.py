"""Tables in memory, fed by whole topics."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from dapi_common.bus.port import Reader, Record

_POLL_SECONDS = 1.0

Apply = Callable[[Record], None]


@asynccontextmanager
async def started(reader: Reader) -> AsyncIterator[Reader]:
    """Reads while the context lasts."""
    await reader.start()
    try:
        yield reader
    finally:
        await reader.stop()


async def catch_up(reader: Reader, apply: Apply) -> None:
    """Hands all records to `apply` that were there when the reader was started."""
    while not await reader.at_end():
        _take(await reader.poll(_POLL_SECONDS), apply)


async def follow(reader: Reader, apply: Apply, breath: float = 0.0) -> None:
    """Hands every record to `apply`, for ever. What comes within a `breath` (in seconds) is one fetch: a broker pays
    for each."""
    while True:
        if records := await reader.poll(_POLL_SECONDS):
            _take(records, apply)
            if breath:
                await asyncio.sleep(breath)


@asynccontextmanager
async def followed(reader: Reader, apply: Apply) -> AsyncIterator[None]:
    """The table is complete at the beginning of the context, and follows the topic while it lasts. When following
    ends with an exception, so does the context."""
    async with started(reader), asyncio.TaskGroup() as group:
        await catch_up(reader, apply)
        following = group.create_task(follow(reader, apply))
        yield
        following.cancel()


def _take(records: Sequence[Record], apply: Apply) -> None:
    for record in records:
        apply(record)
