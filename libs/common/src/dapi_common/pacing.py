"""Ceilings on slots. Ask `earliest`, then `take` the time of the slot (never before `earliest` said). Times are seconds
since the epoch; both states fit in a changelog, so that a hand-over does not burst. No call starts before its slot;
decision 0008 says how calls that come late keep the ceilings, too."""

from collections.abc import Sequence

USED = 0.97
"""Of a ceiling of starts a second. What is left is what late starts catch up with."""
LOOKAHEAD = 0.25
"""No slot lies further ahead of its dispatcher's clock (s). A power of two: a slot less it, plus it, is that
slot again, so that nobody wakes a hair too early for ever."""
LEAST = 0.125
"""Where several adapters share a ceiling, a slot lies at least so far ahead: a send is there in time then."""
WINDOW = 62
"""Seconds that a MinuteRing remembers: any 61-s window touches at most 62 calendar seconds. A start may come up to a
second after its slot."""
MOMENT = 1.0
"""For so long (s) a ceiling in use may be without a new slot while it changes hands."""


class Gcra:
    """At most USED of `rate` slots a second, evenly spaced (GCRA with a burst of 1), and one more in no window. A slot
    that comes late by up to half a gap delays only itself: otherwise a ceiling under another one, whose slots are never
    quite its own, would lose up to half of its rate. `rate` may be set at any time and counts from the last slot."""

    __slots__ = ("_gap", "_rate", "state")

    def __init__(self, rate: float, state: float = 0.0) -> None:
        """`state` is what an earlier one left."""
        self.rate = rate
        self.state = state
        """When the last start was due: all there is to remember."""

    @property
    def rate(self) -> float:
        """Starts a second."""
        return self._rate

    @rate.setter
    def rate(self, rate: float) -> None:
        self._rate = rate
        self._gap = 1.0 / (USED * rate)

    def earliest(self, now: float) -> float:
        """The first time from `now` on at which a start keeps the ceiling."""
        at = self.state + self._gap
        return at if at > now else now

    def take(self, at: float) -> None:
        """A start happens at `at`."""
        due = self.state + self._gap
        self.state = due if due <= at <= due + self._gap / 2 else max(at, self.state)

    def take_over(self, now: float) -> None:
        """The last slot was given by another process's clock. One that `now` makes too old or too new for a ceiling in
        use is of any time, the last moment included: the next slot comes after all that may be under way."""
        ahead = now + LOOKAHEAD
        if self.state and not now - MOMENT <= self.state <= ahead:
            self.state = min(max(self.state, ahead - self._gap), ahead)


class MinuteRing:
    """At most `mpm` starts in any 60 s, as early as they come: counts by calendar second. `mpm` may be set at any
    time and counts what the last minute held."""

    __slots__ = ("_counts", "_latest", "_total", "mpm")

    def __init__(self, mpm: int, state: Sequence[int] = ()) -> None:
        """`state` is what an earlier one left."""
        self.mpm = mpm
        self._load(state[0] if state else 0, state[1:])

    def _load(self, latest: int, counts: Sequence[int]) -> None:
        self._latest = latest
        self._counts = [0] * WINDOW
        for back, count in enumerate(counts):
            self._counts[(latest - back) % WINDOW] = count
        self._total = sum(self._counts)

    @property
    def state(self) -> list[int]:
        """The latest second, then the counts of it and of the seconds before it, without the zeros at the end."""
        counts = [self._counts[(self._latest - back) % WINDOW] for back in range(WINDOW)]
        while counts and not counts[-1]:
            counts.pop()
        return [self._latest, *counts]

    def earliest(self, now: float) -> float:
        """The first time from `now` on at which a start keeps the ceiling. Never in a second before that of the
        latest start."""
        second = max(int(now), self._latest)
        total = self._total
        oldest = self._latest - WINDOW + 1
        for gone in range(oldest, min(second - WINDOW + 1, self._latest + 1)):
            total -= self._counts[gone % WINDOW]
        while total >= self.mpm:
            second += 1
            total -= self._counts[(second - WINDOW) % WINDOW]
        return max(now, float(second))

    def take_over(self, now: float) -> None:
        """As Gcra's, but what seems to be long ago is taken for that: a ring that is taken over again and again would
        never be empty."""
        latest, *counts = self.state
        if latest > now + LOOKAHEAD:
            self._load(int(now + LOOKAHEAD), counts)

    def give_back(self, at: float) -> bool:
        """There was no start at `at` after all. Whether that leaves room for another."""
        second = int(at)
        if not self._latest - WINDOW < second <= self._latest or not self._counts[second % WINDOW]:
            return False
        self._counts[second % WINDOW] -= 1
        self._total -= 1
        return True

    def take(self, at: float) -> None:
        """A start happens at `at`."""
        second = max(int(at), self._latest)
        for fresh in range(max(self._latest + 1, second - WINDOW + 1), second + 1):
            self._total -= self._counts[fresh % WINDOW]
            self._counts[fresh % WINDOW] = 0
        self._latest = second
        self._counts[second % WINDOW] += 1
        self._total += 1
