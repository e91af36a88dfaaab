"""Sums over windows, and the figures that are made of them."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dapi_common.clock import ManualClock
from dapi_common.events.signals import BOUNDS, MOST_ERRORS, OTHER, Figures, SignalSampled, bucket
from dapi_common.ids import AccountId
from insights.figures import counted, figures, percentile
from insights.windows import AHEAD, Channels, Windows

ACME = AccountId("acme")
KEY = (ACME, "nexmo")
NOW = ManualClock().now()


def sample(at: float = NOW, **fields: object) -> SignalSampled:
    known = {"account": ACME, "provider": "nexmo", "channel": "sms", "outcomes": {"accepted": 1}, "at": at}
    return SignalSampled.model_validate({**known, **fields})


def channels(*samples: SignalSampled, now: float = NOW) -> Channels:
    windows = Windows()
    for each in samples:
        assert windows.add(0, each, now)
    return windows.channels(0, KEY, now) if windows.known() else {}


def calls(found: Channels) -> list[int]:
    """In a minute, five minutes, an hour."""
    return [sum(window.outcomes.values()) for window in found["sms"].values()]


@pytest.mark.parametrize(
    ("age", "expected"),
    [(0, [1, 1, 1]), (49, [1, 1, 1]), (60, [0, 1, 1]), (289, [0, 1, 1]), (300, [0, 0, 1]), (3539, [0, 0, 1])],
)
def test_a_sample_is_in_the_windows_that_are_as_old_as_it(age: float, expected: list[int]) -> None:
    assert calls(channels(sample(NOW - age))) == expected


def test_windows_empty_with_time_and_then_nothing_is_known() -> None:
    windows, clock = Windows(), ManualClock(NOW)
    windows.add(0, sample(), clock.now())
    seen = []
    for _ in range(4):
        seen.append(calls(windows.channels(0, KEY, clock.now())))
        clock.advance(61 if len(seen) == 1 else 240)
    assert seen == [[1, 1, 1], [0, 1, 1], [0, 0, 1], [0, 0, 1]]
    clock.advance(3600)
    assert windows.channels(0, KEY, clock.now()) == {}
    assert windows.known() == []


def test_what_is_too_old_is_passed_over_and_what_is_from_the_future_is_refused() -> None:
    windows = Windows()
    assert windows.add(0, sample(NOW - 3600), NOW)
    assert windows.add(0, sample(float("nan")), NOW)
    assert not windows.add(0, sample(NOW + AHEAD + 1), NOW)
    assert windows.known() == []
    assert calls(channels(sample(NOW + AHEAD))) == [1, 1, 1]


def test_accounts_providers_channels_and_partitions_are_apart() -> None:
    windows = Windows()
    for partition, each in (
        (0, sample()),
        (0, sample(channel="voice", outcomes={"unclear": 2})),
        (0, sample(provider="twilio")),
        (1, sample(account="other")),
    ):
        windows.add(partition, each, NOW)
    assert set(windows.known()) == {(0, KEY), (0, (ACME, "twilio")), (1, ("other", "nexmo"))}
    found = windows.channels(0, KEY, NOW)
    assert (found["sms"]["1h"].outcomes, found["voice"]["1h"].outcomes) == ({"accepted": 1}, {"unclear": 2})
    assert windows.drop(0) == [KEY, (ACME, "twilio")]
    assert windows.known() == [(1, ("other", "nexmo"))]


counts = st.integers(0, 5)
samples = st.builds(
    lambda age, **fields: sample(NOW - age, **fields),
    st.floats(-50, 4000),
    channel=st.sampled_from(["sms", "voice"]),
    outcomes=st.dictionaries(st.sampled_from(["accepted", "refused", "deferred", "unclear"]), counts),
    auth=counts,
    errors=st.dictionaries(st.sampled_from(["4", "6", "no-answer"]), counts),
    latencies=st.dictionaries(st.integers(0, 49), counts),
    receipts=st.dictionaries(st.sampled_from(["delivered", "undelivered"]), counts),
)


@given(st.lists(samples, max_size=12).flatmap(lambda them: st.tuples(st.just(them), st.permutations(them))))
def test_any_order_of_samples_gives_the_same_sums(orders: tuple[list[SignalSampled], list[SignalSampled]]) -> None:
    one, other = orders
    assert channels(*one) == channels(*other)


@given(st.lists(samples, max_size=12), st.floats(0, 4000))
def test_time_that_passes_in_between_changes_nothing(them: list[SignalSampled], passed: float) -> None:
    windows = Windows()
    for each in them:
        windows.add(0, each, NOW)
    for _, key in windows.known():
        windows.channels(0, key, NOW + passed / 2)
    later = {key: found for _, key in windows.known() if (found := windows.channels(0, key, NOW + passed))}
    expected = channels(*(each for each in them), now=NOW + passed) if them else {}
    assert later.get(KEY, {}) == expected


def test_figures_say_how_calls_ended_how_long_they_took_and_what_was_reported() -> None:
    counts = counted(
        sample(
            outcomes={"accepted": 18, "refused": 1, "unclear": 1},
            auth=1,
            errors={"4": 1, "no-answer": 1},
            latencies={bucket(0.05): 19, bucket(10.0): 1},
            receipts={"delivered": 7},
        )
    )
    found = figures(counts)
    assert found.outcomes == {"accepted": 18, "refused": 1, "unclear": 1}
    assert (found.auth, found.errors, found.receipts) == (1, {"4": 1, "no-answer": 1}, {"delivered": 7})
    assert found.p50 == found.p95 == pytest.approx(0.05, rel=0.25)


def test_no_calls_have_no_latency() -> None:
    assert figures(Counter()) == Figures()


def test_the_rarest_codes_are_counted_together() -> None:
    many = {f"{n:03}": n for n in range(1, MOST_ERRORS + 1)}
    found = figures(counted(sample(errors=many)) + counted(sample(errors={"x": 50, "y": 40, OTHER: 3}))).errors
    assert len(found) == MOST_ERRORS + 1
    assert list(found)[:2] == ["x", "y"]
    assert found[OTHER] == 1 + 2 + 3


@given(st.lists(st.floats(0, 100), min_size=1), st.sampled_from([50, 95]))
def test_a_percentile_is_no_less_than_the_true_one_and_at_most_a_quarter_more(them: list[float], percent: int) -> None:
    true = sorted(them)[-(-len(them) * percent // 100) - 1]
    found = percentile(sorted(Counter(map(bucket, them)).items()), percent)
    assert found is not None
    if true <= BOUNDS[-1]:
        assert true - 0.0001 <= found <= max(BOUNDS[0], true * 1.25) + 0.0001
    else:
        assert found == round(BOUNDS[-1], 4)
