"""Each checker finds what it is there for: histories with one thing wrong with them."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.faults.checks import results
from tests.faults.facts import Attempt, Facts, Message, Money, Progress, Submission
from tests.faults.faults import ADAPTERS, KAFKA, PROVIDER, Fault, Kind, Link
from tests.faults.inject import Injected
from tests.faults.load import Invoke
from tests.faults.report import MUST_BE_ZERO, Report
from tests.faults.writing import Counts

ONE, TWO, THREE, FOUR = "447000000001", "447000000002", "447000000003", "447000000004"
INVOKE = Invoke("7", "a", mps=2, order_of={ONE: 1, TWO: 1, THREE: 2})
TIMES = {ONE: 100.0, TWO: 100.5, THREE: 101.0, FOUR: 101.25}
COUNTS = {"total": 3, "pending": 0, "completed": 3, "failed": 0, "stopped": 0}
MONEY = Money("a", Decimal("9.96"), (Decimal(10), Decimal("-0.04")), Decimal(10), Decimal("0.01"))
UNCLEAR = (Attempt(100.0, "unknown", "no-answer"),)
DIED = (Attempt(100.0, "unknown", "process-died"),)


def completed(number: str, message_id: str) -> Message:
    return Message(message_id, "a", number, "nexmo", "completed")


WELL = Facts(
    singles={FOUR: ("a", "4")},
    invokes=[INVOKE],
    messages=[completed(number, f"7-{n}") for n, number in enumerate((ONE, TWO, THREE))] + [completed(FOUR, "4")],
    ledger=[Submission(at, number, taken=True) for number, at in TIMES.items()],
    progress=[Progress("7", "a", "completed", COUNTS, {"completed": 3})],
    money=[MONEY],
    accounts={"a": 4},
)


def wrong(facts: Facts) -> dict[str, int]:
    """How much is wrong of what must not be, by what is; nothing for what is not."""
    return {name: len(lines) for name, lines in results(facts).items() if lines and name in MUST_BE_ZERO}


def with_message(message: Message) -> Facts:
    """WELL, with this in the place of the message to its recipient."""
    others = [one for one in WELL.messages if one.number != message.number]
    return replace(WELL, messages=[*others, message])


def without_money(facts: Facts) -> Facts:
    return replace(facts, money=())


def injected(kind: Kind, process: str, started: float, ended: float, *links: Link) -> Injected:
    return Injected(Fault(0.0, kind, process, links), started, ended)


def test_nothing_is_wrong_when_all_is_well() -> None:
    assert wrong(WELL) == {}
    report = Report.of(1, 1.0, WELL, results(WELL), Counts())
    assert (report.is_clean, report.accepted, report.unknown) == (True, 4, 0)


def test_a_message_that_nobody_knows_is_lost() -> None:
    gone = replace(WELL, messages=[one for one in WELL.messages if one.number != FOUR], money=())
    assert wrong(gone) == {"lost": 1}


def test_a_completed_message_that_no_provider_took_is_lost() -> None:
    ledger = [replace(entry, taken=entry.number != TWO) for entry in WELL.ledger]
    assert wrong(replace(WELL, ledger=ledger)) == {"lost": 1}


@pytest.mark.parametrize("error", ["stopped", "expired", "provider-rejected"])
def test_a_message_that_failed_for_a_reason_and_was_taken_counts_as_lost(error: str) -> None:
    failed = replace(completed(FOUR, "4"), status="failed", error=error)
    assert wrong(without_money(with_message(failed))) == {"lost": 1}


def test_a_message_that_was_taken_twice_is_duplicated() -> None:
    again = Submission(150.0, FOUR, taken=True)
    assert wrong(replace(WELL, ledger=[*WELL.ledger, again])) == {"duplicated": 1}


def test_one_that_was_refused_and_then_taken_is_not_duplicated() -> None:
    before = Submission(90.0, FOUR, taken=False)
    assert wrong(replace(WELL, ledger=[before, *WELL.ledger])) == {}


def test_a_request_that_became_two_messages_is_duplicated() -> None:
    other = completed(FOUR, "5")
    assert wrong(without_money(replace(WELL, messages=[*WELL.messages, other]))) == {"duplicated": 1}


def test_a_message_without_an_outcome_is_pending() -> None:
    assert wrong(without_money(with_message(replace(completed(FOUR, "4"), status="pending")))) == {"pending": 1}


@pytest.mark.parametrize("status", ["running", "paused"])
def test_an_invoke_that_never_ends_is_pending(status: str) -> None:
    assert wrong(replace(WELL, progress=[replace(WELL.progress[0], status=status)])) == {"pending": 1}


def moved(number: str, at: float) -> Facts:
    """WELL, with this recipient reached at another time."""
    ledger = [replace(entry, at=at) if entry.number == number else entry for entry in WELL.ledger]
    return replace(WELL, ledger=ledger)


def test_a_first_try_before_one_of_a_lower_order_is_out_of_order() -> None:
    assert wrong(moved(THREE, 99.0)) == {"out_of_order": 2}


def test_later_tries_are_in_no_order() -> None:
    first = Submission(50.0, ONE, taken=False)
    assert wrong(replace(moved(ONE, 150.0), ledger=[first, *moved(ONE, 150.0).ledger])) == {}


def test_a_first_try_that_never_reached_the_provider_was_one() -> None:
    tried = replace(completed(ONE, "7-0"), attempts=(Attempt(100.1, "deferred", "not-sent"),))
    others = [one for one in WELL.messages if one.number != ONE]
    late = moved(ONE, 150.0)
    assert wrong(late) == {"out_of_order": 1}
    assert wrong(replace(late, messages=[*others, tried])) == {}


def test_what_a_frozen_provider_read_late_is_in_no_order() -> None:
    frozen = injected("stop", PROVIDER, 97.0, 100.0)
    assert wrong(replace(moved(THREE, 99.0), injected=[frozen])) == {}


@pytest.mark.parametrize(("stopped_at", "late"), [(99.5, 0), (99.0, 0), (98.9, 1), (98.4, 2)])
def test_what_starts_more_than_two_seconds_after_its_stop_is_found(stopped_at: float, late: int) -> None:
    stopped = replace(WELL, invokes=[replace(INVOKE, stopped_at=stopped_at)])
    assert wrong(stopped).get("after_stop", 0) == late


def crowded(seconds: float, tries: int = 6) -> Facts:
    """WELL, with so many more tries of an invoke's message over so many seconds."""
    more = [Submission(100.0 + n * seconds / tries, ONE, taken=False) for n in range(tries)]
    return replace(WELL, ledger=sorted([*WELL.ledger, *more], key=lambda entry: entry.at))


def test_a_second_with_more_than_the_ceiling_is_found_for_the_invoke_and_for_the_account() -> None:
    assert wrong(crowded(0.9)) == {"over_ceiling": 2}


def test_the_ceiling_of_an_account_counts_single_messages_too() -> None:
    more = [Submission(100.2 + n / 10, FOUR, taken=False) for n in range(3)]
    assert wrong(replace(WELL, ledger=[*WELL.ledger, *more], accounts={"a": 1})) == {"over_ceiling": 1}


def test_what_a_provider_that_stood_still_read_at_once_says_nothing_about_ceilings() -> None:
    assert wrong(replace(crowded(0.9), blur=lambda _: 0.3)) == {"over_ceiling": 2}
    assert wrong(replace(crowded(0.9), blur=lambda _: 5.0)) == {}


def test_what_was_heaped_up_by_a_slow_wire_to_the_provider_says_nothing_about_ceilings() -> None:
    slow = injected("slow", ADAPTERS[0], 99.0, 100.5, (ADAPTERS[0], PROVIDER))
    assert wrong(replace(crowded(0.9), injected=[slow])) == {}


@pytest.mark.parametrize("victim", [ADAPTERS[0], KAFKA, "dispatcher"])
def test_adapters_that_catch_up_beside_each_other_after_a_kill_may_have_a_ceiling_each_and_no_more(victim: str) -> None:
    killed = [injected("kill", victim, 98.0, 99.0)]
    excused = replace(crowded(0.9, tries=4), injected=killed)
    assert wrong(excused) == {}
    assert len(results(excused)["over_one_percent"]) == 1
    assert wrong(replace(crowded(0.9, tries=12), injected=killed)) == {"over_ceiling": 2}


@pytest.mark.parametrize(("ended", "found"), [(79.0, {}), (18.0, {"over_ceiling": 2})])
def test_shares_that_change_after_trouble_may_be_a_little_apart_for_a_minute(
    ended: float, found: dict[str, int]
) -> None:
    at = [100.0 + n / 100 for n in range(45)]
    more = [Submission(one, ONE, taken=False) for one in at]
    invoke = replace(INVOKE, mps=40)
    facts = replace(WELL, ledger=sorted([*WELL.ledger, *more], key=lambda one: one.at), accounts={"a": 40})
    facts = replace(facts, invokes=[invoke], injected=[injected("kill", KAFKA, ended - 1.0, ended)])
    assert wrong(facts) == found


def test_a_burst_long_after_a_kill_or_after_one_of_somebody_else_is_found() -> None:
    assert wrong(crowded(0.9, tries=4)) == {"over_ceiling": 1}
    assert wrong(replace(crowded(0.9, tries=4), injected=[injected("kill", KAFKA, 70.0, 79.0)])) == {"over_ceiling": 1}
    others = [injected("kill", "projector", 98.0, 99.0)]
    assert wrong(replace(crowded(0.9, tries=4), injected=others)) == {"over_ceiling": 1}


@pytest.mark.parametrize("counts", [{"completed": 2}, {"completed": 2, "failed": 1}, {"total": 4}])
def test_counts_that_are_not_the_sum_of_their_parts_are_off(counts: dict[str, int]) -> None:
    progress = replace(WELL.progress[0], counts=COUNTS | counts)
    assert wrong(replace(WELL, progress=[progress])) == {"counts_off": 1}


@pytest.mark.parametrize(
    "money",
    [
        replace(MONEY, balance=Decimal("9.95")),
        replace(MONEY, movements=(Decimal(10), Decimal("-0.05"))),
        replace(MONEY, balance=Decimal("9.95"), movements=(Decimal(10), Decimal("-0.05"))),
        replace(MONEY, movements=(Decimal("-0.04"), Decimal(10))),
    ],
    ids=["not-its-ledger", "ledger-not-it", "a-fee-twice", "negative-meanwhile"],
)
def test_a_balance_that_is_not_what_it_should_be_is_off(money: Money) -> None:
    assert wrong(replace(WELL, money=[money])) == {"balance_off": 1}


def test_a_fee_is_kept_for_what_nobody_knows_and_given_back_for_what_failed() -> None:
    doubted = replace(completed(FOUR, "4"), status="failed", error="delivery-unknown", attempts=UNCLEAR)
    cut = injected("reset", ADAPTERS[0], 99.0, 100.5, (ADAPTERS[0], PROVIDER))
    assert wrong(replace(with_message(doubted), injected=[cut])) == {}
    refused = replace(with_message(replace(doubted, error="provider-rejected")), ledger=WELL.ledger[:3])
    assert wrong(refused) == {"balance_off": 1}


def unknown(attempts: tuple[Attempt, ...], *faults: Injected) -> dict[str, int]:
    message = replace(completed(FOUR, "4"), status="failed", error="delivery-unknown", attempts=attempts)
    return wrong(replace(with_message(message), injected=faults))


@pytest.mark.parametrize("attempts", [(), UNCLEAR, DIED])
def test_an_unknown_without_a_fault_is_unexplained(attempts: tuple[Attempt, ...]) -> None:
    assert unknown(attempts) == {"unexplained": 1}


def test_a_kill_of_its_adapter_explains_an_unknown_and_of_another_does_not() -> None:
    assert unknown(DIED, injected("kill", ADAPTERS[0], 99.0, 99.1)) == {}
    assert unknown(DIED, injected("kill", ADAPTERS[1], 99.0, 99.1)) == {"unexplained": 1}
    assert unknown(DIED, injected("kill", "dispatcher", 99.0, 99.1)) == {"unexplained": 1}


def test_a_fault_that_came_later_or_was_long_over_explains_nothing() -> None:
    assert unknown(DIED, injected("kill", ADAPTERS[0], 100.5, 100.6)) == {"unexplained": 1}
    assert unknown(DIED, injected("kill", ADAPTERS[0], 1.0, 1.1)) == {"unexplained": 1}


def test_a_missing_answer_is_explained_by_the_provider_and_the_wire_to_it_not_by_kafka() -> None:
    assert unknown(UNCLEAR, injected("stop", PROVIDER, 95.0, 99.0)) == {}
    assert unknown(UNCLEAR, injected("void", ADAPTERS[0], 95.0, 99.0, (ADAPTERS[0], PROVIDER))) == {}
    assert unknown(UNCLEAR, injected("void", ADAPTERS[1], 95.0, 99.0, (ADAPTERS[1], PROVIDER))) == {"unexplained": 1}
    assert unknown(UNCLEAR, injected("kill", KAFKA, 95.0, 99.0)) == {"unexplained": 1}
    assert unknown(DIED, injected("kill", KAFKA, 95.0, 99.0)) == {}


def test_a_report_with_anything_wrong_is_not_clean() -> None:
    facts = replace(WELL, ledger=[*WELL.ledger, Submission(150.0, FOUR, taken=True)])
    report = Report.of(1, 1.0, facts, results(facts), Counts())
    assert not report.is_clean
    assert '"duplicated": 1' in report.line()
    assert not Report.of(1, 1.0, WELL, results(WELL), Counts(refusals=["PUT /v1/messages: 401"])).is_clean
