"""What facts about a message amount to, in whatever order and however often they come: the greatest wins.

`outcome` and each attempt are objects that the store compares field by field, the rank first; the other fields make
the order total, so that two facts of one rank leave the same document whichever comes first. A definite fact beats
`delivery-unknown`, which rests on nothing but silence; that a provider took the message beats everything. A receipt
proves that too: only the provider's own answer to the same try weighs more (part of a message may be refused, and the
rest reported)."""

from collections.abc import Mapping
from typing import Final

from api_gateway.views.documents import packed
from dapi_common.events import deliveries
from dapi_common.events.receipts import DeliveryReported
from dapi_common.store.port import Value

Entry = dict[str, Value]

_PENDING, _UNCLEAR, _UNKNOWN, _FAILED, _ANSWERED, _COMPLETED = range(6)
_TRIED_UNKNOWN, _TRIED_DEFERRED, _TRIED_REFUSED, _TRIED_ACCEPTED = range(4)
NOT_SENT: Final[Mapping[str, str]] = {
    "stopped": "The invoke was stopped before this message started",
    "expired": "The message could not be sent before its deadline",
    "provider-not-found": "The provider credentials specified in the message are not available in the system",
    "suppressed": "The contact is on the account's list of suppressions: nothing is sent to it",
    "message-invalid-provider": "The invoke offers nothing that fits the provider and type of this contact",
}
"""Why a message never started, in words."""


def _outcome(rank: float, attempt: int, at: float, status: str, error: str = "", description: str = "") -> Entry:
    return {
        "rank": rank,
        "attempt": attempt,
        "at": at,
        "status": status,
        "error": error,
        "description": description,
    }


def _tried(
    rank: int, fact: deliveries.DeliveryFact, outcome: str, code: str, description: str, reply: str, refs: str = ""
) -> Entry:
    return {
        "rank": rank,
        "at": fact.at,
        "outcome": outcome,
        "code": code,
        "description": description,
        "reply": reply,
        "refs": refs,
    }


def _answered(attempt: int, refused: bool) -> float:
    """The rank of a refusal, and of a receipt without an acceptance: of two about one try the refusal is greater, and
    what is said of an earlier try is greater than what is said of a later one."""
    return _ANSWERED - (2 * attempt - refused) / 1e6


def pending() -> Entry:
    """What is known of a message that was accepted."""
    return _outcome(_PENDING, 0, 0.0, "pending")


def not_sent(reason: str, attempt: int, at: float) -> Entry:
    """The message failed without being sent."""
    return _outcome(_FAILED, attempt, at, "failed", reason, NOT_SENT.get(reason, ""))


def outcome(fact: deliveries.DeliveryFact) -> Entry:
    """What the fact says about the message."""
    match fact:
        case deliveries.DeliveryAccepted():
            return _outcome(_COMPLETED, fact.attempt, fact.at, "completed")
        case deliveries.DeliveryRefused():
            rank = _answered(fact.attempt, refused=True)
            return _outcome(rank, fact.attempt, fact.at, "failed", fact.reason, fact.description)
        case DeliveryReported():
            return _outcome(_answered(fact.attempt, refused=False), fact.attempt, fact.at, "completed")
        case deliveries.DeliveryDropped():
            return not_sent(fact.reason, fact.attempt, fact.at)
        case deliveries.DeliveryUnknown(resend=False):
            return _outcome(_UNKNOWN, fact.attempt, fact.at, "failed", "delivery-unknown", fact.description)
        case deliveries.DeliveryUnknown():
            return _outcome(_UNCLEAR, fact.attempt, fact.at, "pending")
        case _:
            return pending()


def attempt(fact: deliveries.DeliveryFact) -> Entry | None:
    """What the fact says about the attempt; None when nothing was attempted."""
    match fact:
        case deliveries.DeliveryAccepted():
            return _tried(_TRIED_ACCEPTED, fact, "accepted", "", "", packed(fact.reply), fact.provider_ref)
        case deliveries.DeliveryRefused():
            return _tried(_TRIED_REFUSED, fact, "refused", fact.code, fact.description, packed(fact.reply))
        case deliveries.DeliveryDeferred():
            return _tried(_TRIED_DEFERRED, fact, "deferred", fact.code, fact.description, "")
        case deliveries.DeliveryUnknown():
            return _tried(_TRIED_UNKNOWN, fact, "unknown", fact.code, fact.description, "")
        case _:
            return None
