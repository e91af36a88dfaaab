"""What the log is told about a send: from an outcome to facts, and to the same send once more."""

from collections.abc import Iterator
from typing import TypedDict, assert_never

from dapi_common import topics
from dapi_common.bus.port import Output
from dapi_common.events import deliveries
from dapi_common.events.deliveries import FailureReason
from dapi_common.events.sends import SendRequested
from dapi_common.events.shapes import Channel
from dapi_common.ids import AccountId, InvokeId, MessageId
from dapi_common.provider import catalog
from dapi_common.provider.adapter import Accepted, Deferred, Outcome, Refused, Unclear


class About(TypedDict):
    """What every fact carries."""

    account: AccountId
    message_id: MessageId
    n: int
    invoke_id: InvokeId | None
    index: int | None
    provider: str
    channel: Channel
    attempt: int
    requested_at: float
    at: float


def about(send: SendRequested, attempt: int, at: float) -> About:
    """Which message, which try, when."""
    return {
        "account": send.account,
        "message_id": send.message_id,
        "n": send.n,
        "invoke_id": send.invoke_id,
        "index": send.index,
        "provider": send.provider,
        "channel": send.channel,
        "attempt": attempt,
        "requested_at": send.at,
        "at": at,
    }


def dropped(send: SendRequested, reason: FailureReason, attempt: int, at: float) -> Output:
    """The try `attempt` never starts."""
    return Output(topics.DELIVERIES, deliveries.DeliveryDropped(**about(send, attempt, at), reason=reason))


def told(
    send: SendRequested, outcome: Outcome, at: float, retry_at: float, gone: FailureReason | None
) -> Iterator[Output]:
    """What a try's outcome means. `retry_at` is when the next try would start; `gone` is why it must not."""
    facts = about(send, send.attempt, at)
    match outcome:
        case Accepted(ref, reply):
            yield _fact(deliveries.DeliveryAccepted(**facts, provider_ref=ref, reply=reply))
        case Refused():
            yield _fact(_refused(send, facts, outcome))
        case Deferred(code, text):
            yield _fact(deliveries.DeliveryDeferred(**facts, code=code, description=text, retry_at=retry_at))
            yield _again(send, at, retry_at, gone)
        case Unclear(code, text):
            resend = send.on_unknown == "resend" and gone is None and retry_at <= send.deadline
            yield _fact(deliveries.DeliveryUnknown(**facts, code=code, description=text, resend=resend))
            if resend:
                yield _again(send, at, retry_at, None)
        case _:
            assert_never(outcome)


def _refused(send: SendRequested, facts: About, outcome: Refused) -> deliveries.DeliveryRefused:
    """The recipient that is to be suppressed is named only where the message had one."""
    recipients = catalog.recipients(send.provider, send.channel, send.arguments) if outcome.suppress else []
    return deliveries.DeliveryRefused(
        **facts,
        reason="provider-auth" if outcome.auth else "provider-rejected",
        code=outcome.code,
        description=outcome.description,
        reply=outcome.reply,
        suppress=recipients[0] if len(recipients) == 1 else "",
    )


def _again(send: SendRequested, at: float, retry_at: float, gone: FailureReason | None) -> Output:
    """The next try, through the dispatcher; or, where there can be none, why."""
    attempt = send.attempt + 1
    if gone is not None:
        return dropped(send, gone, attempt, at)
    if retry_at > send.deadline:
        return dropped(send, "expired", attempt, at)
    return Output(topics.SENDS, send.once_more(attempt=attempt, not_before=retry_at))


def _fact(fact: deliveries.DeliveryFact) -> Output:
    return Output(topics.DELIVERIES, fact)
