"""How many requests this process takes on at a time, and whose. What is more is refused at once, its body unread.

By Little's law what is under way is rate × time. So the limit follows the time that answers take, as TCP's window does
(additive increase, multiplicative decrease; AIMDLimit of github.com/Netflix/concurrency-limits).

An account holds at most as many places as are free: alone half of all, beside n - 1 others that want as much 1/(n + 1)
of all. So there is room for one more account, whatever those here ask for (dynamic thresholds: Choudhury and Hahne,
"Dynamic queue length thresholds for shared-memory packet switches", 1998)."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Final

from aiohttp import hdrs

from api_gateway.errors import Problem, try_later
from dapi_common.clock import Clock
from dapi_common.ids import AccountId
from dapi_common.store.positions import SILENCE

LATE: Final = SILENCE + 0.5
"""Seconds. More than a write waits for a store that is away: that is no overload, fewer writes would wait as long."""
LEAST: Final = 256
MOST: Final = 1024
_LOOK: Final = 0.05
_BEHIND: Final = 0.1
_GROWTH: Final = 0.1
_CUT: Final = 0.9


class Place:
    """One request under way."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.since = clock.now()

    def begin(self) -> None:
        """It is ours from now on: until now its client was sending."""
        self.since = self._clock.now()


class Places:
    """The places of one kind of requests."""

    def __init__(self, clock: Clock, least: int = LEAST, most: int = MOST) -> None:
        self._clock, self._least, self._most = clock, least, most
        self._held: Counter[AccountId] = Counter()
        self._taken = 0
        self._cut_at = clock.now()
        self._refused_at = 0.0
        self.limit = float(least)
        """How many requests it takes on at a time."""

    @contextmanager
    def place(self, account: AccountId) -> Iterator[Place]:
        """Held while the request is under way. Raises Problem rate-limited when the account holds as much as others
        or more, else overloaded."""
        if self._held[account] >= self.limit - self._taken:
            self._refused_at = self._clock.now()
            raise self._refusal(account)
        place = self._take(account)
        try:
            yield place
        finally:
            self._learn(place)
            self._give_back(account)

    def _refusal(self, account: AccountId) -> Problem:
        greedy = self._held[account] * len(self._held) >= self._taken
        return try_later("rate-limited" if greedy else "overloaded")

    def _take(self, account: AccountId) -> Place:
        self._held[account] += 1
        self._taken += 1
        return Place(self._clock)

    def _give_back(self, account: AccountId) -> None:
        self._taken -= 1
        self._held[account] -= 1
        if not self._held[account]:
            del self._held[account]

    def cut(self) -> None:
        """There is more under way than can be."""
        self.limit, self._cut_at = max(self._least, self.limit * _CUT), self._clock.now()

    def _learn(self, place: Place) -> None:
        """Grows while there is more to do than it takes on. Cuts once for all that were under way together: those that
        began before a cut say nothing about it."""
        now = self._clock.now()
        if now - place.since > LATE:
            if place.since >= self._cut_at:
                self.cut()
        elif place.since <= self._refused_at:
            self.limit = min(self._most, self.limit + _GROWTH)


class Admission:
    """Reads and writes wait for different things: each have places of their own."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.reads, self.writes = Places(clock), Places(clock)

    async def watch(self, pause: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Cuts both as long as this process is behind itself: what comes then waits in front of the door, unseen by any
        place, even if only to be refused."""
        while True:
            since = self._clock.now()
            await pause(_LOOK)
            if self._clock.now() - since > _LOOK + _BEHIND:
                self.reads.cut()
                self.writes.cut()

    def of(self, method: str) -> Places:
        """Those that a request of this method needs."""
        return self.reads if method == hdrs.METH_GET else self.writes
