"""Which offsets of the input are dealt with (released or dropped), in whatever order that happened.

The low-water mark is the commit; what lies beyond it goes to the changelog as bitmaps of 1,024 offsets. A restart asks
here before it decodes a record, so that a record is dealt with once and reading over a long tail is cheap."""

from collections.abc import Iterator

CHUNK = 1024


class Released:
    """Offsets are read in ascending order and may have gaps (transaction markers), which count as dealt with."""

    def __init__(self) -> None:
        self._chunks: dict[int, int] = {}
        self._dirty: set[int] = set()
        self._stored: set[int] = set()
        self._next: int | None = None
        self._low = 0
        self._swept = 0
        """Below this chunk nothing is stored."""

    def restore(self, chunk: int, bitmap: bytes) -> None:
        """One entry of `changes`, as an earlier process left it."""
        self._chunks[chunk] = int.from_bytes(bitmap, "little")
        self._stored.add(chunk)

    def resume(self, offset: int) -> None:
        """Reading goes on at `offset`, the low-water mark of the last commit."""
        self._next = self._low = offset

    def seen(self, offset: int) -> bool:
        """Takes note of a record that was read; False when it is dealt with already."""
        if self._next is None or self.low == self._next:
            self._chunks.pop(self._low // CHUNK if offset // CHUNK > self._low // CHUNK else -1, None)
            self._low = max(self._low, offset)
        else:
            for gap in range(self._next, offset):
                self.add(gap)
        self._next = offset + 1
        return not self._chunks.get(offset // CHUNK, 0) >> offset % CHUNK & 1

    def add(self, offset: int) -> None:
        """The record at `offset` is dealt with."""
        chunk, bit = divmod(offset, CHUNK)
        self._chunks[chunk] = self._chunks.get(chunk, 0) | 1 << bit
        self._dirty.add(chunk)

    @property
    def low(self) -> int:
        """The low-water mark: everything below is dealt with."""
        while True:
            chunk, bit = divmod(self._low, CHUNK)
            bits = self._chunks.get(chunk, 0) >> bit
            run = (~bits & (bits + 1)).bit_length() - 1
            self._low += run
            if bit + run < CHUNK:
                return self._low
            del self._chunks[chunk]

    def changes(self) -> Iterator[tuple[int, bytes | None]]:
        """What a restart needs beyond the low-water mark, by chunk: what changed since the last call (None: no longer
        needed)."""
        low = self.low
        for chunk in self._dirty:
            bits = self._chunks.get(chunk, 0)
            if chunk > low // CHUNK or (chunk == low // CHUNK and bits >> low % CHUNK):
                self._stored.add(chunk)
                yield chunk, bits.to_bytes(CHUNK // 8, "little")
        self._dirty.clear()
        if low // CHUNK > self._swept:
            self._swept = low // CHUNK
            for chunk in [chunk for chunk in self._stored if chunk < self._swept]:
                self._stored.remove(chunk)
                self._chunks.pop(chunk, None)
                yield chunk, None
