"""How a gateway lives: its tables first, then its door; at the end the door first, then its tables."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from api_gateway.app import application
from api_gateway.call import Gateway
from api_gateway.unreadable import Parks, Unreadable
from api_gateway.wire import Runner
from dapi_common import topics
from dapi_common.bus.follow import catch_up, follow, started
from dapi_common.bus.port import Reader
from dapi_common.runtime.health import Health
from dapi_common.topics import Topic

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
    gateway: Gateway, bus: Readers, parks: Parks, host: str, port: int, health: Health, admin: Door | None = None
) -> None:
    """Serves until cancelled: then the requests under way are answered. Ready once every account is known."""
    unreadable = Unreadable(parks)
    take, settle = unreadable.caught(gateway.accounts.apply), unreadable.caught(gateway.asks.settle)
    doors = [Door(application(gateway), host, port), *([admin] if admin else ())]
    async with (
        started(bus.reader([topics.OUTCOMES], from_start=False)) as outcomes,
        started(bus.reader([topics.ACCOUNTS])) as accounts,
        asyncio.TaskGroup() as followers,
    ):
        followers.create_task(unreadable.park())
        await catch_up(accounts, take)
        followers.create_task(follow(accounts, take))
        followers.create_task(follow(outcomes, settle, _BREATH_SECONDS))
        followers.create_task(gateway.admission.watch())
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
