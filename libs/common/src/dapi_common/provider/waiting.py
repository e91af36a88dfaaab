"""What waits for its time: the sends of one partition, in the order in which their slots and rooms let them start.

The dispatcher has given every send its slot, and the room that its account and its *lane*, the (invoke, channel), need
after the start before. So an adapter keeps ceilings that it does not know: a start that comes late moves those behind
it, which catch up no faster than the ceilings allow, and leave the places of other providers free. A lane is first in
first out; one that has to wait holds up no other lane, an account no other account."""

from collections import deque
from typing import NamedTuple

from dapi_common.events.sends import SendRequested
from dapi_common.events.shapes import Channel
from dapi_common.ids import InvokeId
from dapi_common.provider.agenda import Agenda

LaneKey = tuple[InvokeId | None, Channel]
TOLERANCE = 0.005
"""A start may come so many seconds late and hold up nobody behind it: in no second it is one start in a hundred."""
LATE = 0.15
"""What is late by so many seconds more than all sends are would start beside what the account sends through other
providers by now: it goes back for another slot. Once, so that an adapter which always has too much to do loses little
by it."""
_REMEMBERED = 60.0
"""Seconds after which a start holds up no other one any more."""


class Waiting(NamedTuple):
    """A send, its offset in the provider's topic, and its slot by the clock of this process."""

    offset: int
    send: SendRequested
    slot: float


class Due(NamedTuple):
    """A send that is to start at `start`; after its deadline it must not. `late`: it goes back instead."""

    offset: int
    send: SendRequested
    start: float
    late: bool
    line: "Line"
    lane: "Lane"

    def expired(self) -> bool:
        """Whether it must not start any more."""
        return self.start > self.send.deadline

    def wait(self, now: float) -> float:
        """Seconds until the call may start. None: it starts now, and whatever comes behind it keeps its distance from
        that, however much later than planned it is."""
        line, lane, send = self.line, self.lane, self.send
        start = max(self.start, line.called + send.room, lane.called + send.pace_room)
        if start > now:
            return start - now
        start = max(start, now - TOLERANCE)
        line.called = lane.called = start
        line.last, lane.last = max(line.last, start), max(lane.last, start)
        return 0.0


class Lane:
    """The sends of one invoke and channel, or the single messages of one channel."""

    __slots__ = ("called", "key", "last", "waiting")

    def __init__(self, key: LaneKey) -> None:
        self.key = key
        self.last = 0.0
        """The latest start that is planned."""
        self.called = 0.0
        """The latest that there was."""
        self.waiting: deque[Waiting] = deque()

    def earliest(self, at: float) -> float:
        """When its first send may start, from `at` on, its account aside. There must be one."""
        _, send, slot = self.waiting[0]
        if slot > at:
            at = slot
        return max(at, self.last + send.pace_room) if send.pace_room else at

    def forgettable(self, now: float) -> bool:
        """Whether nothing waits and nothing of the past counts."""
        return not self.waiting and now - self.last > _REMEMBERED


class Line:
    """The lanes of one account."""

    __slots__ = ("_agenda", "_lanes", "called", "last", "running")

    def __init__(self) -> None:
        self.last = 0.0
        """The latest start that is planned."""
        self.called = 0.0
        """The latest that there was."""
        self.running = 0
        """Calls under way."""
        self._lanes: dict[LaneKey, Lane] = {}
        self._agenda: Agenda[Lane] = Agenda()

    def add(self, waiting: Waiting, now: float) -> tuple[Lane, bool]:
        """The send's lane, and whether the next start may have moved."""
        key = (waiting.send.invoke_id, waiting.send.channel)
        lane = self._lanes.get(key)
        if lane is None:
            self._lanes = {k: other for k, other in self._lanes.items() if not other.forgettable(now)}
            lane = self._lanes[key] = Lane(key)
        moved = not lane.waiting
        lane.waiting.append(waiting)
        if moved:
            self._agenda.put(lane, lane.earliest(now))
        return lane, moved

    def first(self, now: float) -> tuple[float, Lane] | None:
        """The lane whose turn it is, and when. Times in the agenda may be too early, never too late."""
        while (entry := self._agenda.first()) is not None:
            at, lane = entry
            exact = lane.earliest(max(at, now))
            if exact <= max(at, now):
                return self.earliest(lane, exact), lane
            self._agenda.put(lane, exact)
        return None

    def earliest(self, lane: Lane, at: float) -> float:
        """When the lane's first send may start, from `at` on."""
        return max(lane.earliest(at), self.last + lane.waiting[0].send.room)

    def lanes(self, invoke: InvokeId | None) -> list[Lane]:
        """The lanes of an invoke, or all."""
        return [lane for key, lane in self._lanes.items() if invoke is None or key[0] == invoke]

    def settle(self, lane: Lane) -> None:
        """The lane's first send has changed."""
        if lane.waiting:
            self._agenda.put(lane, lane.earliest(lane.waiting[0].slot))
        else:
            self._agenda.remove(lane)

    def forgettable(self, now: float) -> bool:
        """Whether nothing waits, nothing runs and nothing of the past counts."""
        return not self.running and all(lane.forgettable(now) for lane in self._lanes.values())
