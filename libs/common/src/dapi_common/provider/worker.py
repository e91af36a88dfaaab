"""The worker around an adapter: one call for each send that is due, and the truth about it (design.md 6).

One step is one transaction: the answers that came in, and the offsets about to begin. Only then do those calls start
(intent before act). Whoever takes over finds what was begun and never answered, and says so instead of guessing."""

from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from math import inf
from random import random

from dapi_common import topics
from dapi_common.bus.decode import decode
from dapi_common.bus.offsets import OffsetLedger
from dapi_common.bus.port import Committed, Effects, Output, Record
from dapi_common.events import SENDS
from dapi_common.events.deliveries import FailureReason
from dapi_common.events.sends import ProviderWithdrawn, SendRequested, SendsStopped
from dapi_common.ids import AccountId, InvokeId
from dapi_common.pacing import LOOKAHEAD
from dapi_common.provider.adapter import Deferred, Outcome, Refused, Unclear
from dapi_common.provider.calls import Arrival, Calls, Missed
from dapi_common.provider.controls import Controls
from dapi_common.provider.facts import dropped, told
from dapi_common.provider.letters import Letters
from dapi_common.provider.pauses import Pauses
from dapi_common.provider.queue import Queue
from dapi_common.provider.retry import retry_at
from dapi_common.provider.waiting import Due
from dapi_common.topics import provider_topic

HORIZON = 0.040
"""A step begins what starts within so many seconds at least: the next step's calls begin only two commits and a rest
later."""
FARTHEST = LOOKAHEAD / 2
"""A step begins nothing that starts later, however long commits take: a send has its place from then on."""
AHEAD = 20_000
RENEWAL = 1.0
"""Seconds after which a paused account's new credentials are noticed, at most."""
_RESERVE = 8
"""One account may have all but an eighth of the calls: the others find room."""
_DIED = Unclear("process-died", "the process ended during the call; what became of the message is not known")
_SEALED = Refused("credentials-unreadable", "the stored credentials cannot be opened", auth=True)


class AdapterTask:
    """The sends of one partition of a provider's topic."""

    def __init__(
        self, calls: Calls, letters: Letters, ahead: int = AHEAD, random: Callable[[], float] = random
    ) -> None:
        """`ahead` is how many records may be in memory, so that a stop behind them is seen."""
        self._calls, self._letters, self._ahead, self._random = calls, letters, ahead, random
        self._adapter = calls.adapter
        self._topic = provider_topic(self._adapter.name).name
        self._ledger = OffsetLedger()
        self._queue = Queue(calls.limit - calls.limit // _RESERVE)
        self._controls = Controls()
        self._pauses = Pauses(calls.adapter.name)
        self._doomed: dict[int, tuple[SendRequested, FailureReason]] = {}
        self._draining = False

    def restore(self, key: str, value: bytes) -> None:
        """There is no state beyond the offsets."""

    def resume(self, committed: Mapping[str, Committed], now: float) -> None:
        self._ledger = OffsetLedger(committed.get(self._topic))

    def appetite(self) -> int:
        return max(0, self._ahead - self._ledger.open) if self._ledger.room() else 0

    def drain(self) -> None:
        self._draining = True

    def step(self, records: Sequence[Record], arrivals: Sequence[object], now: float) -> Effects:
        effects = Effects()
        for record in records:
            self._read(record, effects, now)
        for arrival in arrivals:
            assert isinstance(arrival, Arrival | Missed)
            self._arrive(arrival, effects, now)
        effects.outputs += self._pauses.renewed(self._letters.directory, now)
        if not self._draining:
            self._begin(effects, now)
        if records or effects.outputs or effects.jobs:
            effects.offsets[self._topic] = self._ledger.commit()
        effects.wake_at = self._wake_at(now)
        return effects

    def _arrive(self, arrival: Arrival | Missed, effects: Effects, now: float) -> None:
        if isinstance(arrival, Missed):
            self._queue.ended(arrival.send.account, now)
            self._too_late(arrival.offset, arrival.send, effects)
            return
        if arrival.is_call:
            self._queue.ended(arrival.send.account, now)
        self._settle(arrival.offset, arrival.send, arrival.outcome, arrival.at, effects)
        effects.outputs += self._pauses.judge(arrival)

    def _settle(self, offset: int, send: SendRequested, outcome: Outcome, at: float, effects: Effects) -> None:
        after = outcome.retry_after if isinstance(outcome, Deferred) else None
        again = retry_at(at, send.attempt, after, self._random)
        effects.outputs += told(send, outcome, at, again, self._controls.gone(send, send.attempt + 1))
        self._ledger.done(offset)

    def _read(self, record: Record, effects: Effects, now: float) -> None:
        """Controls hold for what was requested before them, done with or not: they are applied even again."""
        fresh = self._ledger.seen(record.offset)
        payload = decode(SENDS, record, effects if fresh else Effects())
        match payload:
            case SendRequested() if fresh:
                self._take_in(record.offset, payload, effects, now)
                return
            case SendsStopped():
                self._controls.stop(payload)
                self._doom(payload.account, payload.invoke_id, "stopped", now)
            case ProviderWithdrawn() if payload.provider == self._adapter.name:
                self._controls.withdraw(payload)
                self._doom(payload.account, None, "provider-not-found", now)
        if fresh:
            self._ledger.done(record.offset)

    def _take_in(self, offset: int, send: SendRequested, effects: Effects, now: float) -> None:
        if self._ledger.was_begun(offset):
            self._clear_up(offset, send, effects, now)
        elif reason := self._controls.gone(send, send.attempt):
            self._doomed[offset] = (send, reason)
        else:
            self._queue.add(offset, send, now)

    def _clear_up(self, offset: int, send: SendRequested, effects: Effects, now: float) -> None:
        """An earlier process made the call, or was about to: nobody knows, unless the vendor can be asked."""
        letter = self._letters.write(send) if self._calls.lookups else None
        if letter is None:
            self._settle(offset, send, _DIED, now, effects)
            return
        self._ledger.begin(offset)
        effects.jobs.append(self._calls.look_up(offset, send, letter.message, _DIED, letter.credentials))

    def _doom(self, account: AccountId, invoke: InvokeId | None, reason: FailureReason, now: float) -> None:
        for offset, send, _ in self._queue.withdraw(account, invoke, now):
            self._doomed[offset] = (send, reason)

    def _begin(self, effects: Effects, now: float) -> None:
        """Takes no more out of order than the ledger can write down; the record at the low-water mark always goes."""
        budget = self._ledger.budget()
        for offset in list(islice(self._doomed, budget)):
            self._drop(offset, effects, now)
            budget -= 1
        until = now + self._horizon
        while budget > 0 and self._calls.free > 0 and (due := self._queue.take(now, until)):
            self._start(due, effects, now)
            budget -= 1
        if budget <= 0:
            self._advance(effects, now)

    @property
    def _horizon(self) -> float:
        return min(FARTHEST, max(HORIZON, HORIZON / 2 + 2 * self._calls.lag))

    def _advance(self, effects: Effects, now: float) -> None:
        low = self._ledger.low
        if low in self._doomed:
            self._drop(low, effects, now)
        elif low in self._queue and self._calls.free > 0:
            due = self._queue.take_only(low, self._queue.account_of(low), now, now + self._horizon)
            if due is not None:
                self._start(due, effects, now)

    def _drop(self, offset: int, effects: Effects, now: float) -> None:
        send, reason = self._doomed.pop(offset)
        effects.outputs.append(dropped(send, reason, send.attempt, now))
        self._ledger.done(offset)

    def _start(self, due: Due, effects: Effects, now: float) -> None:
        send = due.send
        if due.expired():
            effects.outputs.append(dropped(send, "expired", send.attempt, now))
            self._ledger.done(due.offset)
            return
        if due.late:
            self._too_late(due.offset, send, effects)
            return
        if (until := self._pauses.put_off(send.account, now)) is not None:
            self._queue.ended(send.account, now)
            self._put_back(due.offset, send.once_more(not_before=until, held=True), effects)
            return
        letter = self._letters.write(send)
        if letter is None:
            self._queue.ended(send.account, now)
            self._settle(due.offset, send, _SEALED, now, effects)
            return
        self._ledger.begin(due.offset)
        effects.jobs.append(self._calls.prepare(due, letter.message, letter.credentials, now))

    def _too_late(self, offset: int, send: SendRequested, effects: Effects) -> None:
        self._put_back(offset, send.once_more(late=True, slot=send.slot), effects)

    def _put_back(self, offset: int, again: SendRequested, effects: Effects) -> None:
        """It goes through the dispatcher once more, untried: it is late, or the vendor refuses the account."""
        effects.outputs.append(Output(topics.SENDS, again))
        self._ledger.done(offset)

    def _wake_at(self, now: float) -> float | None:
        """What waits for its time wakes the step just before it; what waits for a place looks again soon."""
        if self._draining:
            return None
        due_at = now if self._doomed else self._queue.next_at()
        if self._pauses:
            due_at = min(now + RENEWAL, due_at or inf)
        return None if due_at is None else max(due_at - self._horizon / 2, now + HORIZON / 4)
