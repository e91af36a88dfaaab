"""Things by the earliest time at which they may be due."""

from heapq import heappop, heappush
from itertools import count
from typing import Generic, TypeVar

T = TypeVar("T")


class Agenda(Generic[T]):
    """A heap whose entries can be moved and removed. Equal times keep the order in which they were put."""

    __slots__ = ("_heap", "_order", "_valid")

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, T]] = []
        self._valid: dict[T, int] = {}
        self._order = count()

    def put(self, thing: T, at: float) -> None:
        """Enters `thing`, or moves it."""
        number = next(self._order)
        self._valid[thing] = number
        heappush(self._heap, (at, number, thing))

    def remove(self, thing: T) -> None:
        """Forgets `thing`, if it is there."""
        self._valid.pop(thing, None)

    def first(self) -> tuple[float, T] | None:
        """The earliest, which stays where it is."""
        heap = self._heap
        while heap:
            at, number, thing = heap[0]
            if self._valid.get(thing) == number:
                return at, thing
            heappop(heap)
        return None
