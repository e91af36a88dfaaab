"""The planner's task: commands, deliveries and inbound in; events, sends and outcomes out (design.md 5)."""

from collections.abc import Mapping, Sequence

from dapi_common import events, topics
from dapi_common.bus.decode import decode
from dapi_common.bus.port import Committed, Effects, Output, Record, Reply
from dapi_common.events import commands, deliveries, invokes
from dapi_common.events.envelope import Payload
from dapi_common.events.inbound import InboundReceived
from dapi_common.events.sends import SendRequested
from dapi_common.unreached import Unreached
from invoke_planner import consequences, credits, replays, suppressing
from invoke_planner.account import Event
from invoke_planner.accounts import KINDS, Accounts
from invoke_planner.deciding import decided, outcome
from invoke_planner.invoke import Invoke
from invoke_planner.planning import ChunkRead, Planning, SnapshotTaken, UnreachedRead
from invoke_planner.progress import apply
from invoke_planner.replays import Replays
from invoke_planner.running import Running

RECORDS_A_STEP = 2000
RELEASES_A_STEP = 2000
_INSTANT = 1e-6


class PlannerTask:
    """One partition's accounts and their running invokes."""

    def __init__(self, planning: Planning) -> None:
        self._planning = planning
        self._accounts = Accounts()
        self._running = Running()
        self._replays = Replays()
        self._at = 0.0
        """The task's own time, later with each command: it orders sends and the removals of their providers, whatever
        the clocks of the gateways say."""
        self._partition = self._deliveries = 0
        """Which partition the inputs are of; how far its deliveries are read."""

    def restore(self, key: str, value: bytes) -> None:
        kind = key.partition("/")[0]
        known = self._accounts if kind in KINDS else self._replays if kind == replays.KIND else self._running
        known.restore(key, value)

    def resume(self, committed: Mapping[str, Committed], now: float) -> None:
        self._accounts.resume()
        self._running.resume()
        self._replays.resume()
        if deliveries_read := committed.get(topics.DELIVERIES.name):
            self._deliveries = deliveries_read.offset

    def appetite(self) -> int:
        return RECORDS_A_STEP

    def drain(self) -> None:
        self._planning.close()

    def step(self, records: Sequence[Record], arrivals: Sequence[object], now: float) -> Effects:
        effects = Effects()
        for record in records:
            self._partition = record.partition
            self._take(record, now, effects)
        for arrival in arrivals:
            self._arrived(arrival, now, effects)
        self._at = max(now, self._at + _INSTANT)
        self._advance(now, effects)
        effects.state.update(self._accounts.changes(now))
        effects.state.update(self._running.changes())
        effects.state.update(self._replays.changes(now))
        return effects

    def _take(self, record: Record, now: float, effects: Effects) -> None:
        if record.topic == topics.COMMANDS.name:
            if (command := decode(events.COMMANDS, record, effects)) is not None:
                self._at = max(now, self._at + _INSTANT)
                self._command(command, effects)
        elif record.topic == topics.INBOUND.name:
            if (received := decode(events.INBOUND, record, effects)) is not None:
                self._heard(received, effects)
        else:
            self._deliveries = record.offset + 1
            if (fact := decode(events.DELIVERIES, record, effects)) is not None:
                self._told(fact, effects)
                self._fact(fact, now, effects)

    # Commands

    def _command(self, command: commands.Command, effects: Effects, found: Unreached | None = None) -> None:
        """Decides and answers; a retry only with what was `found` for it, which has to be read first."""
        if (known := self._replays.find(command)) is not None:
            effects.replies.append(Reply(known, command.reply_to, None))
            return
        decision = decided(self._accounts, self._running, command, found)
        if decision is None:
            assert isinstance(command, commands.RetryInvoke)
            effects.jobs.append(self._planning.unreached(command, self._partition, self._deliveries))
            return
        places = [self._emit(event, effects) for event in decision] if isinstance(decision, list) else []
        answer = outcome(command, decision)
        self._replays.keep(command, answer)
        effects.replies.append(Reply(answer, command.reply_to, places[-1] if places else None))

    def _emit(self, event: Event, effects: Effects) -> int:
        """Logs and folds an event and does what follows from it; its place among the outputs."""
        if isinstance(event, invokes.InvokeStopped):
            event = self._stop(event)
        place = len(effects.outputs)
        effects.outputs.append(Output(topics.EVENTS, event))
        self._accounts.fold(event)
        self._follow(event, effects)
        return place

    def _follow(self, event: Event, effects: Effects) -> None:
        effects.outputs += consequences.of(event, self._accounts[event.account], self._at)
        match event:
            case invokes.InvokeAccepted():
                self._running.begin(event)
            case invokes.InvokeResumed() | invokes.InvokePaused():
                self._running.touch((event.account, event.invoke_id))
            case invokes.InvokeRepaced():
                self._running.repace((event.account, event.invoke_id), event.throughput)
            case invokes.InvokeDeleted():
                self._delete(event)

    def _heard(self, received: InboundReceived, effects: Effects) -> None:
        """What somebody sent back, the first time; an account that is not there gets nothing."""
        if self._accounts.get(received.account) and (recorded := self._accounts.inbox.recorded(received)):
            for event in (recorded, *suppressing.heard(self._accounts.suppressions, received)):
                self._emit(event, effects)

    def _told(self, fact: Payload, effects: Effects) -> None:
        """What a vendor says of a send may be that its recipient must not be sent to."""
        if self._accounts.get(fact.account):
            for event in suppressing.told(self._accounts.suppressions, fact):
                self._emit(event, effects)

    # Invokes

    def _stop(self, event: invokes.InvokeStopped) -> invokes.InvokeStopped:
        key = (event.account, event.invoke_id)
        if invoke := self._running.get(key):
            event = event.model_copy(update={"released": invoke.progress.released})
            invoke.progress.stop(invoke.accepted.total)
            self._running.touch(key)
        return event

    def _delete(self, event: invokes.InvokeDeleted) -> None:
        """One that was stopped may still have sends on their way, and credits to give back."""
        key = (event.account, event.invoke_id)
        if invoke := self._running.get(key):
            invoke.progress.is_deleted = True
            self._running.touch(key)
        self._running.unsettled.forget(key)

    def _fact(self, fact: Payload, now: float, effects: Effects) -> None:
        if not isinstance(fact, deliveries.DeliveryFact):
            return
        if fact.invoke_id is None:
            self._single_fact(fact, now, effects)
        elif invoke := self._running.get((fact.account, fact.invoke_id)):
            apply(invoke.progress, fact)
            self._running.touch(invoke.key)
        else:
            self._running.unsettled.settle(fact)

    def _single_fact(self, fact: deliveries.DeliveryFact, now: float, effects: Effects) -> None:
        pending = isinstance(fact, deliveries.DeliveryDeferred) or getattr(fact, "resend", False)
        account = self._accounts.get(fact.account)
        if pending or account is None or not self._accounts.settle(account.id, int(fact.message_id)):
            return
        if isinstance(fact, deliveries.DeliveryRefused | deliveries.DeliveryDropped):
            purse = self._accounts.purse(account.id)
            for event in credits.refunded(account, purse, {fact.channel: 1}, fact.message_id, now):
                self._emit(event, effects)

    def _arrived(self, arrival: object, now: float, effects: Effects) -> None:
        if isinstance(arrival, UnreachedRead):
            self._command(arrival.command, effects, arrival.found)
        if not isinstance(arrival, SnapshotTaken | ChunkRead):
            return
        invoke = self._running.get(arrival.key)
        if invoke is None or invoke.progress.is_deleted:
            return
        self._running.touch(invoke.key)
        if isinstance(arrival, SnapshotTaken):
            invoke.snapshot = arrival.contacts
            return
        invoke.reading.discard(f"chunk {arrival.chunk}")
        invoke.keep(arrival.chunk, arrival.contacts)
        if arrival.fresh and arrival.chunk == invoke.progress.planned:
            effects.outputs.append(Output(topics.EVENTS, invoke.plan(arrival, now)))

    def _advance(self, now: float, effects: Effects) -> None:
        """Lets every invoke that may have something to do go on, each in its turn."""
        left = RELEASES_A_STEP
        for invoke in self._running.due(now):
            left -= self._release(invoke, left, effects)
            effects.jobs.extend(invoke.needs(self._planning))
            next_at = self._report(invoke, now, effects)
            if invoke.over:
                self._end(invoke, now, effects)
                continue
            if next_at is not None:
                self._running.report_at(invoke, next_at)
            if invoke.held(self._accounts[invoke.accepted.account], now):
                self._running.report_at(invoke, invoke.accepted.deadline)
            if left <= 0:
                self._running.touch(invoke.key)
                break
        for corrected in self._running.unsettled.due(now):
            self._emit(corrected, effects)
        effects.wake_at = self._running.wake_at(now)

    def _release(self, invoke: Invoke, limit: int, effects: Effects) -> int:
        released = 0
        account = self._accounts[invoke.accepted.account]
        for release in invoke.release(account, self._accounts.suppressions, limit, self._at):
            topic = topics.SENDS if isinstance(release, SendRequested) else topics.EVENTS
            effects.outputs.append(Output(topic, release))
            released += 1
        if released:
            self._running.save(invoke)
        return released

    def _report(self, invoke: Invoke, now: float, effects: Effects) -> float | None:
        """Logs the counts and the refunds that are due; when the next ones are."""
        due = invoke.progress.report_due()
        if due is None or (due > now and not invoke.over):
            return due
        accepted = invoke.accepted
        account, purse = self._accounts[accepted.account], self._accounts.purse(accepted.account)
        refund = invoke.progress.take_refund()
        for event in credits.refunded(account, purse, refund, f"invoke/{accepted.invoke_id}", now):
            self._emit(event, effects)
        progressed = invoke.progress.report(accepted, now)
        if not invoke.progress.is_deleted:
            self._emit(progressed, effects)
        self._running.save(invoke)
        return None

    def _end(self, invoke: Invoke, now: float, effects: Effects) -> None:
        if not invoke.progress.is_stopped:
            accepted = invoke.accepted
            self._emit(invokes.InvokeCompleted(account=accepted.account, invoke_id=accepted.invoke_id, at=now), effects)
        self._running.end(invoke, now)
