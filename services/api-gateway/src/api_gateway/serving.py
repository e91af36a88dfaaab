"""How a gateway lives: its tables first, then its door; at the end the door first, then its tables."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
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
_BREATH_SECONDS = 0.003


class Readers(Protocol):
    """A bus, as far as a gateway reads it."""

    def reader(self, topics: Sequence[Topic], from_start: bool = True) -> Reader:
        """Reads whole topics, from their start or from their end."""
        ...


@dataclass(frozen=True, slots=True)
class Door:
    """Where one more application is served."""

    app: web.Application
    host: str
    port: int


async def serve(
    gateway: Gateway, bus: Readers, host: str, port: int, health: Health, admin: Door | None = None
) -> None:
    """Serves until cancelled: then the requests under way are answered. Ready once every account is known."""
    doors = [Door(application(gateway), host, port), *([admin] if admin else ())]
    async with (
        _started(bus.reader([topics.OUTCOMES], from_start=False)) as outcomes,
        _started(bus.reader([topics.ACCOUNTS])) as accounts,
        asyncio.TaskGroup() as followers,
    ):
        while not await accounts.at_end():
            _take(await accounts.poll(_POLL_SECONDS), gateway.accounts.apply)
        followers.create_task(follow(accounts, gateway.accounts.apply))
        followers.create_task(follow(outcomes, gateway.asks.settle, _BREATH_SECONDS))
        await _open(doors, health)


async def _open(doors: Sequence[Door], health: Health) -> None:
    async with AsyncExitStack() as stack:
        for door in doors:
            runner = Runner(door.app)
            stack.push_async_callback(runner.cleanup)
            await runner.setup()
            await web.TCPSite(runner, door.host, door.port, backlog=1024).start()
        health.ready()
        await asyncio.Event().wait()


@asynccontextmanager
async def _started(reader: Reader) -> AsyncIterator[Reader]:
    await reader.start()
    try:
        yield reader
    finally:
        await reader.stop()


async def follow(reader: Reader, apply: Callable[[Record], None], breath: float = 0.0) -> None:
    """Hands every record to `apply`, for ever. What comes within a `breath` (in seconds) is one fetch: a broker pays
    for each."""
    while True:
        if records := await reader.poll(_POLL_SECONDS):
            _take(records, apply)
            if breath:
                await asyncio.sleep(breath)


def _take(records: Sequence[Record], apply: Callable[[Record], None]) -> None:
    for record in records:
        apply(record)
