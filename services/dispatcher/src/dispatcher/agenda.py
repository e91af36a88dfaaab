"""When each account is next: a heap, so that an account costs nothing until its time has come."""

from heapq import heappop, heappush, heapreplace
from itertools import count
from math import inf

from dapi_common.pacing import LOOKAHEAD
from dispatcher.lanes import Account, Turn


class Agenda:
    """Every account with work has exactly one valid entry: a time before which nothing of it is due. A send is due
    LOOKAHEAD before its slot, so that its adapter has it in time."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Account]] = []
        self._serials = count(1)

    def put(self, account: Account, now: float) -> None:
        """Who is next of this account may have changed."""
        account.choice = None
        account.entry = next(self._serials)
        heappush(self._heap, (now, account.entry, account))

    def due(self, now: float) -> tuple[Account, Turn] | None:
        """Of all sends that may be released now, the one that starts first. The caller takes it out of the account,
        then calls `settle`."""
        horizon = now + LOOKAHEAD
        while self._heap:
            at, entry, account = self._heap[0]
            if entry != account.entry:
                heappop(self._heap)
                continue
            if at > horizon:
                return None
            turn = account.choice
            if turn is None or turn.slot < now:
                turn = account.choose(now)
            if turn and turn.slot <= horizon:
                return account, turn
            self._move_first(turn)
        return None

    def settle(self, account: Account, now: float) -> None:
        """The account that `due` named was served, or its head dropped."""
        self._move_first(account.choose(now))

    def _move_first(self, turn: Turn | None) -> None:
        account = self._heap[0][2]
        account.entry = next(self._serials)
        if turn:
            heapreplace(self._heap, (turn.slot, account.entry, account))
        else:
            heappop(self._heap)

    @property
    def wake_at(self) -> float:
        """When `due` has something again (inf: never). Exact, provided that it last answered None."""
        return self._heap[0][0] - LOOKAHEAD if self._heap else inf
