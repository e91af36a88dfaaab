"""Who of an account is next: single messages before invokes, invokes in turn, each lane in its own order.

A *lane* is what keeps an order: the first tries of one invoke (or of no invoke) on one channel through one provider;
or those that come again, which keep none. A *group* holds an invoke's lanes, or those of the single messages."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush, heapreplace
from itertools import count
from math import inf

from dapi_common.events.sends import SendRequested
from dapi_common.events.shapes import Channel
from dapi_common.ids import AccountId, InvokeId
from dapi_common.pacing import Gcra
from dispatcher.backlog import Fifo, Queued, Retries, Waiting
from dispatcher.throttle import AccountClock, PaceCeiling

LaneKey = tuple[Channel, str, bool]
"""Channel, provider, whether it holds what comes again."""

_serials = count(1)


@dataclass(slots=True, eq=False)
class Lane:
    """Sends of one order. At most one entry of `Turns` is the lane's at any time."""

    group: "Group"
    channel: Channel
    provider: str
    queue: Waiting
    listed: bool = False
    """Whether `Turns` has an entry of it."""
    expiry: float = inf
    """When its queue is to be looked through for expired sends."""

    def eligible(self, at: float) -> float:
        """The first time from `at` on at which its head may start, account and credential aside."""
        at = max(at, self.queue.head.request.not_before)
        pace = self.group.paces.get(self.channel)
        return pace.earliest(at) if pace else at

    def hurry(self) -> bool:
        """What was put back untried need not wait any longer. Whether anything was."""
        return isinstance(self.queue, Retries) and self.queue.hurry()

    def take_all(self) -> Iterator[Queued]:
        """Takes all of its sends away at once; they are unpacked as they are iterated over."""
        queue, self.queue = self.queue, type(self.queue)()
        return queue.drain()


@dataclass(slots=True, eq=False)
class Group:
    """An invoke, or the single messages of an account. The smallest `ticket` is served first."""

    account: "Account"
    invoke_id: InvokeId | None
    ticket: int
    used: float
    """When a send of it last came or went."""
    lanes: dict[LaneKey, Lane] = field(default_factory=dict)
    paces: dict[Channel, PaceCeiling] = field(default_factory=dict)
    paused: bool = False

    def lane(self, request: SendRequested) -> Lane:
        """The one to which the request belongs."""
        key = (request.channel, request.provider, request.comes_again)
        lane = self.lanes.get(key)
        if lane is None:
            queue = Retries() if request.comes_again else Fifo()
            lane = self.lanes[key] = Lane(self, request.channel, request.provider, queue)
        return lane

    @property
    def idle(self) -> bool:
        """Whether nothing of it waits."""
        return not any(lane.queue for lane in self.lanes.values())


@dataclass(slots=True, order=True)
class Turn:
    """The lane that is served next, and when its head starts."""

    slot: float
    ticket: int
    serial: int
    lane: Lane = field(compare=False)


class Turns:
    """The lanes of one account and provider that have work. Those held back by their pace wait in a heap of lower
    bounds, and are looked at again only when their time has come."""

    __slots__ = ("_ready", "_waiting", "ceiling")

    def __init__(self, ceiling: Gcra | None) -> None:
        self.ceiling = ceiling
        self._ready: list[tuple[int, int, Lane]] = []
        self._waiting: list[tuple[float, int, Lane]] = []

    def enter(self, lane: Lane) -> None:
        """The lane has work now."""
        if not lane.listed:
            lane.listed = True
            heappush(self._ready, (lane.group.ticket, next(_serials), lane))

    def reconsider(self) -> None:
        """Lower bounds no longer hold: a ceiling was raised, or a lane has another head."""
        for _, serial, lane in self._waiting:
            heappush(self._ready, (lane.group.ticket, serial, lane))
        self._waiting.clear()

    def next(self, at: float) -> Turn | None:
        """Who starts first when nothing may start before `at`; None when nothing waits."""
        if self.ceiling:
            at = self.ceiling.earliest(at)
        while True:
            self._promote(at)
            if self._settle(at):
                ticket, serial, lane = self._ready[0]
                return Turn(at, ticket, serial, lane)
            if not self._waiting:
                return None
            at = max(at, self._waiting[0][0])

    def served(self) -> None:
        """The head of the lane that `next` named is gone: its lane goes to the end of its equals."""
        lane = self._ready[0][2]
        heapreplace(self._ready, (lane.group.ticket, next(_serials), lane))

    def _promote(self, at: float) -> None:
        while self._waiting and self._waiting[0][0] <= at:
            _, serial, lane = heappop(self._waiting)
            heappush(self._ready, (lane.group.ticket, serial, lane))

    def _settle(self, at: float) -> bool:
        """Whether the first of the ready may really start at `at`; those that may not leave."""
        while self._ready:
            ticket, serial, lane = self._ready[0]
            if not lane.queue or lane.group.paused:
                heappop(self._ready)
                lane.listed = False
            elif ticket != lane.group.ticket:
                heapreplace(self._ready, (lane.group.ticket, serial, lane))
            elif (eligible := lane.eligible(at)) > at:
                heappop(self._ready)
                heappush(self._waiting, (eligible, serial, lane))
            else:
                return True
        return False


class Account:
    """One account's groups, and the order in which they are served."""

    __slots__ = ("_tickets", "_turns", "choice", "clock", "entry", "groups", "id")

    def __init__(self, account: AccountId, clock: AccountClock) -> None:
        self.id = account
        self.clock = clock
        self.groups: dict[InvokeId | None, Group] = {}
        self.choice: Turn | None = None
        """Who is next; None when that is not known."""
        self.entry = 0
        """Which entry of the agenda is the account's."""
        self._turns: dict[str, Turns] = {}
        self._tickets = 1

    def group(self, invoke_id: InvokeId | None, now: float) -> Group:
        """The invoke's, or that of the single messages."""
        group = self.groups.get(invoke_id)
        if group is None:
            ticket = 0 if invoke_id is None else self._tickets
            group = self.groups[invoke_id] = Group(self, invoke_id, ticket, now)
        return group

    def add(self, lane: Lane, queued: Queued, raw: bytes) -> bool:
        """Whether that may change who is next."""
        lane.queue.append(queued, raw)
        news = lane.queue.head is queued
        if news:
            self.enter(lane)
        return news

    def enter(self, lane: Lane) -> None:
        """The lane has another head."""
        self.choice = None
        turns = self._turns.get(lane.provider)
        if turns is None:
            turns = self._turns[lane.provider] = Turns(self.clock.providers.get(lane.provider))
        if lane.listed:
            turns.reconsider()
        turns.enter(lane)

    def reconsider(self) -> None:
        """A ceiling has changed."""
        self.choice = None
        for turns in self._turns.values():
            turns.reconsider()

    def choose(self, now: float) -> Turn | None:
        """Who is next, and when."""
        at = self.clock.earliest(now)
        best: Turn | None = None
        for turns in self._turns.values():
            turn = turns.next(at)
            if turn and (best is None or turn < best):
                best = turn
        self.choice = best
        return best

    def pause(self, group: Group) -> None:
        """Nothing of the group starts. Its sends keep their places."""
        group.paused = True
        self.reconsider()

    def resume(self, group: Group) -> None:
        """It goes on."""
        group.paused = False
        for lane in group.lanes.values():
            if lane.queue:
                self.enter(lane)

    def skip(self, turn: Turn) -> Queued:
        """Takes the head of the chosen lane without starting it."""
        self.choice = None
        queued = turn.lane.queue.popleft()
        self._turns[turn.lane.provider].served()
        return queued

    def start(self, turn: Turn) -> tuple[Queued, float, float]:
        """Takes the head of the chosen lane, which has the turn's slot now under all its ceilings; its room under the
        account's, and under that of its invoke and channel."""
        lane, group = turn.lane, turn.lane.group
        if group.invoke_id is not None:
            self._tickets += 1
            group.ticket = self._tickets
        room = self.clock.take(lane.provider, turn.slot)
        pace = group.paces.get(lane.channel)
        pace_room = pace.take(lane.provider, turn.slot) if pace else 0.0
        return self.skip(turn), room, pace_room

    def lanes(self, provider: str) -> Iterator[Lane]:
        """All that go through this provider."""
        for group in self.groups.values():
            yield from (lane for lane in group.lanes.values() if lane.provider == provider)
