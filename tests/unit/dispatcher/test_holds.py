"""What is paused waits, whoever takes over; other ceilings hold for what waits already."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dapi_common.events.sends import SendsPaused, SendsRepaced, SendsResumed, SendsStopped
from dapi_common.events.shapes import Pace
from dapi_common.ids import AccountId, InvokeId
from dapi_common.pacing import LOOKAHEAD

from .cluster import T0, Cluster, gap, send

DAY = 86_400.0


def about(cluster: Cluster, invoke: str = "7") -> dict[str, object]:
    return {"account": AccountId("acme"), "invoke_id": InvokeId(invoke), "at": cluster.now}


def pause(cluster: Cluster, invoke: str = "7") -> None:
    cluster.request(SendsPaused.model_validate(about(cluster, invoke)))


def resume(cluster: Cluster, invoke: str = "7") -> None:
    cluster.request(SendsResumed.model_validate(about(cluster, invoke)))


def repace(cluster: Cluster, mps: int | None = None, mpm: int | None = None) -> None:
    throughput = {"sms": Pace(mps=mps, mpm=mpm)} if mps or mpm else {}
    cluster.request(SendsRepaced.model_validate({**about(cluster), "throughput": throughput}))


def gaps(slots: list[float]) -> list[float]:
    return [later - earlier for earlier, later in pairwise(slots)]


def test_a_paused_invoke_waits_and_others_do_not_until_it_is_resumed() -> None:
    cluster = Cluster()
    cluster.request(*(send(n, invoke="7", mps=10) for n in range(30)), *(send(n, invoke="8") for n in range(30, 40)))
    cluster.run(1)
    before = len(cluster.slots(invoke_id="7"))
    pause(cluster)
    cluster.run(60)
    assert len(cluster.slots(invoke_id="7")) == before
    assert len(cluster.slots(invoke_id="8")) == 10
    assert cluster.wake_at is not None
    assert cluster.wake_at > cluster.now + 1000
    resume(cluster)
    cluster.run(10)
    assert sorted(cluster.names()) == list(range(40))
    assert [one.request.n for one in cluster.released if one.request.invoke_id == "7"] == list(range(30))


def test_what_comes_while_an_invoke_is_paused_waits_too_even_after_restarts() -> None:
    cluster = Cluster()
    pause(cluster)
    cluster.run(1)
    cluster.start()
    cluster.request(send(1, invoke="7"), send(2, invoke="7", attempt=2, not_before=T0 + 3))
    cluster.run(10)
    cluster.start()
    cluster.run(10)
    assert cluster.names() == []
    resume(cluster)
    cluster.run(1)
    cluster.start()
    cluster.request(send(3, invoke="7"))
    cluster.run(1)
    assert sorted(cluster.names()) == [1, 2, 3]
    assert not any(key.startswith("paused/") for key in cluster.state)


def test_what_is_paused_still_expires_and_can_be_stopped() -> None:
    cluster = Cluster()
    pause(cluster)
    cluster.request(send(1, invoke="7", deadline=T0 + 5), send(2, invoke="7"))
    cluster.run(7)
    assert [(fact.n, fact.reason) for fact in cluster.dropped] == [(1, "expired")]
    cluster.request(SendsStopped.model_validate(about(cluster)))
    cluster.run(1)
    assert [(fact.n, fact.reason) for fact in cluster.dropped] == [(1, "expired"), (2, "stopped")]
    assert cluster.low == cluster.log[-1].offset + 1


def test_pauses_are_not_forwarded_to_adapters() -> None:
    cluster = Cluster()
    pause(cluster)
    repace(cluster, 5)
    resume(cluster)
    cluster.run(1)
    assert cluster.controls == []


@pytest.mark.parametrize("restart", [False, True])
def test_a_raised_pace_holds_at_once_for_what_waits_and_for_retries_that_name_the_old_one(restart: bool) -> None:
    cluster = Cluster()
    cluster.request(*(send(n, invoke="7", mps=100, pace=(1, None)) for n in range(40)))
    cluster.run(2.5)
    assert len(cluster.released) == 3
    repace(cluster, 20)
    if restart:
        cluster.step()
        cluster.start()
    cluster.request(*(send(n, invoke="7", mps=100, pace=(1, None), attempt=2) for n in range(40, 60)))
    cluster.run(4)
    assert sorted(cluster.names()) == list(range(60))
    assert gaps(cluster.slots()[3:]) == pytest.approx([gap(20)] * 56, abs=1e-6)
    assert {one.request.pace for one in cluster.released[3:]} == {Pace(mps=20)}


@pytest.mark.parametrize("restart", [False, True])
def test_a_lowered_pace_holds_at_once_and_a_removed_one_not_at_all(restart: bool) -> None:
    cluster = Cluster()
    cluster.request(*(send(n, invoke="7", mps=50, pace=(50, None)) for n in range(200)))
    cluster.run(1)
    repace(cluster, 2)
    cluster.run(0)
    if restart:
        cluster.start()
    before = len(cluster.released)
    cluster.run(5)
    assert len(cluster.released) - before == pytest.approx(10, abs=1)
    assert min(gaps(cluster.slots()[before:])) == pytest.approx(gap(2))
    repace(cluster)
    cluster.run(1)
    assert len(cluster.released) - before >= 55


def test_a_pace_that_names_a_minute_counts_from_where_it_holds() -> None:
    cluster = Cluster()
    cluster.request(*(send(n, invoke="7", mps=50) for n in range(300)))
    cluster.run(1)
    repace(cluster, mpm=30)
    cluster.step()
    before = len(cluster.released)
    cluster.run(100)
    slots = cluster.slots()[before:]
    assert len(slots) == 60
    assert slots[30] - slots[0] > 60


def test_the_ceilings_of_an_invoke_that_was_idle_for_hours_are_still_the_last_that_were_named() -> None:
    cluster = Cluster()
    cluster.request(send(1, invoke="7", mps=100, pace=(10, None)))
    cluster.run(1)
    repace(cluster, 2)
    cluster.run(1)
    for _ in range(3):
        cluster.now += 3601
        cluster.request(send(99, "zenith", deadline=cluster.now + 9))
        cluster.run(1)
    late = {"attempt": 2, "deadline": cluster.now + DAY}
    cluster.request(*(send(n, invoke="7", mps=100, pace=(10, None), **late) for n in (2, 3)))  # type: ignore[arg-type]
    cluster.run(5)
    assert gaps(cluster.slots(invoke_id="7")[1:]) == pytest.approx([gap(2)])


def test_what_was_said_of_an_invoke_is_forgotten_after_eight_days() -> None:
    cluster = Cluster()
    pause(cluster)
    repace(cluster, 2)
    cluster.run(1)
    assert {key.partition("/")[0] for key in cluster.state} >= {"paused", "repaced"}
    cluster.now += 9 * DAY
    cluster.request(send(1, deadline=cluster.now + DAY))
    cluster.run(1)
    assert not {key.partition("/")[0] for key in cluster.state} & {"paused", "repaced"}


acts = st.lists(
    st.tuples(st.sampled_from(("sends", "retries", "pause", "resume", "slow", "fast")), st.floats(0, 2)), max_size=15
)
crashes = st.dictionaries(st.integers(1, 80), st.sampled_from(("before", "after")), max_size=10)


@settings(max_examples=150)
@given(acts, crashes)
def test_whoever_takes_over_at_any_step_keeps_pauses_and_paces_and_loses_nothing(
    plan: list[tuple[str, float]], crash_at: dict[int, str]
) -> None:
    cluster = Cluster()
    cluster.crash_when = crash_at.get
    paused, sends, mps = False, 0, 40
    for act, seconds in plan:
        match act:
            case "sends" | "retries":
                attempt = 1 if act == "sends" else 2
                new = range(sends, sends + 10)
                pace = (mps if attempt == 1 else 40, None)
                cluster.request(*(send(n, invoke="7", mps=100, pace=pace, attempt=attempt) for n in new))
                sends += 10
            case "pause" | "resume":
                paused = act == "pause"
                (pause if paused else resume)(cluster)
            case _:
                mps = 2 if act == "slow" else 80
                repace(cluster, mps)
        cluster.run(0)
        at, before = cluster.now, len(cluster.released)
        cluster.run(seconds)
        new_slots = [one.request.slot for one in cluster.released[before:]]
        assert not (paused and new_slots)
        assert len(new_slots) <= mps * (seconds + LOOKAHEAD) + 1
        assert all(slot >= at for slot in new_slots)
    resume(cluster)
    repace(cluster, 80)
    cluster.run(60)
    assert Counter(cluster.names()) == Counter(range(sends))
    assert not cluster.dropped
    assert cluster.low == cluster.log[-1].offset + 1
