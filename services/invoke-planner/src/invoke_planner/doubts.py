"""The contacts of an invoke of whose sends one is unclear: nobody knows whether the provider took it."""

from collections.abc import Mapping
from typing import Final, Literal

from invoke_planner.sparse import Sparse

Doubted = Literal["failed", "stopped"]
KINDS: Final[tuple[Doubted, Doubted]] = ("failed", "stopped")


class Doubts:
    """By index in the plan, and by what the contact counts as, or will when no more attempts follow."""

    __slots__ = ("_of",)

    def __init__(self, of: Mapping[Doubted, Sparse] | None = None) -> None:
        self._of: Mapping[Doubted, Sparse] = of or {kind: Sparse() for kind in KINDS}

    def __bool__(self) -> bool:
        return any(self._of.values())

    def of(self, kind: Doubted) -> Sparse:
        """Those that count so."""
        return self._of[kind]

    def add(self, index: int) -> None:
        """An attempt is unclear."""
        self._of["failed"].add(index)

    def stop(self, index: int) -> None:
        """Its next attempt never starts; nothing changes where none was unclear."""
        if self._of["failed"].discard(index):
            self._of["stopped"].add(index)

    def lift(self, index: int) -> Doubted | None:
        """The provider took it. What it counted as; None where nothing was unclear."""
        return next((kind for kind in KINDS if self._of[kind].discard(index)), None)

    def copy(self) -> "Doubts":
        """The same, of which the changelog has nothing."""
        return Doubts({kind: self._of[kind].copy() for kind in KINDS})
