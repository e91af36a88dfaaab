"""How late sends are read at best: what clocks differ by, and what the way from the dispatcher always takes. That
concerns all sends alike and is nobody's delay."""

from math import inf


class Lag:
    """The least of this second and of the one before. Of a time without sends nothing is known."""

    __slots__ = ("_before", "_least", "_second")

    def __init__(self) -> None:
        self._second = 0
        self._before = self._least = inf

    def note(self, late: float, now: float) -> None:
        """A send is read so many seconds after its slot."""
        second = int(now)
        if second != self._second:
            self._before = self._least if second == self._second + 1 else inf
            self._second, self._least = second, late
        elif late < self._least:
            self._least = late

    def usual(self, now: float) -> float:
        """Seconds, 0.0 at least. A whole second must have shown it: who comes back reads first what is late by that."""
        if self._before == inf or int(now) > self._second + 1:
            return 0.0
        return max(0.0, min(self._before, self._least))
