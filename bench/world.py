"""A system to measure, fresh, and what every scenario does with it."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import aiohttp
from rich.console import Console

from bench.load import basic
from local_stack.backends import backends
from local_stack.client import Client
from local_stack.contacts import Contact, chunks
from local_stack.demo import PROVIDERS
from local_stack.system import Credentials, System, running_system

LIMITS = {"mps": "100000", "lists": "100000", "contact-per-list": "1000000"}
"""No ceiling that this machine could reach."""
AT_ONCE = 20
"""Preparing requests under way at a time."""
_LEAST_SECONDS = 0.2
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class World:
    """`size` scales what a scenario counts: 1 is what docs/performance.md speaks of."""

    system: System
    size: float
    out: Console
    partitions: int = 4
    numbers: "count[int]" = field(default_factory=count)

    def scaled(self, full: int, least: int = 1) -> int:
        """So many at this size."""
        return max(least, round(full * self.size))

    def lasting(self, full: float) -> float:
        """So many seconds at this size, never more than in full."""
        return max(_LEAST_SECONDS, full * min(1.0, self.size))

    def contact(self, order: int = 1) -> Contact:
        """Somebody who was not contacted before."""
        return Contact(type="sms", provider="nexmo", order=str(order), contact=f"+4477{next(self.numbers):08}")

    @asynccontextmanager
    async def accounts(self, wanted: int, limits: Mapping[str, str] = LIMITS) -> AsyncIterator[list["Account"]]:
        """New ones, each with nexmo's credentials."""
        environment = self.system.environment
        operator = {"Authorization": f"Bearer {environment['DAPI_ADMIN_TOKEN']}"}
        body = {"limits": dict(limits), "credits": "1000000"}
        async with AsyncExitStack() as stack:
            shared = await stack.enter_async_context(aiohttp.TCPConnector(limit=AT_ONCE))
            admin = Client(await stack.enter_async_context(_session(environment["DAPI_ADMIN_URL"], operator)))

            async def opened() -> Account:
                made = await admin.call("POST", "/admin/accounts", body)
                keys = Credentials(made["user_id"], made["user_secret"])
                own = {"Authorization": f"Basic {basic(keys)}"}
                client = Client(await stack.enter_async_context(_session(self.system.url, own, shared)))
                await client.call("PUT", "/v1/providers/nexmo", dict(PROVIDERS["nexmo"]))
                return Account(keys, client)

            yield await in_turns([opened] * wanted)

    @asynccontextmanager
    async def latency(self, milliseconds: float) -> AsyncIterator[None]:
        """The provider takes so long to answer, for as long as this lasts."""
        await self._settings({"latency_ms": milliseconds})
        try:
            yield
        finally:
            await self._settings({})

    async def _settings(self, body: Mapping[str, float]) -> None:
        async with _session(self.system.simulator_url) as http, http.put("/_settings", json=dict(body)) as answer:
            answer.raise_for_status()


@dataclass(frozen=True, slots=True)
class Account:
    """One account of a world, and a client of its own."""

    credentials: Credentials
    client: Client

    async def list_of(self, contacts: list[Contact]) -> str:
        """A new list with these contacts."""
        list_id = (await self.client.call("PUT", "/v1/lists", {}))["id"]
        for chunk in chunks(contacts):
            await self.client.call("PUT", f"/v1/lists/{list_id}/contacts", {"contacts": list(chunk)})
        return str(list_id)


def _session(
    url: str, headers: Mapping[str, str] | None = None, shared: aiohttp.BaseConnector | None = None
) -> aiohttp.ClientSession:
    """With connections of its own unless there are `shared` ones."""
    patience = aiohttp.ClientTimeout(total=60)
    return aiohttp.ClientSession(
        url, headers=headers, timeout=patience, connector=shared, connector_owner=shared is None
    )


async def in_turns(works: Sequence[Callable[[], Awaitable[T]]], at_once: int = AT_ONCE) -> list[T]:
    """The results of all in their order, so many under way at a time."""
    places = asyncio.Semaphore(at_once)

    async def placed(work: Callable[[], Awaitable[T]]) -> T:
        async with places:
            return await work()

    return list(await asyncio.gather(*(placed(work) for work in works)))


@asynccontextmanager
async def fresh_world(size: float, out: Console, partitions: int = 4) -> AsyncIterator[World]:
    """A broker and a store without a past, and every service."""
    with TemporaryDirectory() as folder:
        more = {"DAPI_PARTITIONS": str(partitions)}
        async with (
            backends(Path(folder), os.environ) as found,
            running_system(found, Path(folder), bench=True, more=more) as system,
        ):
            yield World(system, size, out, partitions)
