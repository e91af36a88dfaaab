"""How far a provider's own clock can be believed."""

import asyncio
import time
from bisect import bisect_left
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import aiohttp

from local_stack.figures import seconds_of

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


@asynccontextmanager
async def watched(url: str) -> AsyncIterator[Blur]:
    """A watch for as long as the context lasts. Raises what ended it."""
    blur = Blur(url)
    watch = asyncio.create_task(blur.watch())
    try:
        yield blur
    finally:
        watch.cancel()
        with suppress(asyncio.CancelledError):
            await watch


def excess(times: Sequence[float], ceiling: float, blur: Blur, factor: float = 1.01) -> float:
    """By how many the worst second of what the simulator read exceeds `factor` times the ceiling."""
    over = [(at, count) for at, count in seconds_of(times) if count > factor * ceiling]
    return max((count - (1 + blur.around(at)) * factor * ceiling for at, count in over), default=0.0)
