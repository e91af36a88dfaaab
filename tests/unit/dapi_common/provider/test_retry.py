from hypothesis import given
from hypothesis import strategies as st

from dapi_common.provider.retry import CAP_SECONDS, retry_at


@given(st.integers(1, 500), st.floats(0, 0.999), st.one_of(st.none(), st.floats(0, 1e6)))
def test_a_retry_is_never_before_what_the_provider_asks_for_nor_far_beyond(
    attempt: int, random: float, after: float | None
) -> None:
    wait = retry_at(0.0, attempt, after, lambda: random)
    asked = after or 0.0
    assert asked <= wait <= asked + CAP_SECONDS


def test_the_pause_doubles_up_to_its_cap() -> None:
    pauses = [retry_at(0.0, attempt, None, lambda: 1.0) for attempt in (1, 2, 3, 4, 11, 400)]
    assert pauses == [0.5, 1.0, 2.0, 4.0, 300.0, 300.0]
