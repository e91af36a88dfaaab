"""Does what is left add up? Each checker answers with what is wrong, a line each; with nothing when all is well."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from decimal import Decimal

from tests.faults.ceilings import clear, over_ceiling
from tests.faults.facts import FINAL, Facts, Message, Money, Progress
from tests.faults.windows import distorted, unexplained

STOP_SECONDS = 2.0


def lost(facts: Facts) -> list[str]:
    """Accepted, and not there; or completed, and no provider has it; or failed for a reason, and a provider has it."""
    known = {message.number: message for message in facts.messages}
    taken = {entry.number for entry in facts.ledger if entry.taken}
    wrong = [f"{number}: accepted, and nobody knows it" for number in accepted(facts) if number not in known]
    wrong += [f"{message.id}: completed, and not taken" for message in known.values() if _is_missing(message, taken)]
    wrong += [f"{message.id}: {message.error}, and taken" for message in known.values() if _is_denied(message, taken)]
    return wrong


def accepted(facts: Facts) -> list[str]:
    """The recipients of all that got a 200."""
    return [*facts.singles, *(number for invoke in facts.invokes for number in invoke.order_of)]


def _is_missing(message: Message, taken: set[str]) -> bool:
    return message.status == "completed" and message.number not in taken


def _is_denied(message: Message, taken: set[str]) -> bool:
    return message.status in ("failed", "stopped") and not message.is_unknown and message.number in taken


def duplicated(facts: Facts) -> list[str]:
    """Taken more than once, or known under two ids."""
    times = Counter(entry.number for entry in facts.ledger if entry.taken)
    ids = Counter(message.number for message in facts.messages)
    wrong = [f"{number}: taken {count} times" for number, count in times.items() if count > 1]
    return wrong + [f"{number}: {count} messages" for number, count in ids.items() if count > 1]


def pending(facts: Facts) -> list[str]:
    """Not final, although nothing happens any more."""
    messages = [f"{message.id}: {message.status}" for message in facts.messages if message.status not in FINAL]
    return messages + [
        f"invoke {one.id}: {one.status}" for one in facts.progress if one.status in ("running", "paused")
    ]


def out_of_order(facts: Facts) -> list[str]:
    """First tries that came after one of a higher order of the same invoke had. What was put off before it ever reached
    the provider (`deferred`: nobody listened there) has had its first try."""
    put_off = {
        message.number: min(attempt.at for attempt in message.attempts if attempt.outcome == "deferred")
        for message in facts.messages
        if any(attempt.outcome == "deferred" for attempt in message.attempts)
    }
    order_of = {number: (n, order) for n, one in enumerate(facts.invokes) for number, order in one.order_of.items()}
    blurred, seen, wrong = distorted(facts.injected), set[str](), list[str]()
    highest: dict[int, int] = defaultdict(int)
    for entry in sorted(facts.ledger, key=lambda one: one.at):
        if entry.number in seen or entry.number not in order_of:
            continue
        seen.add(entry.number)
        if put_off.get(entry.number, entry.at) < entry.at or any(start <= entry.at <= end for start, end in blurred):
            continue
        invoke, order = order_of[entry.number]
        if order < highest[invoke]:
            wrong.append(f"invoke {facts.invokes[invoke].id}: order {order} after {highest[invoke]}")
        highest[invoke] = max(highest[invoke], order)
    return wrong


def after_stop(facts: Facts) -> list[str]:
    """What reached a provider later than STOP_SECONDS after its invoke's stop was answered."""
    until = {
        number: one.stopped_at + STOP_SECONDS
        for one in facts.invokes
        if one.stopped_at is not None
        for number in one.order_of
    }
    return [
        f"{entry.number}: {entry.at - until[entry.number] + STOP_SECONDS:.1f} s after the stop"
        for entry in clear(facts)
        if entry.number in until and entry.at > until[entry.number] + facts.blur(entry.at)
    ]


def counts_off(facts: Facts) -> list[str]:
    """Invokes whose counts are not the sum of their parts, or not what their contacts say."""
    return [
        f"invoke {one.id}: {dict(one.counts)}, contacts {dict(one.contacts)}" for one in facts.progress if _off(one)
    ]


def _off(one: Progress) -> bool:
    parts = {name: one.counts[name] for name in ("pending", "completed", "failed", "stopped")}
    return sum(parts.values()) != one.counts["total"] or Counter(parts) != Counter(one.contacts)


def balance_off(facts: Facts) -> list[str]:
    """Accounts whose balance is not the sum of their ledger, or not what is left after a fee for each message that a
    provider took, or may have."""
    paid = Counter(one.account for one in facts.messages if one.status == "completed" or one.is_unknown)
    wrong = []
    for money in facts.money:
        due = money.topped_up - money.fee * paid[money.account]
        if not money.balance == sum(money.movements, Decimal(0)) == due or _was_negative(money):
            wrong.append(f"account {money.account}: {money.balance}, ledger {sum(money.movements)}, due {due}")
    return wrong


def _was_negative(money: Money) -> bool:
    balance = Decimal(0)
    return any((balance := balance + amount) < 0 for amount in money.movements)


def results(facts: Facts) -> Mapping[str, list[str]]:
    """What is wrong, by what it is called in the report."""
    return {
        "lost": lost(facts),
        "duplicated": duplicated(facts),
        "unexplained": unexplained(facts),
        "over_ceiling": over_ceiling(facts),
        "over_one_percent": over_ceiling(facts, excused=False),
        "out_of_order": out_of_order(facts),
        "after_stop": after_stop(facts),
        "pending": pending(facts),
        "balance_off": balance_off(facts),
        "counts_off": counts_off(facts),
    }
