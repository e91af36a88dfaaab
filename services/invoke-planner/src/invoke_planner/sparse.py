"""Which of the numbers 0, 1, 2, … are marked, where few are and each may be unmarked again. The changelog holds bitmaps
of 1,024 numbers, so that a change costs the same however many there are."""

from collections.abc import Iterator

from invoke_planner.marks import CHUNK


class Sparse:
    """A set. False when it is empty."""

    __slots__ = ("_chunks", "_dirty", "_stored")

    def __init__(self) -> None:
        self._chunks: dict[int, int] = {}
        self._dirty: set[int] = set()
        self._stored: set[int] = set()

    def restore(self, chunk: int, bitmap: bytes) -> None:
        """One entry of `changes`, as an earlier process left it."""
        self._chunks[chunk] = int.from_bytes(bitmap, "little")
        self._stored.add(chunk)

    def __bool__(self) -> bool:
        return bool(self._chunks)

    def __contains__(self, value: int) -> bool:
        chunk, bit = divmod(value, CHUNK)
        return bool(self._chunks.get(chunk, 0) >> bit & 1)

    def add(self, value: int) -> None:
        """Marks a number."""
        chunk, bit = divmod(value, CHUNK)
        self._set(chunk, self._chunks.get(chunk, 0) | 1 << bit)

    def discard(self, value: int) -> bool:
        """Unmarks a number; False when it was not marked."""
        if value not in self:
            return False
        chunk, bit = divmod(value, CHUNK)
        self._set(chunk, self._chunks[chunk] & ~(1 << bit))
        return True

    def _set(self, chunk: int, bits: int) -> None:
        self._dirty.add(chunk)
        if bits:
            self._chunks[chunk] = bits
        else:
            del self._chunks[chunk]

    def copy(self) -> "Sparse":
        """The same numbers, of which the changelog has none."""
        copy = Sparse()
        copy._chunks = dict(self._chunks)
        copy._dirty = set(self._chunks)
        return copy

    def changes(self) -> Iterator[tuple[int, bytes | None]]:
        """What changed since the last call, by chunk (None: no longer needed)."""
        for chunk in sorted(self._dirty):
            if bits := self._chunks.get(chunk):
                self._stored.add(chunk)
                yield chunk, bits.to_bytes(CHUNK // 8, "little")
            elif chunk in self._stored:
                self._stored.remove(chunk)
                yield chunk, None
        self._dirty.clear()

    def removal(self) -> Iterator[tuple[int, None]]:
        """The changes that leave nothing of it in the changelog."""
        yield from ((chunk, None) for chunk in self._stored)
