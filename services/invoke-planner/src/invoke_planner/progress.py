"""How far an invoke is: which contacts of its plan are released, answered and final. Pure; knows no Kafka.

A contact is *answered* when its first attempt was (accepted, refused, deferred, unclear) or when it was skipped; it is
*final* when it counts as completed, failed or stopped. Both only grow, so that a fact that comes twice changes nothing.
While one of its attempts is unclear it is in *doubt*: a proof that the provider took it makes it completed."""

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, Field, PrivateAttr

from dapi_common.events import deliveries, receipts
from dapi_common.events.invokes import InvokeAccepted, InvokeProgressed
from dapi_common.events.shapes import Channel
from invoke_planner.doubts import Doubts
from invoke_planner.marks import Marks
from invoke_planner.sparse import Sparse

Result = Literal["completed", "failed", "stopped"]
REPORT_SECONDS = 0.5
"""Counts are logged at most so often."""
_SMALLEST_WINDOW, _LARGEST_WINDOW, _WINDOW_SECONDS = 100, 1800, 3


class Progress(BaseModel):
    """The part of an invoke's state that changes with every step; mutable, and kept in the changelog (the marks
    apart, so that a step writes the little that it changed)."""

    planned: int = 0
    """Chunks of the plan that are in the log."""
    released: int = 0
    """Contacts of the plan, from the first on, that were sent or skipped."""
    level: int | None = None
    """The order of the last contact that was released."""
    completed: int = 0
    failed: int = 0
    stopped: int = 0
    refund: dict[Channel, int] = Field(default_factory=dict)
    """Messages whose fee is to be given back with the next report."""
    unreleased: dict[Channel, int] = Field(default_factory=dict)
    is_stopped: bool = False
    is_deleted: bool = False
    """Nobody is told of it any more; what is on its way still ends, and is refunded where no provider took it."""
    settled: int = 0
    """Those that counted as failed or stopped before, and are completed after all."""
    reported: int = 0
    reported_at: float = 0.0
    _answered: Marks = PrivateAttr(default_factory=Marks)
    _final: Marks = PrivateAttr(default_factory=Marks)
    _doubts: Doubts = PrivateAttr(default_factory=Doubts)

    def marks(self) -> Mapping[str, Marks | Sparse]:
        """What the changelog keeps apart, by its name there."""
        doubted, halted = self._doubts.of("failed"), self._doubts.of("stopped")
        return {"answered": self._answered, "final": self._final, "doubted": doubted, "halted": halted}

    @property
    def answered(self) -> Marks:
        """By index in the plan."""
        return self._answered

    @property
    def final(self) -> Marks:
        """By index in the plan."""
        return self._final

    @property
    def doubts(self) -> Doubts:
        """By index in the plan."""
        return self._doubts

    @property
    def outstanding(self) -> int:
        """Released and not answered."""
        return self.released - min(self.answered.count, self.released)

    def may_start(self, order: int, strict: bool) -> bool:
        """Whether the next contact of the plan, of this order, may be released: every contact of a lower order has
        been answered (strict: is final)."""
        if order == self.level:
            return True
        settled = self.final if strict else self.answered
        return settled.low >= self.released

    def release(self, order: int, channel: Channel) -> int:
        """The next contact goes; returns its index in the plan."""
        index = self.released
        self.released += 1
        self.level = order
        self.unreleased[channel] = self.unreleased.get(channel, 0) - 1
        return index

    def settle(self, index: int, result: Result, channel: Channel, refund: bool) -> None:
        """The contact's final outcome; ignored when it has one."""
        self.answered.add(index)
        if not self.final.add(index):
            return
        setattr(self, result, getattr(self, result) + 1)
        if refund:
            self.refund[channel] = self.refund.get(channel, 0) + 1

    def doubt(self, index: int) -> None:
        """Nobody knows what became of an attempt; ignored when the contact is final."""
        if index not in self.final:
            self.doubts.add(index)

    def halt(self, index: int, channel: Channel) -> None:
        """Its next attempt never starts; ignored when the contact is final."""
        if index not in self.final:
            self.doubts.stop(index)
        self.settle(index, "stopped", channel, refund=True)

    def take(self, index: int, channel: Channel) -> None:
        """The provider took it. One that ended in doubt is completed after all, and no money moves: the fee of an
        unclear send was kept; where a later attempt was refused or never started, what was refunded stays so."""
        counted = self.doubts.lift(index)
        if counted is not None and index in self.final:
            setattr(self, counted, getattr(self, counted) - 1)
            self.completed += 1
            self.settled += 1
        self.settle(index, "completed", channel, refund=False)

    def stop(self, total: int) -> None:
        """What is not released never starts."""
        self.is_stopped = True
        self.answered.add_range(self.released, total)
        self.final.add_range(self.released, total)
        self.stopped += total - self.released
        for channel, count in self.unreleased.items():
            self.refund[channel] = self.refund.get(channel, 0) + count
        self.unreleased = {}

    def report_due(self) -> float | None:
        """When the counts are to be logged (seconds since the epoch); None when they are."""
        return self.reported_at + REPORT_SECONDS if self.final.count + self.settled > self.reported else None

    def report(self, accepted: InvokeAccepted, now: float) -> InvokeProgressed:
        """The counts as they are now."""
        self.reported, self.reported_at = self.final.count + self.settled, now
        return InvokeProgressed(
            account=accepted.account,
            invoke_id=accepted.invoke_id,
            completed=self.completed,
            failed=self.failed,
            stopped=self.stopped,
            at=now,
        )

    def take_refund(self) -> Mapping[Channel, int]:
        """The messages to refund, once."""
        refund, self.refund = self.refund, {}
        return refund


def apply(progress: Progress, fact: deliveries.DeliveryFact) -> None:
    """What a fact about a contact of the plan changes."""
    index = fact.index
    if index is None or index >= progress.released:
        return
    match fact:
        case deliveries.DeliveryAccepted() | receipts.DeliveryReported():
            progress.take(index, fact.channel)
        case deliveries.DeliveryRefused():
            progress.settle(index, "failed", fact.channel, refund=True)
        case deliveries.DeliveryDropped(reason="stopped"):
            progress.halt(index, fact.channel)
        case deliveries.DeliveryDropped():
            progress.settle(index, "failed", fact.channel, refund=True)
        case deliveries.DeliveryUnknown():
            progress.doubt(index)
            progress.answered.add(index)
            if not fact.resend:
                progress.settle(index, "failed", fact.channel, refund=False)
        case _:
            progress.answered.add(index)


def window(accepted: InvokeAccepted, account_mps: int) -> int:
    """How many contacts may be outstanding at once: three seconds' worth, within bounds that keep a stop quick, and so
    few that most are heard of while the projector still holds them."""
    paces = [accepted.throughput.get(channel) for channel in accepted.channels]
    rates = [pace.mps if pace and pace.mps else account_mps for pace in paces]
    mps = min(account_mps, sum(rates))
    return max(_SMALLEST_WINDOW, min(_WINDOW_SECONDS * mps, _LARGEST_WINDOW))
