"""Slots are times of the dispatcher's clock. Its clock and ours are taken to agree until a send proves that they do
not: a process that was started before its machine's clock was set differs from one that was started after."""

from collections import OrderedDict
from math import inf

from dapi_common.events.sends import SendRequested
from dapi_common.pacing import LEAST, LOOKAHEAD

_REMEMBERED = 10_000
_MARGIN = 0.05
"""Seconds within which clocks agree. Well below a second, above what a dispatcher's step takes."""


class Skew:
    """How far our clock is ahead of the dispatcher's, between two bounds. Bounds that contradict each other mean that
    another dispatcher gives the slots now: the old ones are forgotten."""

    def __init__(self) -> None:
        self._least, self._most = -inf, inf
        self._returned: OrderedDict[tuple[str, int], float] = OrderedDict()

    def slot(self, send: SendRequested, now: float) -> float:
        """The slot of a send that was read at `now`, by our clock. No dispatcher gives one further ahead than
        LOOKAHEAD; and one that had been put back got its slot after that, LEAST ahead."""
        most = now - send.slot + LOOKAHEAD + _MARGIN
        back = self._returned.pop((send.message_id, send.attempt), None)
        least = -inf if back is None else back - send.slot + LEAST - _MARGIN
        self._learn(least, most)
        return send.slot + max(self._least, min(self._most, 0.0))

    def put_back(self, send: SendRequested, now: float) -> None:
        """The send asks for another slot at `now`."""
        self._returned[send.message_id, send.attempt] = now
        if len(self._returned) > _REMEMBERED:
            self._returned.popitem(last=False)

    def _learn(self, least: float, most: float) -> None:
        if least > self._most or most < self._least:
            self._least, self._most = least, most
        self._least, self._most = max(self._least, least), min(self._most, most)
