"""Ceilings hold in every window, are used to the full, and survive a hand-over at any moment."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dapi_common.pacing import LOOKAHEAD, USED, WINDOW, Gcra, MinuteRing

T0 = 1_700_000_000.0

gaps = st.lists(st.one_of(st.just(0.0), st.floats(0, 0.05), st.floats(0, 90)), min_size=1, max_size=400)


def arrivals(waits: Sequence[float]) -> list[float]:
    return list(accumulate(waits, initial=T0))[1:]


def starts_of(limit: Gcra | MinuteRing, times: Sequence[float], handover: int = 0) -> list[float]:
    """What a server of one queue does: each start as early as its arrival, its predecessor and the ceiling allow."""
    started: list[float] = []
    for number, time in enumerate(times):
        if handover and number % handover == 0:
            limit = Gcra(limit.rate, limit.state) if isinstance(limit, Gcra) else MinuteRing(limit.mpm, limit.state)
        at = limit.earliest(max(time, started[-1] if started else 0.0))
        limit.take(at)
        started.append(at)
    return started


def most_in_any(starts: Sequence[float], window: float) -> int:
    """The most starts in any half-open window of that length."""
    return max(bisect_left(starts, start + window) - i for i, start in enumerate(starts))


@given(gaps, st.integers(1, 500), st.integers(0, 7))
def test_no_second_holds_more_than_the_rate_and_one(waits: list[float], rate: int, handover: int) -> None:
    starts = starts_of(Gcra(rate), arrivals(waits), handover)
    assert most_in_any(starts, 1.0) <= rate + 1
    assert all(start >= time for start, time in zip(starts, arrivals(waits), strict=True))


@given(st.integers(1, 1000), st.integers(2, 3000))
def test_a_queue_that_waits_gets_the_whole_rate(rate: int, queued: int) -> None:
    starts = starts_of(Gcra(rate), [T0] * queued)
    assert (queued - 1) / (starts[-1] - starts[0]) >= 0.95 * rate


@given(gaps, st.integers(1, 300), st.integers(0, 7))
def test_no_minute_holds_more_than_its_ceiling(waits: list[float], mpm: int, handover: int) -> None:
    starts = starts_of(MinuteRing(mpm), arrivals(waits), handover)
    assert most_in_any(starts, 61.0) <= mpm, "each of them may come up to a second later"


@given(st.integers(1, 300), st.integers(2, 6))
def test_a_queue_that_waits_gets_the_whole_minute(mpm: int, minutes: int) -> None:
    starts = starts_of(MinuteRing(mpm), [T0] * (mpm * minutes))
    used = bisect_right(starts, starts[0] + WINDOW * (minutes - 1) - 1)
    assert used >= 0.95 * mpm * (minutes - 1)


@given(gaps, st.integers(1, 50), st.integers(1, 100))
def test_both_ceilings_hold_together(waits: list[float], rate: int, mpm: int) -> None:
    gcra, ring = Gcra(rate), MinuteRing(mpm)
    starts: list[float] = []
    for time in arrivals(waits):
        at = ring.earliest(gcra.earliest(max(time, starts[-1] if starts else 0.0)))
        gcra.take(at)
        ring.take(at)
        starts.append(at)
    assert most_in_any(starts, 1.0) <= rate + 1
    assert most_in_any(starts, 60.0) <= mpm


@given(gaps, st.integers(1, 100))
def test_a_ring_restored_from_its_state_is_the_same_ring(waits: list[float], mpm: int) -> None:
    ring = MinuteRing(mpm)
    starts_of(ring, arrivals(waits))
    again = MinuteRing(mpm, ring.state)
    assert again.state == ring.state
    assert again.earliest(T0) == ring.earliest(T0)
    assert len(ring.state) <= 1 + WINDOW


@given(st.integers(1, 200), st.lists(st.floats(0, 1), min_size=2, max_size=400))
def test_late_starts_neither_lose_the_rate_nor_exceed_it(rate: int, lateness: list[float]) -> None:
    gcra, starts = Gcra(rate), list[float]()
    for late in lateness:
        at = gcra.earliest(T0) + late * 0.49 / rate
        gcra.take(at)
        starts.append(at)
    assert most_in_any(starts, 1.0) <= rate + 1
    assert starts[-1] - starts[0] <= len(starts) / (USED * rate)


def test_a_start_much_too_late_begins_anew() -> None:
    gcra = Gcra(10)
    for at in (T0, T0 + 0.16):
        gcra.take(at)
    assert gcra.earliest(T0) == pytest.approx(T0 + 0.16 + 0.1 / USED, abs=1e-6)


def test_a_new_rate_counts_from_the_last_start() -> None:
    gcra = Gcra(1)
    gcra.take(T0)
    gcra.rate = 10
    assert gcra.earliest(T0) == pytest.approx(T0 + 0.1 / USED, abs=1e-6)
    assert gcra.rate == 10


def test_a_new_minute_ceiling_counts_what_the_minute_held() -> None:
    ring = MinuteRing(100)
    for _ in range(50):
        ring.take(T0)
    ring.mpm = 50
    assert ring.earliest(T0 + 1) == T0 + WINDOW
    ring.mpm = 51
    assert ring.earliest(T0 + 1) == T0 + 1


def test_a_ring_that_was_idle_for_days_is_empty() -> None:
    ring = MinuteRing(2)
    ring.take(T0)
    ring.take(T0)
    assert ring.earliest(T0 + 1e6) == T0 + 1e6
    ring.take(T0 + 1e6)
    assert ring.state == [int(T0 + 1e6), 1]


@pytest.mark.parametrize("last", [-3600.0, -1.5, -0.9, 0.0, 0.2, LOOKAHEAD, 0.3, 3600.0])
def test_after_another_clock_the_next_slot_is_neither_too_soon_nor_an_hour_away(last: float) -> None:
    gcra = Gcra(50, T0 + last)
    gcra.take_over(T0)
    gap = 0.02 / USED
    agrees = -1.0 <= last <= LOOKAHEAD
    least = max(0.0, last + gap) if agrees else LOOKAHEAD
    assert least - 1e-6 <= gcra.earliest(T0) - T0 <= LOOKAHEAD + gap + 1e-6


def test_a_ceiling_that_was_never_used_waits_for_nobody() -> None:
    gcra = Gcra(50)
    gcra.take_over(T0)
    assert gcra.earliest(T0) == T0


def test_a_slow_ceiling_is_not_held_up_by_changing_hands() -> None:
    gcra = Gcra(0.5, T0 - 1.5)
    gcra.take_over(T0)
    assert gcra.earliest(T0) == pytest.approx(T0 - 1.5 + 2 / USED, abs=1e-6)


def test_a_minute_that_is_yet_to_come_was_just_now() -> None:
    ring = MinuteRing(2)
    ring.take(T0 + 3600)
    ring.take(T0 + 3610)
    ring.take_over(T0)
    assert ring.state == [int(T0), 1, *[0] * 9, 1]
    assert ring.earliest(T0) == T0 + WINDOW - 10


def test_a_minute_s_slot_that_nobody_used_can_be_given_back_once_while_it_counts() -> None:
    ring = MinuteRing(2)
    ring.take(T0)
    ring.take(T0)
    assert ring.earliest(T0 + 1) > T0 + 60
    assert ring.give_back(T0)
    assert ring.earliest(T0 + 1) == T0 + 1
    assert not ring.give_back(T0 + 5), "nothing started then"
    ring.take(T0 + 200)
    assert not ring.give_back(T0), "it does not count any more"
