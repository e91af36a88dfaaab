"""What the demo computes from the simulator's ledger."""

from hypothesis import given
from hypothesis import strategies as st

from local_stack.figures import Submission, mean_rate, order_violations, peak_in_a_second

TIMES = st.lists(st.floats(0, 10), max_size=60)


def test_the_peak_counts_a_window_that_is_open_at_its_end() -> None:
    assert peak_in_a_second([]) == 0
    assert peak_in_a_second([0.0, 0.5, 0.999]) == 3
    assert peak_in_a_second([0.0, 0.5, 1.0]) == 2


@given(TIMES)
def test_the_peak_is_that_of_the_fullest_window(times: list[float]) -> None:
    windows = [sum(start <= at and at - start < 1.0 for at in times) for start in times]
    assert peak_in_a_second(times) == max(windows, default=0)


def test_the_rate_is_of_the_gaps() -> None:
    assert mean_rate([]) == mean_rate([5.0]) == 0
    assert mean_rate([0.0, 0.5, 1.0]) == 2.0


def submissions(*called: str) -> list[Submission]:
    return [Submission(float(at), to, accepted=True) for at, to in enumerate(called)]


def test_a_lower_order_after_a_higher_one_is_a_violation() -> None:
    orders = {"a": 1, "b": 1, "c": 2, "d": 3}
    assert order_violations(submissions("b", "a", "c", "d"), orders) == 0
    assert order_violations(submissions("a", "c", "b", "d"), orders) == 1


def test_only_the_first_call_of_a_contact_counts() -> None:
    assert order_violations(submissions("a", "b", "a"), {"a": 1, "b": 2}) == 0
