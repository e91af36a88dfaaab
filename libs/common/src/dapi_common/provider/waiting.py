"""What waits for its time: the sends of one partition, in the order in which the ceilings let them start.

The dispatcher has given every send its slot. The ceilings are kept here once more, so that an adapter that was away
does not burst when it comes back: the account's, and those of each (invoke, channel), which is a *lane*, first in
first out. A lane that has to wait holds up no other lane, an account no other account."""

from collections import deque
from typing import NamedTuple

from dapi_common.events.sends import SendRequested
from dapi_common.events.shapes import Channel, Pace
from dapi_common.ids import InvokeId
from dapi_common.pacing import Gcra, MinuteRing
from dapi_common.provider.agenda import Agenda

LaneKey = tuple[InvokeId | None, Channel]
_REMEMBERED = 61.0
"""Seconds after which a start counts for no ceiling any more."""


class Waiting(NamedTuple):
    """A send and its offset in the provider's topic."""

    offset: int
    send: SendRequested


class Due(NamedTuple):
    """A send that may start at `start`; after its deadline it must not."""

    offset: int
    send: SendRequested
    start: float
    ceilings: tuple[Gcra, ...]

    def expired(self) -> bool:
        """Whether it must not start any more."""
        return self.start > self.send.deadline

    def postponed(self, start: float) -> None:
        """The start is later than was planned: those behind it must keep their distance."""
        for ceiling in self.ceilings:
            ceiling.take(start)


class Lane:
    """The sends of one invoke and channel, or the single messages of one channel."""

    __slots__ = ("_later", "_mpm", "_mps", "key", "last", "paced", "waiting")

    def __init__(self, key: LaneKey) -> None:
        self.key = key
        self.waiting: deque[Waiting] = deque()
        self.last = 0.0
        self.paced: tuple[int | None, int | None] = (None, None)
        self._mps: Gcra | None = None
        self._mpm: MinuteRing | None = None
        self._later: Waiting | None = None

    def hear(self, latest: Waiting) -> None:
        """The last of those that wait brings the newest word on the ceilings. Higher ones hold at once, lower ones from
        that send on: those before it have their slots, and a pause must not have to wait for them."""
        pace = latest.send.pace
        slower = any(new and (not old or new < old) for old, new in zip(self.paced, (pace.mps, pace.mpm), strict=True))
        if not slower or len(self.waiting) == 1:
            self._later = None
            self.pace(pace)
        elif self._later is None or self._later.send.pace != pace:
            self._later = latest

    def settle(self) -> None:
        """Another send is the first now."""
        if self._later and self.waiting and self.waiting[0].offset >= self._later.offset:
            self.pace(self._later.send.pace)
            self._later = None

    def pace(self, pace: Pace) -> None:
        """The ceilings from now on. What has started under a ceiling counts."""
        self.paced = (pace.mps, pace.mpm)
        if pace.mps is None:
            self._mps = None
        elif self._mps is None:
            self._mps = Gcra(pace.mps, self.last)
        else:
            self._mps.rate = pace.mps
        if pace.mpm is None:
            self._mpm = None
        elif self._mpm is None:
            self._mpm = MinuteRing(pace.mpm)
        else:
            self._mpm.mpm = pace.mpm

    def earliest(self, at: float) -> float:
        """When its first send may start, from `at` on. There must be one."""
        slot = self.waiting[0].send.slot
        at = slot if slot > at else at
        if self._mps is not None:
            at = self._mps.earliest(at)
        return at if self._mpm is None else self._mpm.earliest(at)

    def take(self, at: float) -> tuple[Gcra, ...]:
        """A send of it starts at `at`. Answers the ceilings that a later start would move."""
        self.last = at
        if self._mpm is not None:
            self._mpm.take(at)
        if self._mps is None:
            return ()
        self._mps.take(at)
        return (self._mps,)

    def forgettable(self, now: float) -> bool:
        """Whether nothing waits and nothing of the past counts."""
        return not self.waiting and now - self.last > _REMEMBERED


class Line:
    """The lanes of one account, under the account's ceiling."""

    __slots__ = ("_agenda", "_lanes", "mps", "running")

    def __init__(self, mps: float) -> None:
        self.mps = Gcra(mps)
        self.running = 0
        """Calls under way."""
        self._lanes: dict[LaneKey, Lane] = {}
        self._agenda: Agenda[Lane] = Agenda()

    def add(self, waiting: Waiting, now: float) -> tuple[Lane, bool]:
        """The send's lane, and whether the next start may have moved. The send brings the newest word on ceilings."""
        send = waiting.send
        key = (send.invoke_id, send.channel)
        lane = self._lanes.get(key)
        if lane is None:
            self._lanes = {k: other for k, other in self._lanes.items() if not other.forgettable(now)}
            lane = self._lanes[key] = Lane(key)
        paced = (send.pace.mps, send.pace.mpm)
        moved = not lane.waiting or lane.paced != paced or self.mps.rate != send.account_mps
        lane.waiting.append(waiting)
        if moved:
            self.mps.rate = send.account_mps
            lane.hear(waiting)
            self._agenda.put(lane, lane.earliest(now))
        return lane, moved

    def first(self, now: float) -> tuple[float, Lane] | None:
        """The lane whose turn it is, and when. Times in the agenda may be too early, never too late."""
        while (entry := self._agenda.first()) is not None:
            at, lane = entry
            exact = lane.earliest(max(at, now))
            if exact <= max(at, now):
                return self.mps.earliest(exact), lane
            self._agenda.put(lane, exact)
        return None

    def lanes(self, invoke: InvokeId | None) -> list[Lane]:
        """The lanes of an invoke, or all."""
        return [lane for key, lane in self._lanes.items() if invoke is None or key[0] == invoke]

    def settle(self, lane: Lane) -> None:
        """The lane's first send has changed."""
        lane.settle()
        if lane.waiting:
            self._agenda.put(lane, lane.earliest(lane.waiting[0].send.slot))
        else:
            self._agenda.remove(lane)

    def forgettable(self, now: float) -> bool:
        """Whether nothing waits, nothing runs and nothing of the past counts."""
        return not self.running and all(lane.forgettable(now) for lane in self._lanes.values())
