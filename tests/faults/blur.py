"""How far a provider's own clock can be believed."""

import asyncio
import time
from bisect import bisect_left
from contextlib import suppress

import aiohttp

EVERY = 0.01
_ALLOWED = 0.01
"""Seconds that a question and its answer take on a machine that has time."""


class Blur:
    """How much later than it came the simulator may have read something. What it read in a second may have come in
    that much more than a second: when it stands still, its ledger does not tell the time of anything."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._asked: list[float] = []
        self._answered: list[float] = []

    async def watch(self) -> None:
        """Asks it for a word again and again, until it is cancelled."""
        async with aiohttp.ClientSession(self._url, timeout=aiohttp.ClientTimeout(60)) as http:
            while True:
                at = time.time()
                with suppress(aiohttp.ClientError, TimeoutError):
                    await (await http.get("/health/ready")).read()
                self._asked.append(at)
                self._answered.append(time.time())
                await asyncio.sleep(EVERY)

    def around(self, start: float) -> float:
        """Of the second that begins at `start`, in seconds. A watch that stood still itself counts as well."""
        first, last = bisect_left(self._answered, start - 0.1), bisect_left(self._asked, start + 1.1)
        asked, answered = self._asked[first:last], self._answered[first:last]
        slow = max((there - here for here, there in zip(asked, answered, strict=True)), default=1.0)
        gap = max((later - earlier for earlier, later in zip(answered, asked[1:], strict=False)), default=1.0)
        return max(slow, gap) - _ALLOWED
