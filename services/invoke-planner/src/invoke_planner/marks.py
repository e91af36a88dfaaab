"""Which of the numbers 0, 1, 2, … are done: they are in the end, in whatever order, and each change costs the same.

The changelog holds bitmaps of 1,024 numbers. All below the first bitmap that is kept are in the set."""

from collections.abc import Iterator

CHUNK = 1024


class Marks:
    """A set that fills up from below."""

    __slots__ = ("_chunks", "_dirty", "_first", "_low", "_stored", "count")

    def __init__(self) -> None:
        self._chunks: dict[int, int] = {}
        self._dirty: set[int] = set()
        self._stored: set[int] = set()
        self._first = self._low = self.count = 0

    def restore(self, chunk: int, bitmap: bytes) -> None:
        """One entry of `changes`, as an earlier process left it. After the last one comes `resume`."""
        self._chunks[chunk] = int.from_bytes(bitmap, "little")
        self._stored.add(chunk)

    def resume(self) -> None:
        """All is restored."""
        self._first = min(self._chunks, default=0)
        self._low = self._first * CHUNK
        self.count = self._low + sum(bits.bit_count() for bits in self._chunks.values())

    def __contains__(self, value: int) -> bool:
        chunk, bit = divmod(value, CHUNK)
        return chunk < self._first or bool(self._chunks.get(chunk, 0) >> bit & 1)

    def add(self, value: int) -> bool:
        """False when it was there already."""
        chunk, bit = divmod(value, CHUNK)
        return bool(self._fill(chunk, 1 << bit))

    def add_range(self, start: int, end: int) -> None:
        """Adds every number of [start, end)."""
        for chunk in range(start // CHUNK, -(-end // CHUNK)):
            low, high = max(0, start - chunk * CHUNK), min(CHUNK, end - chunk * CHUNK)
            self._fill(chunk, (1 << high) - (1 << low))

    def _fill(self, chunk: int, mask: int) -> int:
        if chunk < self._first:
            return 0
        before = self._chunks.get(chunk, 0)
        added = mask & ~before
        if added:
            self._chunks[chunk] = before | mask
            self._dirty.add(chunk)
            self.count += added.bit_count()
        return added

    @property
    def low(self) -> int:
        """The first number that is not in the set."""
        while True:
            chunk, bit = divmod(self._low, CHUNK)
            bits = self._chunks.get(chunk, 0) >> bit
            run = (~bits & (bits + 1)).bit_length() - 1
            self._low += run
            if bit + run < CHUNK:
                return self._low

    def changes(self) -> Iterator[tuple[int, bytes | None]]:
        """What changed since the last call, by chunk (None: no longer needed). The lowest chunk that is kept is there
        even when it is empty: it tells that all before it are full."""
        kept = max(0, self.low - 1) // CHUNK
        lowest = {kept} - self._stored if self._dirty else set()
        for chunk in sorted(self._dirty | lowest):
            if chunk >= kept:
                self._stored.add(chunk)
                yield chunk, self._chunks.get(chunk, 0).to_bytes(CHUNK // 8, "little")
        self._dirty.clear()
        for chunk in range(self._first, kept):
            self._chunks.pop(chunk, None)
            if chunk in self._stored:
                self._stored.remove(chunk)
                yield chunk, None
        self._first = kept

    def removal(self) -> Iterator[tuple[int, None]]:
        """The changes that leave nothing of it in the changelog."""
        yield from ((chunk, None) for chunk in self._stored)
