"""The sends of one partition, taken in the order in which they may start."""

from collections.abc import Iterator

from dapi_common.events.sends import SendRequested
from dapi_common.ids import AccountId, InvokeId
from dapi_common.pacing import LOOKAHEAD
from dapi_common.provider.agenda import Agenda
from dapi_common.provider.lag import Lag
from dapi_common.provider.waiting import LATE, Due, Lane, Line, Waiting

_SWEEP = 1024
_TRUSTED = 2 * LOOKAHEAD
"""A slot further ahead (s) was given by a clock that is ahead of this one's: nobody knows by how much."""


class Queue:
    """Everything that is read and neither begun nor dropped."""

    def __init__(self, share: int) -> None:
        """`share` is how many calls one account may have under way."""
        self._share = share
        self._lines: dict[AccountId, Line] = {}
        self._agenda: Agenda[Line] = Agenda()
        self._lanes: dict[int, Lane] = {}
        self._lag = Lag()
        self._sweep_at = _SWEEP

    def __len__(self) -> int:
        return len(self._lanes)

    def __contains__(self, offset: object) -> bool:
        return offset in self._lanes

    def add(self, offset: int, send: SendRequested, now: float) -> None:
        """Sends of one lane are added in the order of their offsets."""
        line = self._lines.get(send.account)
        if line is None:
            self._forget(now)
            line = self._lines[send.account] = Line()
        self._lag.note(now - send.slot, now)
        slot = send.slot if send.slot <= now + _TRUSTED else now + LOOKAHEAD
        self._lanes[offset], moved = line.add(Waiting(offset, send, slot), now)
        if moved:
            self._enter(line, now)

    def next_at(self) -> float | None:
        """When the next send may be due, or earlier; None: not before something else happens."""
        entry = self._agenda.first()
        return None if entry is None else entry[0]

    def take(self, now: float, until: float) -> Due | None:
        """The next send that may start (or is found to be expired) by `until`, in the order of the starts."""
        while (entry := self._agenda.first()) is not None and entry[0] <= until:
            at, line = entry
            found = line.first(now) if line.running < self._share else None
            if found is None:
                self._agenda.remove(line)
            elif found[0] > max(at, now):
                self._agenda.put(line, found[0])
            else:
                return self._start(line, found[1], found[0], now)
        return None

    def take_only(self, offset: int, account: AccountId, now: float, until: float) -> Due | None:
        """That very send, which must be the first of its lane, if it may start by `until`."""
        line, lane = self._lines[account], self._lanes[offset]
        start = line.earliest(lane, now)
        if start > until or line.running >= self._share:
            return None
        return self._start(line, lane, start, now)

    def account_of(self, offset: int) -> AccountId:
        """Whose send it is. Raises KeyError when it does not wait here."""
        return self._lanes[offset].waiting[0].send.account

    def ended(self, account: AccountId, now: float) -> None:
        """A call of a send that was taken has ended."""
        line = self._lines[account]
        line.running -= 1
        if line.running == self._share - 1:
            self._enter(line, now)

    def withdraw(self, account: AccountId, invoke: InvokeId | None, now: float) -> Iterator[Waiting]:
        """Takes out all sends of the account, or of one of its invokes."""
        line = self._lines.get(account)
        if line is None:
            return
        for lane in line.lanes(invoke):
            for waiting in lane.waiting:
                del self._lanes[waiting.offset]
                yield waiting
            lane.waiting.clear()
            line.settle(lane)
        self._enter(line, now)

    def _start(self, line: Line, lane: Lane, start: float, now: float) -> Due:
        offset, send, slot = lane.waiting.popleft()
        del self._lanes[offset]
        late = send.shared and not send.late and start > slot + LATE + self._lag.usual(now)
        due = Due(offset, send, start, late, line, lane)
        if not late and not due.expired():
            line.last = lane.last = start
            line.running += 1
        line.settle(lane)
        self._enter(line, now)
        return due

    def _enter(self, line: Line, now: float) -> None:
        found = line.first(now) if line.running < self._share else None
        if found is None:
            self._agenda.remove(line)
        else:
            self._agenda.put(line, found[0])

    def _forget(self, now: float) -> None:
        if len(self._lines) >= self._sweep_at:
            self._lines = {a: line for a, line in self._lines.items() if not line.forgettable(now)}
            self._sweep_at = 2 * len(self._lines) + _SWEEP
