"""One submission: read, decided by its script, written down. Any HTTP server can carry it: no input or output here."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from pydantic import BaseModel, ConfigDict, Field

from simulator.ledger import Entry, Ledger, Outcome
from simulator.provider import Provider, Refusal, Submission, Taken
from simulator.receipts import ReceiptPlan
from simulator.scripts import (
    Accept,
    Cut,
    Error,
    ErrorAfterAccepting,
    Hang,
    Http,
    Scripts,
    Step,
    Taking,
    Throttle,
)
from simulator.wire import Incoming, Reply


@dataclass(frozen=True, slots=True)
class Verdict:
    """No reply: the connection is closed instead. Both happen after `wait` seconds."""

    outcome: Outcome
    reply: Reply | None
    id: str = ""
    wait: float = 0.0


class Settings(BaseModel):
    """`receipts` follow every message that is taken, unless its step has its own. `retry_speed`: so many times faster
    than its page says a vendor makes a failed post again."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    latency_ms: float = Field(default=0, ge=0)
    receipts: tuple[ReceiptPlan, ...] = ()
    retry_speed: float = Field(default=60, gt=0)


Reporter = Callable[[Provider, Taken, Sequence[ReceiptPlan]], None]


def nobody(provider: Provider, taken: Taken, plans: Sequence[ReceiptPlan]) -> None:
    """Without a courier no receipt goes anywhere."""


class Stage:
    """Scripts, settings and ledger that all providers share."""

    def __init__(self, clock: Callable[[], float] = time.time, ledger: Ledger | None = None) -> None:
        self.clock = clock
        self.ledger = ledger or Ledger()
        self.scripts = Scripts()
        self.settings = Settings()
        self.report: Reporter = nobody

    def play(self, provider: Provider, request: Incoming) -> Verdict:
        at, seq = self.clock(), self.ledger.next_seq
        message = provider.read(request)
        if isinstance(message, Refusal):
            verdict = _refused(message)
        else:
            step = self.scripts.next(message.to)
            verdict = decide(step, provider, message, seq, at)
            if verdict.id and (plans := self._plans(step, message)):
                self.report(provider, Taken(message, verdict.id, seq, at), plans)
        self.ledger.append(_entry(seq, at, provider.name, message, verdict))
        if latency := self.settings.latency_ms:
            verdict = Verdict(verdict.outcome, verdict.reply, verdict.id, verdict.wait + latency / 1000)
        return verdict

    def _plans(self, step: Step, message: Submission) -> Sequence[ReceiptPlan]:
        own = step.receipts if isinstance(step, Taking) else ()
        return (message.plans or self.settings.receipts) if own is None else own


def decide(step: Step, provider: Provider, message: Submission, seq: int, at: float) -> Verdict:
    wait = step.delay_ms / 1000
    match step:
        case Accept():
            taken = provider.accept(message, seq, at)
            return Verdict("accepted", taken.reply, taken.id, wait)
        case Error(code=code):
            return replace(_refused(provider.refuse(code)), wait=wait)
        case Throttle(retry_after=seconds):
            return Verdict("throttled", _retry_after(provider.throttle(), seconds), wait=wait)
        case Http(status=status, body=body):
            return Verdict("http", _bare(status, body), wait=wait)
        case ErrorAfterAccepting(status=status):
            taken = provider.accept(message, seq, at)
            return Verdict("error-after-accepting", provider.failure(status), taken.id, wait)
        case Cut(after_accepting=accepts):
            taken_id = provider.accept(message, seq, at).id if accepts else ""
            return Verdict("cut", None, taken_id, wait)
        case Hang():
            return _hang(step, provider, message, seq, at)
        case _:
            assert_never(step)


def _hang(step: Hang, provider: Provider, message: Submission, seq: int, at: float) -> Verdict:
    wait = step.seconds + step.delay_ms / 1000
    if not step.after_accepting:
        return Verdict("hang", None, wait=wait)
    taken = provider.accept(message, seq, at)
    return Verdict("hang", taken.reply, taken.id, wait)


def _refused(refusal: Refusal) -> Verdict:
    return Verdict("throttled" if refusal.throttled else "refused", refusal.reply)


def _retry_after(reply: Reply, seconds: int | None) -> Reply:
    return reply if seconds is None else replace(reply, headers={**reply.headers, "Retry-After": str(seconds)})


def _bare(status: int, body: str) -> Reply:
    kind = "application/json" if body.startswith(("{", "[")) else "text/plain"
    return Reply(status, body.encode(), kind)


def _entry(seq: int, at: float, provider: str, message: Submission | Refusal, verdict: Verdict) -> Entry:
    status = verdict.reply.status if verdict.reply else 0
    return Entry(
        seq,
        at,
        provider,
        message.to,
        message.sender,
        verdict.outcome,
        status,
        verdict.id,
        message.client_ref,
        message.channel,
    )
