"""Every world that can be reached, breadth first: the first that breaks a promise is reached the shortest way."""

import gc
from array import array
from dataclasses import dataclass, field
from itertools import pairwise
from time import perf_counter

from tests.model.claims import unfinished, violated
from tests.model.state import Setup, World
from tests.model.system import Action, start, successors


@dataclass
class Found:
    """What was explored. `problem` is "" when every promise holds; else `trace` tells how it is broken, in words."""

    worlds: int = 0
    actions: int = 0
    ends: int = 0
    seconds: float = 0.0
    problem: str = ""
    trace: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        steps = "\n".join(f"{n:>4}. {step}" for n, step in enumerate(self.trace, 1))
        return f"{self.problem or 'every promise holds'} ({self.worlds:,} worlds)\n{steps}"


class Explorer:
    """Keeps every world that it has seen: memory bounds what can be explored."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._numbers: dict[World, int] = {}
        self._worlds: list[World] = []
        self._parents = array("l")
        self._from, self._to = array("l"), array("l")
        self._certain = array("l")

    def explore(self) -> Found:
        """All of it, unless something is broken. Worlds refer to none: looking for cycles would take a quarter of the
        time."""
        gc.disable()
        try:
            return self._explore()
        finally:
            gc.enable()

    def _explore(self) -> Found:
        begun, found = perf_counter(), Found()
        self._reach(start(self._setup), -1)
        at = 0
        while at < len(self._worlds) and not found.problem:
            found.actions += self._expand(at)
            found.problem = violated(self._worlds[at], self._setup)
            at += 1
        if found.problem:
            found.trace = self._trace(at - 1)
        else:
            self._ends(found)
        found.worlds, found.seconds = len(self._worlds), perf_counter() - begun
        return found

    def outcomes(self) -> set[tuple[object, ...]]:
        """What clients and the vendor know in all the worlds in which nothing more is certain to happen."""
        ends = (world for world, count in zip(self._worlds, self._certain, strict=True) if not count)
        return {(end.saved[0].marks, end.vendor, end.budget) for end in ends}

    def _reach(self, world: World, parent: int) -> int:
        number = self._numbers.setdefault(world, len(self._worlds))
        if number == len(self._worlds):
            self._worlds.append(world)
            self._parents.append(parent)
            self._certain.append(0)
        return number

    def _expand(self, at: int) -> int:
        count = 0
        for action, world in successors(self._worlds[at], self._setup):
            count += 1
            to = self._reach(world, at)
            if action.is_certain:
                self._certain[at] += 1
                self._from.append(at)
                self._to.append(to)
        return count

    def _ends(self, found: Found) -> None:
        """Where nothing more is certain to happen, all must be done; and everything comes to such an end: taking ends
        away again and again leaves no circle."""
        left = array("l", self._certain)
        ends = [number for number, count in enumerate(left) if not count]
        found.ends = len(ends)
        for end in ends:
            if problem := unfinished(self._worlds[end], self._setup):
                found.problem, found.trace = problem, self._trace(end)
                return
        taken = self._take_away(left, ends)
        if taken < len(self._worlds):
            circle = next(number for number, count in enumerate(left) if count)
            found.problem, found.trace = "it may go round in circles for ever", self._trace(circle)

    def _take_away(self, left: "array[int]", ends: list[int]) -> int:
        before: dict[int, list[int]] = {}
        for source, target in zip(self._from, self._to, strict=True):
            before.setdefault(target, []).append(source)
        taken = 0
        while ends:
            taken += 1
            for source in before.get(ends.pop(), ()):
                left[source] -= 1
                if not left[source]:
                    ends.append(source)
        return taken

    def _trace(self, at: int) -> list[str]:
        """The shortest way there, in words."""
        way = [at]
        while (parent := self._parents[way[-1]]) >= 0:
            way.append(parent)
        way.reverse()
        return [str(self._action(a, b)) for a, b in pairwise(way)]

    def _action(self, before: int, after: int) -> Action:
        options = successors(self._worlds[before], self._setup)
        return next(action for action, world in options if world == self._worlds[after])
