"""Time that passes only when nobody has anything left to do."""

import asyncio
import heapq
from itertools import count

TURNS = 50
"""Enough for any chain of tasks in these tests to come to rest."""


class DeferredTime:
    def __init__(self, now: float) -> None:
        self.now = now
        self._numbers = count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now + seconds, next(self._numbers), woken))
        await woken

    async def settle(self) -> None:
        """Everybody does what can be done now."""
        for _ in range(TURNS):
            await asyncio.sleep(0)

    async def pass_by(self) -> None:
        """Until nobody sleeps any more."""
        await self.settle()
        while self._sleepers:
            due, _, woken = heapq.heappop(self._sleepers)
            self.now = max(self.now, due)
            if not woken.cancelled():
                woken.set_result(None)
            await self.settle()
