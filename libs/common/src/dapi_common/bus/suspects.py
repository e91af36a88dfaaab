"""Which record made a step raise: found over restarts, because a task's state is of no use after an exception.

    a step of n records raises   they are suspects: written down, then the process ends
    suspects come again          in pieces of about √n, each a step of its own: the one that raises is what is left
    that comes again             record by record: the one that raises is alone
    alone, and CRASHES times     parked, and the partition goes on

What is written down stands in the task's progress (progress.py), beside how far its inputs are read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from math import isqrt

from dapi_common.bus.port import Committed, Record, TooManyParked

CRASHES = 3
CONVICTED_IN_A_ROW = 100
"""So many parked after crashes, without a record of the topic that was handled: not bad records but a bad handler."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """Records of one topic, from offset `first` to `last`, of which one may have ended the process `crashes` times.
    Before them, `row` in a row were parked for that. `error` is the type of the last exception."""

    first: int
    last: int
    crashes: int
    row: int
    error: str

    def has(self, offset: int) -> bool:
        """Whether that record is one of them."""
        return self.first <= offset <= self.last

    @property
    def piece(self) -> int:
        """How many of them make a step."""
        return isqrt(self.last - self.first) + 1 if self.crashes == 1 else 1

    @property
    def convicted(self) -> bool:
        """Whether it is to be parked."""
        return self.first == self.last and self.crashes >= CRASHES

    def written(self) -> Committed:
        """As `read` reads it back."""
        return Committed(self.first, f"{self.last},{self.crashes},{self.row},{self.error}")


def read(committed: Committed) -> Suspect:
    """What a former life of the process wrote down."""
    last, crashes, row, error = committed.metadata.split(",", 3)
    return Suspect(committed.offset, int(last), int(crashes), int(row), error)


class Suspects:
    """Those of one task, by topic."""

    def __init__(self, written: Mapping[str, Committed]) -> None:
        held = {topic: read(committed) for topic, committed in written.items()}
        self._held = {topic: suspect for topic, suspect in held.items() if suspect.crashes or suspect.row}

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._held)

    def take(self, inbox: Sequence[Record]) -> Sequence[Record]:
        """The first records of the inbox that make a step: those before a suspect, or a piece of suspects."""
        if not self._held or not inbox:
            return inbox
        if (suspect := self._of(inbox[0])) is None:
            return list(takewhile(lambda record: self._of(record) is None, inbox))
        return list(takewhile(lambda record: self._of(record) is suspect, inbox[: suspect.piece]))

    def among(self, records: Sequence[Record]) -> bool:
        """Whether these are suspects: then nothing else may be part of their step."""
        return bool(self._held and records and self._of(records[0]))

    def defused(self, records: Sequence[Record]) -> Sequence[Record]:
        """What the task is given: a convicted record comes without its value, so that the task parks it as it parks
        whatever it cannot read, and its offset is dealt with. Raises TooManyParked."""
        suspect = self._of(records[0]) if self._held and records else None
        if suspect is None or not suspect.convicted:
            return records
        if suspect.row >= CONVICTED_IN_A_ROW:
            raise TooManyParked(f"{suspect.row} records in a row ended the process ({suspect.error})")
        return [replace(record, value=None) for record in records]

    def named(self, records: Sequence[Record], parked: Iterable[tuple[Record, str]]) -> list[tuple[Record, str]]:
        """What the task parked of the `records` that were taken: convicted ones as they came, and why."""
        suspect = self._of(records[0]) if self._held and records else None
        if suspect is None or not suspect.convicted:
            return list(parked)
        return [(records[0], f"the handler raised {suspect.error}, {suspect.crashes} times") for _ in parked]

    def accused(self, records: Sequence[Record], error: Exception) -> dict[str, Committed]:
        """A step with these raised: what is to be written down."""
        found: dict[str, Committed] = {}
        for topic in dict.fromkeys(record.topic for record in records):
            offsets = [record.offset for record in records if record.topic == topic]
            found[topic] = self._accused(topic, offsets[0], offsets[-1], type(error).__name__).written()
        return found

    def _accused(self, topic: str, first: int, last: int, error: str) -> Suspect:
        held = self._held.get(topic)
        again = held is not None and held.has(first) and held.has(last)
        return Suspect(first, last, held.crashes + 1 if held and again else 1, held.row if held else 0, error)

    def passed(self, records: Sequence[Record]) -> dict[str, Committed]:
        """A step with these is committed: what is to be written down, if anything is."""
        if not self._held:
            return {}
        lasts = {record.topic: record.offset for record in records if record.topic in self._held}
        return {topic: after for topic, last in lasts.items() if (after := self._passed(topic, last)) is not None}

    def _passed(self, topic: str, last: int) -> Committed | None:
        """A suspect is forgotten once it is passed; one that was parked is counted first."""
        held = self._held[topic]
        if held.convicted and held.has(last):
            self._held[topic] = Suspect(last + 1, last, 0, held.row + 1, held.error)
            return self._held[topic].written()
        if last < held.last:
            return None
        del self._held[topic]
        return Suspect(last + 1, last, 0, 0, "").written()

    def _of(self, record: Record) -> Suspect | None:
        held = self._held.get(record.topic)
        return held if held is not None and held.has(record.offset) else None
