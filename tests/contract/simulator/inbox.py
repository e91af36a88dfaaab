"""The other side of a vendor's posts, which keeps them to the byte."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

PATIENCE = 5.0


@dataclass(frozen=True, slots=True)
class Got:
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes


class Inbox:
    """Answers 200 to everything."""

    def __init__(self) -> None:
        self.url = ""
        self._got: asyncio.Queue[Got] = asyncio.Queue()

    async def take(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self._got.put_nowait(Got(headers, await request.read()))
        return web.Response()

    async def next(self) -> Got:
        """What comes next, or a TimeoutError."""
        return await asyncio.wait_for(self._got.get(), PATIENCE)


@asynccontextmanager
async def listening() -> AsyncIterator[Inbox]:
    inbox = Inbox()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", inbox.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    inbox.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield inbox
    await runner.cleanup()
