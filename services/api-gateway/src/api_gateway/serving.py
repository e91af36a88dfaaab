"""How a gateway lives: its tables first, then its door; at the end the door first, then its tables."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

from aiohttp import web

from api_gateway.app import application
from api_gateway.call import Gateway
from api_gateway.wire import Runner
from dapi_common import topics
from dapi_common.bus.port import Reader, Record
from dapi_common.runtime.health import Health
from dapi_common.topics import Topic

_POLL_SECONDS = 1.0


class Readers(Protocol):
    """A bus, as far as a gateway reads it."""

    def reader(self, topics: Sequence[Topic], from_start: bool = True) -> Reader:
        """Reads whole topics, from their start or from their end."""
        ...


async def serve(gateway: Gateway, bus: Readers, host: str, port: int, health: Health) -> None:
    """Serves until cancelled: then the requests under way are answered. Ready once every account is known."""
    async with (
        _started(bus.reader([topics.OUTCOMES], from_start=False)) as outcomes,
        _started(bus.reader([topics.ACCOUNTS])) as accounts,
        asyncio.TaskGroup() as followers,
    ):
        while not await accounts.at_end():
            _take(await accounts.poll(_POLL_SECONDS), gateway.accounts.apply)
        followers.create_task(follow(accounts, gateway.accounts.apply))
        followers.create_task(follow(outcomes, gateway.asks.settle))
        await _open_door(Runner(application(gateway)), host, port, health)


async def _open_door(runner: Runner, host: str, port: int, health: Health) -> None:
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port, backlog=1024).start()
        health.ready()
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


@asynccontextmanager
async def _started(reader: Reader) -> AsyncIterator[Reader]:
    await reader.start()
    try:
        yield reader
    finally:
        await reader.stop()


async def follow(reader: Reader, apply: Callable[[Record], None]) -> None:
    """Hands every record to `apply`, for ever."""
    while True:
        _take(await reader.poll(_POLL_SECONDS), apply)


def _take(records: Sequence[Record], apply: Callable[[Record], None]) -> None:
    for record in records:
        apply(record)
