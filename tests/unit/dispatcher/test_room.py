"""How much room a send needs after the one before of its provider."""

from bisect import bisect_left

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dapi_common.pacing import Gcra
from dispatcher.throttle import Room

from .cluster import T0, Cluster, send


def rooms(cluster: Cluster, provider: str = "nexmo") -> list[float]:
    return [one.request.room for one in cluster.released if one.request.provider == provider]


def test_a_provider_that_is_alone_needs_the_room_of_the_whole_ceiling() -> None:
    cluster = Cluster()
    cluster.request(*(send(n, mps=50) for n in range(20)))
    cluster.run(1)
    assert rooms(cluster) == pytest.approx([0.02] * 20)


def test_providers_that_share_a_ceiling_leave_each_other_s_places_free() -> None:
    cluster = Cluster()
    for n in range(30):
        cluster.request(send(n, mps=50, provider=("nexmo", "nexmo", "twilio")[n % 3]))
        cluster.run(0.03)
    cluster.run(2)
    assert rooms(cluster, "nexmo")[1:] == pytest.approx([0.02, 0.04] * 9 + [0.02])
    assert rooms(cluster, "twilio")[1:] == pytest.approx([0.06] * 9)


def test_time_in_which_nobody_had_a_slot_needs_no_room() -> None:
    cluster = Cluster()
    for n in range(3):
        cluster.request(send(n, mps=50), send(n, mps=50, provider="twilio"))
        cluster.run(60)
    assert rooms(cluster)[1:] == pytest.approx([0.04] * 2)


def test_a_place_counts_at_the_rate_of_its_time() -> None:
    cluster = Cluster()
    cluster.request(send(0, mps=10), *(send(n, mps=10, provider="twilio") for n in range(1, 5)))
    cluster.run(1)
    cluster.request(send(5, mps=100), send(6, mps=100))
    cluster.run(1)
    assert rooms(cluster) == pytest.approx([0.1, 0.41, 0.01])


def test_an_invoke_s_ceiling_on_a_channel_has_rooms_of_its_own() -> None:
    cluster = Cluster()
    cluster.request(*(send(n, invoke="7", mps=100, pace=(10, None)) for n in range(5)), send(9, mps=100))
    cluster.run(1)
    assert [(one.request.pace_room) for one in cluster.released if one.request.n < 9] == pytest.approx([0.1] * 5)
    assert [one.request.pace_room for one in cluster.released if one.request.n == 9] == [0.0]


def test_a_new_dispatcher_begins_with_a_room_for_each() -> None:
    cluster = Cluster()
    cluster.request(send(0, mps=50), *(send(n, mps=50, provider="twilio") for n in range(1, 20)))
    cluster.run(1)
    cluster.start()
    cluster.request(send(30, mps=50))
    cluster.run(1)
    assert rooms(cluster) == pytest.approx([0.02, 0.02])


takes = st.lists(st.tuples(st.sampled_from("ab"), st.floats(0, 3)), min_size=2, max_size=80)


@given(takes, st.integers(1, 50))
def test_whoever_keeps_the_slots_keeps_the_rooms_and_whoever_keeps_the_rooms_keeps_the_ceiling(
    waits: list[tuple[str, float]], rate: int
) -> None:
    """The second: whatever two providers make up for, as long as both are equally late. Both have had a send before:
    the first one of a provider needs no more room than one place, whatever others had until then."""
    gcra, room, now = Gcra(rate, T0), Room(), T0
    slots: dict[str, float] = {}
    starts: dict[str, float] = {}
    every: list[float] = []
    for provider, wait in [("a", 0.0), ("b", 0.0), *waits]:
        now = gcra.earliest(max(now, gcra.earliest(now) + (wait - 2) / rate))
        gcra.take(now)
        space = room.take(provider, now, rate)
        assert provider not in slots or now >= slots[provider] + space - 1e-6
        slots[provider] = now
        starts[provider] = max(T0, starts.get(provider, T0 - space) + space)
        every.append(starts[provider])
    every.sort()
    for i, start in enumerate(every):
        assert bisect_left(every, start + 1.0 - 1e-6) - i <= rate + 3
