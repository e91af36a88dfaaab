"""What other topics are told when something was decided. Pure; knows no Kafka."""

from dapi_common import topics
from dapi_common.bus.port import Output
from dapi_common.events import account as facts
from dapi_common.events import invokes, sends
from dapi_common.events.outcomes import AccountSnapshot
from invoke_planner.account import Account, Event


def of(event: Event, account: Account, at: float) -> list[Output]:
    """`account` is as the event leaves it; `at` is the task's own time, which orders sends and withdrawals."""
    match event:
        case invokes.MessageAccepted(skipped=None):
            return [Output(topics.SENDS, _single(event, account, at))]
        case invokes.InvokeStopped() | invokes.InvokePaused() | invokes.InvokeResumed() | invokes.InvokeRepaced():
            return [Output(topics.SENDS, _control(event))]
        case facts.ProviderRemoved():
            withdrawn = sends.ProviderWithdrawn(account=event.account, provider=event.name, at=at)
            return [Output(topics.SENDS, withdrawn), _snapshot(account, at)]
        case facts.AccountOpened() | facts.SecretRegenerated() | facts.LimitsChanged() | facts.ProviderPut():
            return [_snapshot(account, at)]
        case _:
            return []


def _snapshot(account: Account, at: float) -> Output:
    snapshot = AccountSnapshot(
        account=account.id,
        secret_hash=account.secret_hash,
        limits=account.limits,
        providers=account.providers,
        at=at,
    )
    return Output(topics.ACCOUNTS, snapshot)


def _single(event: invokes.MessageAccepted, account: Account, at: float) -> sends.SendRequested:
    return sends.SendRequested(
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
        at=at,
    )


def _control(
    event: invokes.InvokeStopped | invokes.InvokePaused | invokes.InvokeResumed | invokes.InvokeRepaced,
) -> sends.SendsStopped | sends.SendsPaused | sends.SendsResumed | sends.SendsRepaced:
    account, invoke, at = event.account, event.invoke_id, event.at
    match event:
        case invokes.InvokeStopped():
            return sends.SendsStopped(account=account, invoke_id=invoke, at=at)
        case invokes.InvokePaused():
            return sends.SendsPaused(account=account, invoke_id=invoke, at=at)
        case invokes.InvokeResumed():
            return sends.SendsResumed(account=account, invoke_id=invoke, at=at)
        case invokes.InvokeRepaced():
            return sends.SendsRepaced(account=account, invoke_id=invoke, throughput=event.throughput, at=at)
