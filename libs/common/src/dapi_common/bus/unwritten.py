"""What a task learnt in steps for whose commit nobody waits: it read something, and knows it.

It is written with the next step that says something or begins a job, or a moment later: a transaction costs the broker
as much for this alone as for a hundred messages. Nothing hangs on it. Who takes the task over before reads the same
records again, from where the last commit left off, and finds the same out."""

from collections.abc import Iterable
from math import inf
from time import monotonic

from dapi_common.bus.port import Committed, Effects, Record

SECONDS = 0.25
"""For so long it may wait."""


class Unwritten:
    """The state and the offsets of one task that its log does not have."""

    def __init__(self) -> None:
        self._state: dict[str, bytes | None] = {}
        self._offsets: dict[str, Committed] = {}
        self._until = inf

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return self._until < inf

    @property
    def due_in(self) -> float:
        """Seconds until it is to be written; inf: there is nothing."""
        return self._until - monotonic()

    def add(self, effects: Effects, records: Iterable[Record]) -> None:
        """What a step with these records asks for."""
        for key, value in effects.state.items():
            self._state.pop(key, None)  # the state is restored in the order of its last changes
            self._state[key] = value
        self._offsets |= {record.topic: Committed(record.offset + 1) for record in records}
        self._offsets |= effects.offsets
        if self._state or self._offsets:
            self._until = min(self._until, monotonic() + SECONDS)

    def taken(self) -> tuple[dict[str, bytes | None], dict[str, Committed]]:
        """All of it, to be written now: the state, and how far each input is read."""
        taken = self._state, self._offsets
        self._state, self._offsets, self._until = {}, {}, inf
        return taken
