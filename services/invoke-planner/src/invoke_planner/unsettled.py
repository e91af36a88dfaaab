"""Invokes that are over while some of their contacts are in doubt. What proves that the vendor took such a send after
all (a receipt, a late answer) corrects the counts, for as long as receipts come. No money moves (`Progress.take`)."""

from collections.abc import Iterator, Mapping
from typing import Final

from dapi_common.events import deliveries, receipts
from dapi_common.events.invokes import InvokeProgressed
from dapi_common.ids import AccountId, InvokeId
from invoke_planner.account import State
from invoke_planner.doubts import Doubted, Doubts
from invoke_planner.planning import Key
from invoke_planner.progress import REPORT_SECONDS, Progress

KEPT_SECONDS = 7 * 24 * 3600.0
_COUNTS = "unsettled"
_DOUBTS: Final[Mapping[str, Doubted]] = {"unsettled-failed": "failed", "unsettled-stopped": "stopped"}
KINDS = frozenset((_COUNTS, *_DOUBTS))
Settles = deliveries.DeliveryAccepted | receipts.DeliveryReported
"""What proves that the vendor took a message."""


class Counts(State):
    """Of an invoke that is over. `ended_at`: when; `told_at`: when the counts were logged last; `is_told`: whether
    these were."""

    completed: int
    failed: int
    stopped: int
    ended_at: float
    told_at: float
    is_told: bool = True


class Unsettled:
    """By account and invoke, those that ended first before the others. State keys: `unsettled/<account>/<invoke>`, and
    `unsettled-failed/…/<chunk>` and `unsettled-stopped/…/<chunk>` for the contacts."""

    def __init__(self) -> None:
        self._counts: dict[Key, Counts] = {}
        self._doubts: dict[Key, Doubts] = {}
        self._untold: dict[Key, None] = {}
        self._changed: dict[Key, None] = {}
        self._state: dict[str, bytes | None] = {}

    def restore(self, key: str, value: bytes) -> None:
        """One entry of the changelog. After the last one comes `resume`."""
        kind, account, invoke, *rest = key.split("/")
        doubts = self._doubts.setdefault((account, invoke), Doubts())
        if kind == _COUNTS:
            self._counts[account, invoke] = Counts.model_validate_json(value)
        else:
            doubts.of(_DOUBTS[kind]).restore(int(rest[0]), value)

    def resume(self) -> None:
        """All is restored."""
        self._counts = dict(sorted(self._counts.items(), key=lambda item: item[1].ended_at))
        self._untold = {key: None for key, counts in self._counts.items() if not counts.is_told}

    def begin(self, key: Key, progress: Progress, now: float) -> None:
        """The invoke is over; its last counts are logged."""
        if not progress.doubts or progress.is_deleted:
            return
        self._counts[key] = Counts(
            completed=progress.completed,
            failed=progress.failed,
            stopped=progress.stopped,
            ended_at=now,
            told_at=now,
        )
        self._doubts[key] = progress.doubts.copy()
        self._changed[key] = None

    def settle(self, fact: deliveries.DeliveryFact) -> None:
        """Takes note of what a fact proves."""
        if not isinstance(fact, Settles) or fact.invoke_id is None or fact.index is None:
            return
        key = (fact.account, fact.invoke_id)
        counts = self._counts.get(key)
        counted = self._doubts[key].lift(fact.index) if counts else None
        if counts is None or counted is None:
            return
        corrected = {"completed": counts.completed + 1, counted: getattr(counts, counted) - 1, "is_told": False}
        self._counts[key] = counts.model_copy(update=corrected)
        self._untold[key] = self._changed[key] = None

    def due(self, now: float) -> Iterator[InvokeProgressed]:
        """The corrected counts that are to be logged now. What nothing can correct any more is forgotten."""
        for key in [key for key in self._untold if self._told_next(key) <= now]:
            del self._untold[key]
            counts = self._counts[key] = self._counts[key].model_copy(update={"told_at": now, "is_told": True})
            self._changed[key] = None
            yield _progressed(key, counts, now)
            if not self._doubts[key]:
                self.forget(key)
        while (oldest := next(iter(self._counts), None)) and self._counts[oldest].ended_at <= now - KEPT_SECONDS:
            self.forget(oldest)

    def wakes_at(self) -> Iterator[float]:
        """When `due` has something, if nothing else happens."""
        return map(self._told_next, self._untold)

    def _told_next(self, key: Key) -> float:
        return self._counts[key].told_at + REPORT_SECONDS

    def forget(self, key: Key) -> None:
        """Nobody asks for it any more."""
        if self._counts.pop(key, None) is None:
            return
        self._untold.pop(key, None)
        self._changed.pop(key, None)
        self._state[_name(_COUNTS, key)] = None
        doubts = self._doubts.pop(key)
        for name, kind in _DOUBTS.items():
            self._state.update((f"{_name(name, key)}/{chunk}", None) for chunk, _ in doubts.of(kind).removal())

    def changes(self) -> dict[str, bytes | None]:
        """What changed since the last call, as changelog entries."""
        changed, self._state = self._state, {}
        for key in self._changed:
            changed[_name(_COUNTS, key)] = self._counts[key].model_dump_json().encode()
            for name, kind in _DOUBTS.items():
                marks = self._doubts[key].of(kind).changes()
                changed.update((f"{_name(name, key)}/{chunk}", bitmap) for chunk, bitmap in marks)
        self._changed.clear()
        return changed


def _progressed(key: Key, counts: Counts, now: float) -> InvokeProgressed:
    account, invoke = key
    return InvokeProgressed(
        account=AccountId(account),
        invoke_id=InvokeId(invoke),
        completed=counts.completed,
        failed=counts.failed,
        stopped=counts.stopped,
        at=now,
    )


def _name(kind: str, key: Key) -> str:
    return f"{kind}/{key[0]}/{key[1]}"
