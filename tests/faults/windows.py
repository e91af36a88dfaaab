"""When faults were, and what they explain."""

from collections.abc import Sequence

from tests.faults.facts import Attempt, Facts, Message
from tests.faults.faults import ADAPTERS, KAFKA, PROVIDER, Fault
from tests.faults.inject import Injected

ANSWER_WITHIN = 30.0
"""Seconds from a call to its outcome at the latest: 10 for the answer, 10 for the look-ups after it, some for the
commit."""
BACK_WITHIN = 75.0
"""Seconds after which an adapter that has ended says what it had begun: Kafka may have to come back first."""
DIED = "process-died"
_CATCHING_UP = 5.0
"""Seconds that a provider may take to read what came while it was frozen: 2.5 for 770 calls, after 30 s."""

_SETTLING = 20.0
"""Seconds after which all adapters of an account are equally late again, once Kafka is back and they are."""

Window = tuple[float, float]


def distorted(injected: Sequence[Injected]) -> list[Window]:
    """When the provider read at other times than it was sent to, through no doing of ours: it was frozen, or the wire
    to it was slow."""
    return [(one.started, one.ended + _CATCHING_UP) for one in injected if _delays(one)]


def _delays(one: Injected) -> bool:
    fault = one.fault
    if fault.kind == "slow":
        return any(link[1] == PROVIDER for link in fault.links)
    return fault.kind == "stop" and fault.process == PROVIDER


def shaken(injected: Sequence[Injected]) -> list[Window]:
    """When one adapter of an account may be later than another one: then two that share a ceiling may catch up beside
    each other, each at the whole ceiling (docs/reliability.md)."""
    return [(one.started, one.ended + _SETTLING) for one in injected if _shakes(one.fault)]


def _shakes(fault: Fault) -> bool:
    ends = {fault.process, *(end for link in fault.links for end in link)}
    on_the_way = {"dispatcher", *ADAPTERS}
    return fault.process == KAFKA or bool(ends & on_the_way)


def unexplained(facts: Facts) -> list[str]:
    """Messages of which nobody knows what became, though nothing had happened to their adapter, their provider, what
    is between them, or Kafka."""
    return [
        f"{message.id} ({message.provider}): {attempt.code}"
        for message in facts.messages
        if message.is_unknown
        for attempt in [_last_unclear(message)]
        if not any(_explains(one, message.provider, attempt) for one in facts.injected)
    ]


def _last_unclear(message: Message) -> Attempt:
    unclear = [attempt for attempt in message.attempts if attempt.outcome == "unknown"]
    return unclear[-1] if unclear else Attempt(0.0, "unknown", "no attempt")


def _explains(one: Injected, provider: str, attempt: Attempt) -> bool:
    adapter, fault = f"provider-{provider}", one.fault
    links = fault.links or ((fault.process, fault.process),)
    if attempt.code == DIED:
        concerned = {(adapter, adapter), (KAFKA, KAFKA), (adapter, KAFKA)}
        until = one.ended + BACK_WITHIN
    else:
        concerned = {(adapter, adapter), (PROVIDER, PROVIDER), (adapter, PROVIDER)}
        until = one.ended + ANSWER_WITHIN
    return bool(concerned.intersection(links)) and one.started <= attempt.at <= until
