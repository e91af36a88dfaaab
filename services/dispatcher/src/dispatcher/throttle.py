"""The ceilings of an account. A send's slot is the latest of what each ceiling that it is under allows; its *room* is
what keeps them when calls come later than their slots (decision 0008)."""

from dataclasses import dataclass, field

import orjson

from dapi_common.events.shapes import Pace
from dapi_common.pacing import LEAST, Gcra, MinuteRing


class Room:
    """How far apart the calls of one provider must stay, so that the places under a ceiling that others have in between
    are left free. It is known by the process that gave the slots, and by no later one."""

    __slots__ = ("_last", "_used", "is_shared")

    def __init__(self) -> None:
        self.is_shared = False
        """Whether slots went to more than one provider."""
        self._used = 0.0
        """The seconds that all slots so far take at the full ceiling of their time."""
        self._last: dict[str, tuple[float, float]] = {}

    def take(self, provider: str, slot: float, rate: float) -> float:
        """The provider gets this slot: the seconds from its call of before. Never more than from slot to slot, so that
        whoever keeps the slots keeps the rooms; what one of them falls short by is added to the next."""
        own = 1.0 / rate
        used = self._used = self._used + own
        last = self._last.get(provider)
        if last is None:
            self._last[provider] = used, slot
            self.is_shared = len(self._last) > 1
            return own
        counted, before = last
        room = max(0.0, min(used - counted, slot - before))
        self._last[provider] = counted + room, slot
        return room


class PaceCeiling:
    """What one invoke may send on one channel: the mps and mpm that the latest send or control (by offset) names."""

    __slots__ = ("_gcra", "_given_back", "_ring", "_room", "told")

    def __init__(self) -> None:
        self._gcra: Gcra | None = None
        self._ring: MinuteRing | None = None
        self._room = Room()
        self.told = -1
        """The offset that named the pace."""
        self._given_back = -1
        """The offset of the latest send whose slot was given back: whoever takes over reads it again."""

    def repace(self, pace: Pace, offset: int) -> bool:
        """Whether that changed anything."""
        if offset <= self.told:
            return False
        self.told = offset
        return self._repace_second(pace.mps) | self._repace_minute(pace.mpm)

    def _repace_second(self, mps: int | None) -> bool:
        changed = mps != (self._gcra.rate if self._gcra else None)
        if changed:
            self._gcra = Gcra(mps, self._gcra.state if self._gcra else 0.0) if mps else None
        return changed

    def _repace_minute(self, mpm: int | None) -> bool:
        changed = mpm != (self._ring.mpm if self._ring else None)
        if changed:
            self._ring = MinuteRing(mpm, self._ring.state if self._ring else ()) if mpm else None
        return changed

    @property
    def pace(self) -> Pace:
        """What it is now."""
        return Pace(mps=int(self._gcra.rate) if self._gcra else None, mpm=self._ring.mpm if self._ring else None)

    def earliest(self, now: float) -> float:
        """The first time from `now` on that keeps both."""
        at = self._gcra.earliest(now) if self._gcra else now
        return self._ring.earliest(at) if self._ring else at

    def take(self, provider: str, at: float) -> float:
        """The provider gets a slot at `at`. Its room under the ceiling of a second, 0.0 where there is none."""
        if self._ring:
            self._ring.take(at)
        if self._gcra is None:
            return 0.0
        self._gcra.take(at)
        return self._room.take(provider, at, self._gcra.rate)

    def give_back(self, at: float, offset: int) -> bool:
        """The send with this offset did not use its slot at `at`. Whether another may come earlier for that: of a
        second's ceiling, none."""
        if self._ring is None or offset <= self._given_back:
            return False
        self._given_back = offset
        return self._ring.give_back(at)

    def take_over(self, now: float) -> None:
        """Another process gave the last slots."""
        if self._gcra:
            self._gcra.take_over(now)
        if self._ring:
            self._ring.take_over(now)

    def dump(self) -> bytes:
        """For the changelog."""
        gcra, ring = self._gcra, self._ring
        return orjson.dumps(
            [self.told, gcra and [gcra.rate, gcra.state], ring and [ring.mpm, ring.state], self._given_back],
        )

    @classmethod
    def load(cls, value: bytes) -> "PaceCeiling":
        """What `dump` wrote."""
        ceiling = cls()
        ceiling.told, gcra, ring, *later = orjson.loads(value)
        ceiling._given_back = later[0] if later else -1
        ceiling._gcra = Gcra(*gcra) if gcra else None
        ceiling._ring = MinuteRing(*ring) if ring else None
        return ceiling


@dataclass(slots=True)
class AccountClock:
    """The account's own ceiling, and those of its credentials by provider (absent: none)."""

    gcra: Gcra
    told: int
    """The offset that named the account's rate."""
    providers: dict[str, Gcra]
    _room: Room = field(default_factory=Room)

    @property
    def is_shared(self) -> bool:
        """Whether several providers have slots of it: an account that used two is taken to go on with them."""
        return self._room.is_shared

    def earliest(self, now: float) -> float:
        """The first time from `now` on at which a slot keeps the account's own ceiling."""
        return self.gcra.earliest(now + LEAST if self._room.is_shared else now)

    def take(self, provider: str, at: float) -> float:
        """The provider gets a slot at `at`. Its room under the account's own ceiling."""
        self.gcra.take(at)
        if ceiling := self.providers.get(provider):
            ceiling.take(at)
        return self._room.take(provider, at, self.gcra.rate)

    def take_over(self, now: float) -> None:
        """Another process gave the last slots."""
        for gcra in (self.gcra, *self.providers.values()):
            gcra.take_over(now)

    def tell(self, mps: int, offset: int) -> bool:
        """The latest word (by offset) on the account's rate; whether that changed it."""
        if offset <= self.told:
            return False
        self.told = offset
        changed = self.gcra.rate != mps
        if changed:
            self.gcra.rate = mps
        return changed

    def dump(self) -> bytes:
        """For the changelog."""
        starts = {name: gcra.state for name, gcra in self.providers.items() if gcra.state}
        return orjson.dumps([self.gcra.rate, self.gcra.state, self.told, starts])

    @classmethod
    def load(cls, value: bytes, rates: dict[str, float]) -> "AccountClock":
        """What `dump` wrote, with the providers' `rates` of today."""
        rate, start, told, starts = orjson.loads(value)
        clock = cls.fresh(rate, told, rates)
        clock.gcra.state = start
        for name in clock.providers.keys() & starts.keys():
            clock.providers[name].state = starts[name]
        return clock

    @classmethod
    def fresh(cls, mps: float, told: int, rates: dict[str, float]) -> "AccountClock":
        """One under which nothing has started yet."""
        return cls(Gcra(mps), told, {name: Gcra(rate) for name, rate in rates.items()})
