"""When a lane is to be looked through for sends whose deadline has passed."""

from collections.abc import Iterator
from heapq import heappop, heappush
from itertools import count
from math import inf

from dispatcher.lanes import Lane

GRAIN = 1.0
"""A lane is looked through at most so often (seconds), however many deadlines pass one after the other."""


class Expiries:
    """A heap of lower bounds, one valid entry a lane."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Lane]] = []
        self._serials = count()

    def watch(self, lane: Lane, deadline: float) -> None:
        """A send of the lane has this deadline."""
        if deadline < lane.expiry:
            lane.expiry = deadline
            heappush(self._heap, (deadline, next(self._serials), lane))

    def due(self, now: float) -> Iterator[Lane]:
        """Lanes that may hold expired sends. The caller takes those out before it asks for the next lane."""
        while self._heap and self._heap[0][0] <= now:
            at, _, lane = heappop(self._heap)
            if at != lane.expiry:
                continue
            yield lane
            lane.expiry = inf
            if lane.queue:
                self.watch(lane, max(lane.queue.deadline, now + GRAIN))

    @property
    def wake_at(self) -> float:
        """When `due` may have something (inf: never)."""
        return self._heap[0][0] if self._heap else inf
