"""Samples as they come, and where reading is."""

import pytest

from dapi_common.clock import ManualClock
from dapi_common.events.envelope import headers
from dapi_common.events.signals import SignalSampled
from insights.intake import Intake
from tests.unit.insights.test_windows import KEY, calls, sample

CLOCK = ManualClock()
ENVELOPE = headers(sample(), "test", "1", 0.0)


def intake(starts: dict[int, int], ends: dict[int, int]) -> Intake:
    made = Intake(CLOCK)
    made.assigned(starts, ends)
    return made


def take(one: Intake, offset: int, of: SignalSampled | None = None, partition: int = 0) -> None:
    one.take(partition, offset, ENVELOPE, (of or sample()).encode())


def known(one: Intake) -> list[int]:
    return calls(one.windows.channels(0, KEY, CLOCK.now()))


def test_windows_are_full_once_all_is_read_that_was_there() -> None:
    one = intake({0: 5, 1: 3}, {0: 7, 1: 3})
    assert not one.full()
    take(one, 5)
    assert not one.full()
    take(one, 6)
    assert one.full()
    assert one.next == {0: 7, 1: 3}
    assert known(one) == [2, 2, 2]


def test_gaps_that_transactions_leave_are_passed() -> None:
    one = intake({0: 0}, {0: 3})
    take(one, 1)
    one.passed(0, 3)
    assert one.full()


def test_nothing_counts_twice_when_a_partition_is_read_again() -> None:
    one = intake({0: 0}, {0: 2})
    take(one, 0)
    take(one, 1)
    one.assigned({0: 1}, {0: 2})
    assert not one.full()
    take(one, 0)
    take(one, 1)
    take(one, 1)
    assert one.full()
    assert known(one) == [1, 1, 1]


def test_what_another_process_has_now_is_forgotten_and_not_taken() -> None:
    one = intake({0: 0}, {0: 1})
    take(one, 0)
    one.assigned({1: 0}, {1: 0})
    assert one.full()
    take(one, 1)
    assert one.windows.known() == []


@pytest.mark.parametrize(
    ("envelope", "value"),
    [
        ([], b"\xff"),
        (None, b"{}"),
        (ENVELOPE, None),
        (ENVELOPE, b"{}"),
        (ENVELOPE, b"[" * 100_000),
        ([("ce_type", b"account.opened")], sample().encode()),
        (ENVELOPE, sample(9e99).encode()),
        (ENVELOPE, sample().encode().replace(b'"accepted":1', b'"accepted":-1')),
        (ENVELOPE, sample().encode().replace(b'"accepted":1', b'"amazed":1')),
        (ENVELOPE, sample(latencies={49: 1}).encode().replace(b'"49"', b'"50"')),
    ],
)
def test_nonsense_is_read_past_and_changes_nothing(envelope: list[tuple[str, bytes]] | None, value: bytes) -> None:
    one = intake({0: 0}, {0: 1})
    one.take(0, 0, envelope, value)
    assert (one.next, one.full(), one.windows.known()) == ({0: 1}, True, [])
