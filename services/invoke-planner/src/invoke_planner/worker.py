"""The planner's task: commands and deliveries in; events, sends and outcomes out (design.md 5)."""

from collections.abc import Mapping, Sequence

from dapi_common import events, topics
from dapi_common.bus.decode import decode
from dapi_common.bus.port import Committed, Effects, Output, Record, Reply
from dapi_common.events import account as facts
from dapi_common.events import commands, deliveries, invokes
from dapi_common.events.outcomes import AccountSnapshot, CommandOutcome
from dapi_common.events.sends import ProviderWithdrawn, SendRequested, SendsStopped
from invoke_planner import credits
from invoke_planner.account import Event
from invoke_planner.accounts import Accounts
from invoke_planner.decide import Decision, Rejected, decide, ids_of, open_account
from invoke_planner.invoke import Invoke
from invoke_planner.planning import ChunkRead, Key, Planning, SnapshotTaken
from invoke_planner.progress import Progress, apply

RECORDS_A_STEP = 2000
RELEASES_A_STEP = 2000


class PlannerTask:
    """One partition's accounts and their running invokes."""

    def __init__(self, planning: Planning) -> None:
        self._planning = planning
        self._accounts = Accounts()
        self._invokes: dict[Key, Invoke] = {}
        self._restored: dict[Key, Progress] = {}
        self._moved: dict[Key, None] = {}
        """Invokes that may have something to do or to report."""

    def restore(self, key: str, value: bytes) -> None:
        kind, account, *rest = key.split("/")
        if kind == "invoke":
            self._invokes[account, rest[0]] = Invoke(invokes.InvokeAccepted.decode(value), Progress())
        elif kind == "progress":
            self._restored[account, rest[0]] = Progress.model_validate_json(value)
        else:
            self._accounts.restore(kind, account, value)

    def resume(self, committed: Mapping[str, Committed], now: float) -> None:
        for key, invoke in self._invokes.items():
            invoke.progress = self._restored.get(key, invoke.progress)
            self._moved[key] = None
        self._restored.clear()

    def appetite(self) -> int:
        return RECORDS_A_STEP

    def drain(self) -> None:
        self._planning.close()

    def step(self, records: Sequence[Record], arrivals: Sequence[object], now: float) -> Effects:
        effects = Effects()
        for record in records:
            if record.topic == topics.COMMANDS.name:
                if (command := decode(events.COMMANDS, record, effects)) is not None:
                    self._command(command, effects)
            elif (fact := decode(events.DELIVERIES, record, effects)) is not None:
                self._fact(fact, now, effects)
        for arrival in arrivals:
            self._arrived(arrival, effects)
        self._advance(now, effects)
        effects.state.update(self._accounts.changes())
        return effects

    # Commands

    def _command(self, command: commands.Command, effects: Effects) -> None:
        decision = self._decide(command)
        answer = {"account": command.account, "command_id": command.command_id}
        if isinstance(decision, Rejected):
            rejected = {"error": decision.code, "description": decision.description, "field": decision.field}
            outcome = CommandOutcome.model_validate({**answer, **rejected})
            effects.replies.append(Reply(outcome, command.reply_to, None))
            return
        cause = [self._emit(event, effects) for event in decision][-1]
        outcome = CommandOutcome.model_validate({**answer, "ids": ids_of(decision)})
        effects.replies.append(Reply(outcome, command.reply_to, cause))

    def _decide(self, command: commands.Command) -> Decision:
        account = self._accounts.get(command.account)
        if isinstance(command, commands.OpenAccount):
            exists = Rejected("account-exists", "There is an account with this id.")
            return exists if account else open_account(command)
        if account is None:
            return Rejected("not-found", "There is no such account.")
        return decide(account, self._accounts.purse(account.id), command)

    def _emit(self, event: Event, effects: Effects) -> int:
        """Logs and folds an event and does what follows from it; its place among the outputs."""
        if isinstance(event, invokes.InvokeStopped):
            invoke = self._invokes[event.account, event.invoke_id]
            event = event.model_copy(update={"released": invoke.progress.released})
            invoke.progress.stop(invoke.accepted.total)
        place = len(effects.outputs)
        effects.outputs.append(Output(topics.EVENTS, event))
        self._accounts.fold(event)
        self._follow(event, effects)
        return place

    def _follow(self, event: Event, effects: Effects) -> None:
        match event:
            case invokes.MessageAccepted():
                effects.outputs.append(Output(topics.SENDS, self._single(event)))
            case invokes.InvokeAccepted():
                self._begin(event, effects)
            case invokes.InvokeStopped():
                stopped = SendsStopped(account=event.account, invoke_id=event.invoke_id, at=event.at)
                effects.outputs.append(Output(topics.SENDS, stopped))
                self._moved[event.account, event.invoke_id] = None
            case invokes.InvokeDeleted():
                self._forget((event.account, event.invoke_id), effects)
            case facts.ProviderRemoved():
                withdrawn = ProviderWithdrawn(account=event.account, provider=event.name, at=event.at)
                effects.outputs.append(Output(topics.SENDS, withdrawn))
            case facts.AccountOpened() | facts.SecretRegenerated() | facts.LimitsChanged():
                account = self._accounts[event.account]
                snapshot = AccountSnapshot(account=account.id, secret_hash=account.secret_hash, limits=account.limits)
                effects.outputs.append(Output(topics.ACCOUNTS, snapshot))

    def _single(self, event: invokes.MessageAccepted) -> SendRequested:
        account = self._accounts[event.account]
        return SendRequested(
            account=event.account,
            message_id=event.message_id,
            n=event.n,
            provider=event.provider,
            channel=event.channel,
            arguments=event.arguments,
            credentials=account.providers[event.provider],
            account_mps=account.limits.mps,
            deadline=event.deadline,
            on_unknown=event.on_unknown,
            at=event.at,
        )

    # Invokes

    def _begin(self, accepted: invokes.InvokeAccepted, effects: Effects) -> None:
        key = (accepted.account, accepted.invoke_id)
        self._invokes[key] = Invoke(accepted, Progress(unreleased=dict(accepted.channels)))
        effects.state["invoke/" + "/".join(key)] = accepted.encode()
        self._moved[key] = None

    def _forget(self, key: Key, effects: Effects) -> None:
        self._moved.pop(key, None)
        if self._invokes.pop(key, None):
            name = "/".join(key)
            effects.state[f"invoke/{name}"] = effects.state[f"progress/{name}"] = None

    def _fact(self, fact: deliveries.DeliveryFact, now: float, effects: Effects) -> None:
        if fact.invoke_id is None:
            self._single_fact(fact, now, effects)
        elif invoke := self._invokes.get((fact.account, fact.invoke_id)):
            apply(invoke.progress, fact)
            self._moved[fact.account, fact.invoke_id] = None

    def _single_fact(self, fact: deliveries.DeliveryFact, now: float, effects: Effects) -> None:
        pending = isinstance(fact, deliveries.DeliveryDeferred) or getattr(fact, "resend", False)
        account = self._accounts.get(fact.account)
        if pending or account is None or not self._accounts.settle(account.id, int(fact.message_id)):
            return
        if isinstance(fact, deliveries.DeliveryRefused | deliveries.DeliveryDropped):
            purse = self._accounts.purse(account.id)
            for event in credits.refunded(account, purse, {fact.channel: 1}, fact.message_id, now):
                self._emit(event, effects)

    def _arrived(self, arrival: object, effects: Effects) -> None:
        if not isinstance(arrival, SnapshotTaken | ChunkRead):
            return
        invoke = self._invokes.get(arrival.key)
        if invoke is None:
            return
        self._moved[arrival.key] = None
        if isinstance(arrival, SnapshotTaken):
            invoke.snapshot = arrival.contacts
            return
        invoke.reading.discard(f"chunk {arrival.chunk}")
        invoke.keep(arrival.chunk, arrival.contacts)
        if arrival.fresh and arrival.chunk == invoke.progress.planned:
            effects.outputs.append(Output(topics.EVENTS, invoke.plan(arrival)))

    def _advance(self, now: float, effects: Effects) -> None:
        """Lets every invoke that something happened to go on; those with more to do or to report stay."""
        left, due = RELEASES_A_STEP, []
        for key in list(self._moved):
            invoke = self._invokes[key]
            left -= self._release(invoke, left, now, effects)
            effects.jobs.extend(invoke.needs(self._planning))
            next_at = self._report(invoke, now, effects)
            effects.state["progress/" + "/".join(key)] = invoke.progress.model_dump_json().encode()
            if invoke.over:
                self._end(key, invoke, now, effects)
            elif next_at is None and left > 0:
                del self._moved[key]
            else:
                due.append(next_at if next_at is not None and left > 0 else now)
        effects.wake_at = min(due, default=None)

    def _release(self, invoke: Invoke, limit: int, now: float, effects: Effects) -> int:
        released = 0
        for outcome in invoke.release(self._accounts[invoke.accepted.account], limit, now):
            topic = topics.SENDS if isinstance(outcome, SendRequested) else topics.EVENTS
            effects.outputs.append(Output(topic, outcome))
            released += 1
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
        self._emit(invoke.progress.report(accepted, now), effects)
        return None

    def _end(self, key: Key, invoke: Invoke, now: float, effects: Effects) -> None:
        if not invoke.progress.is_stopped:
            accepted = invoke.accepted
            self._emit(invokes.InvokeCompleted(account=accepted.account, invoke_id=accepted.invoke_id, at=now), effects)
        self._forget(key, effects)
