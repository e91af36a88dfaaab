"""Who takes what vendors post."""

import asyncio
from dataclasses import dataclass, field

from aiohttp import web

PATIENCE = 5.0


@dataclass(frozen=True, slots=True)
class Taken:
    method: str
    path: str
    fields: dict[str, str]
    headers: dict[str, str]


@dataclass
class Hooks:
    """Answers `/say` with `document` and all else with `statuses`, the last one again and again."""

    url: str
    statuses: list[int] = field(default_factory=lambda: [200])
    document: str = "<Response><Say>Hi</Say></Response>"
    taken: list[Taken] = field(default_factory=list)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def take(self, request: web.Request) -> web.Response:
        told = dict(request.query) if request.method == "GET" else await _told(request)
        async with self._news:
            self.taken.append(Taken(request.method, request.path, told, dict(request.headers)))
            self._news.notify_all()
        if request.path == "/say":
            return web.Response(text=self.document, content_type="application/xml")
        return web.Response(status=self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0])

    async def wait_for(self, count: int) -> list[Taken]:
        """So many posts, or a TimeoutError."""
        async with asyncio.timeout(PATIENCE), self._news:
            await self._news.wait_for(lambda: len(self.taken) >= count)
        return self.taken


async def _told(request: web.Request) -> dict[str, str]:
    told: dict[str, str] = await request.json() if request.content_type == "application/json" else {}
    return told or {name: str(value) for name, value in (await request.post()).items()}
