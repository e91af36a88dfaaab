"""A set of non-negative integers that are mostly dense: offsets, plan indexes, message numbers."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema


class RangeSet:
    """Integers as sorted, disjoint, half-open ranges. Adding is O(log ranges) amortised; memory is O(ranges)."""

    __slots__ = ("_ends", "_starts", "count")

    def __init__(self, ranges: Iterable[tuple[int, int]] = ()) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        self.count = 0
        if isinstance(ranges, RangeSet):
            self._starts, self._ends, self.count = ranges._starts[:], ranges._ends[:], ranges.count
            return
        for start, end in ranges:
            self.add_range(start, end)

    def __contains__(self, value: int) -> bool:
        i = bisect_right(self._starts, value) - 1
        return i >= 0 and value < self._ends[i]

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return iter(zip(self._starts, self._ends, strict=True))

    def __len__(self) -> int:
        return len(self._starts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RangeSet) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # mutable: the standard way to say so

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """In models and JSON it is a list of [start, end) pairs."""
        pairs = handler.generate_schema(list[tuple[int, int]])
        return core_schema.union_schema(
            [core_schema.is_instance_schema(cls), core_schema.no_info_after_validator_function(cls, pairs)],
            serialization=core_schema.plain_serializer_function_ser_schema(list, return_schema=pairs),
        )

    def including(self, start: int, end: int) -> "RangeSet":
        """A new set that also has [start, end)."""
        copy = RangeSet(self)
        copy.add_range(start, end)
        return copy

    def excluding(self, value: int) -> "RangeSet":
        """A new set without `value`."""
        copy = RangeSet(self)
        if value in copy:
            i = bisect_right(copy._starts, value) - 1
            pieces = [p for p in ((copy._starts[i], value), (value + 1, copy._ends[i])) if p[0] < p[1]]
            copy._starts[i : i + 1], copy._ends[i : i + 1] = [p[0] for p in pieces], [p[1] for p in pieces]
            copy.count -= 1
        return copy

    def add(self, value: int) -> bool:
        """Adds `value`; False when it was there already."""
        if value in self:
            return False
        self.add_range(value, value + 1)
        return True

    def add_range(self, start: int, end: int) -> None:
        """Adds every integer of [start, end)."""
        if start >= end:
            return
        first = bisect_right(self._ends, start - 1)
        last = bisect_right(self._starts, end)
        covered = sum(self._ends[i] - self._starts[i] for i in range(first, last))
        if first < last:
            start, end = min(start, self._starts[first]), max(end, self._ends[last - 1])
        self._starts[first:last], self._ends[first:last] = [start], [end]
        self.count += end - start - covered

    def contiguous_from(self, start: int) -> int:
        """The first integer at or after `start` that is not in the set."""
        i = bisect_right(self._starts, start) - 1
        return self._ends[i] if i >= 0 and start < self._ends[i] else start

    def discard_below(self, limit: int) -> None:
        """Forgets everything below `limit`."""
        while self._starts and self._ends[0] <= limit:
            self.count -= self._ends[0] - self._starts[0]
            del self._starts[0], self._ends[0]
        if self._starts and self._starts[0] < limit:
            self.count -= limit - self._starts[0]
            self._starts[0] = limit
