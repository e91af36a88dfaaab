"""The offset ledger: finishing a partition's records out of order, without losing or repeating any.

The commit's offset is the low-water mark: everything below is done. The commit's metadata holds what is done and what
is begun beyond it, run-length coded, so that a restart skips the first and knows the second (design.md 3)."""

from collections.abc import Iterator

from dapi_common.bus.port import Committed
from dapi_common.ranges import RangeSet

METADATA_BYTES = 4096
"""It is written with every commit."""

_PER_RECORD = 10
"""More than one record on its own adds: two numbers of up to 36^4, and a digit to the gap that it splits."""
_SPARE = 128
"""Kept for the record at the low-water mark."""

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class OffsetLedger:
    """Which offsets of one input partition are seen, begun and done. Offsets may have gaps (transaction markers)."""

    def __init__(self, committed: Committed | None = None) -> None:
        self._done = RangeSet()
        self._begun: set[int] = set()
        self._pending: dict[int, int] = {}
        self._active: set[int] = set()
        self._written: tuple[int, str] | None = None
        self._next = committed.offset if committed else 0
        if committed and committed.metadata:
            done, _, begun = committed.metadata.partition("|")
            self._done = RangeSet(_decode(done, committed.offset))
            self._begun = {o for start, end in _decode(begun, committed.offset) for o in range(start, end)}
        self._known = max([self._next, *self._begun, *(end for _, end in self._done)])

    def seen(self, offset: int) -> bool:
        """Takes note of a record that was read; False when it is done already and must be skipped. Offsets come in
        ascending order; what was left out (transaction markers) belongs to the record after it."""
        since, self._next = self._next, offset + 1
        if offset in self._done:
            return False
        self._pending[offset] = since
        return True

    def was_begun(self, offset: int) -> bool:
        """Whether an earlier process had begun it and left no answer: unclear."""
        return offset in self._begun and offset not in self._active

    def begin(self, offset: int) -> None:
        """An act on this record starts after the next commit."""
        self._active.add(offset)
        self._begun.add(offset)
        self._written = None

    def done(self, offset: int) -> None:
        """The record's outcome is part of the next commit."""
        self._done.add_range(self._pending.pop(offset, offset), offset + 1)
        self._active.discard(offset)
        self._begun.discard(offset)
        self._written = None

    @property
    def open(self) -> int:
        """How many records are seen and not done."""
        return len(self._pending)

    @property
    def low(self) -> int:
        """The low-water mark: the first record that is not done, or what comes after the last one read."""
        return next(iter(self._pending), self._next)

    def commit(self) -> Committed:
        """The low-water mark and what lies beyond it."""
        self._done.discard_below(self.low)
        return Committed(self.low, self._metadata())

    def room(self) -> bool:
        """Whether a commit's metadata has room for more records in flight; what it names itself must be read anyway."""
        return self._next < self._known or len(self._metadata()) < METADATA_BYTES // 2

    def budget(self) -> int:
        """How many records may begin, or be done, so that the metadata of every commit fits whatever becomes of them.
        The record at the low-water mark always may."""
        return max(0, METADATA_BYTES - len(self._metadata()) - _SPARE) // _PER_RECORD

    def _metadata(self) -> str:
        low = self.low
        if self._written is None or self._written[0] != low:
            begun = RangeSet((offset, offset + 1) for offset in sorted(self._begun))
            parts = _encode(self._done, low), _encode(begun, low)
            self._written = low, "|".join(parts) if any(parts) else ""
        return self._written[1]


def _encode(ranges: RangeSet, low: int) -> str:
    """Base-36 distances: gap to the range, length of the range, …"""
    parts: list[str] = []
    at = low
    for start, end in ranges:
        if end <= low:
            continue
        parts += [_base36(max(start, low) - at), _base36(end - max(start, low))]
        at = end
    return ",".join(parts)


def _decode(text: str, low: int) -> Iterator[tuple[int, int]]:
    numbers = [int(part, 36) for part in text.split(",") if part]
    at = low
    for gap, length in zip(numbers[::2], numbers[1::2], strict=True):
        yield at + gap, at + gap + length
        at += gap + length


def _base36(number: int) -> str:
    text = ""
    while True:
        number, digit = divmod(number, 36)
        text = _DIGITS[digit] + text
        if not number:
            return text
