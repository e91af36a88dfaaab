"""Whoever takes over at whatever moment repeats nothing, loses nothing, keeps the order and the ceilings."""

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dapi_common.bus.port import Record
from dapi_common.events import SENDS
from dapi_common.events.sends import ProviderWithdrawn, SendRequested, SendsStopped
from dapi_common.ids import AccountId, InvokeId
from dapi_common.pacing import LOOKAHEAD, WINDOW

from .cluster import T0, Cluster, gap, send

RATES = {"nexmo": 7.0}
MPS = {"acme": 9, "zenith": 3}
PACES = {"1": (4, None), "2": (None, 20), "3": (5, 40)}


@dataclass(frozen=True, slots=True)
class Burst:
    """Some like sends, or a control, some time after what came before."""

    wait: float
    account: str
    invoke: str | None
    provider: str
    count: int
    retry_after: float | None
    lifetime: float
    gap: int
    frozen: bool


bursts = st.builds(
    Burst,
    wait=st.sampled_from((0.0, 0.01, 0.3, 4.0)),
    account=st.sampled_from(tuple(MPS)),
    invoke=st.sampled_from((None, *PACES)),
    provider=st.sampled_from(("nexmo", "twilio")),
    count=st.integers(1, 15),
    retry_after=st.sampled_from((None, None, 0.0, 2.0)),
    lifetime=st.sampled_from((1.5, 1e5, 1e5)),
    gap=st.integers(0, 2),
    frozen=st.booleans(),
)
controls = st.sampled_from(("stop", "withdraw"))
plans = st.lists(st.one_of(bursts, bursts, bursts, controls), min_size=1, max_size=14)
crashes = st.dictionaries(st.integers(1, 120), st.sampled_from(("before", "after")), max_size=12)


def ask(cluster: Cluster, burst: Burst, first: int) -> None:
    retry = burst.retry_after is not None
    for n in range(first, first + burst.count):
        request = send(
            n,
            burst.account,
            burst.invoke,
            burst.provider,
            mps=MPS[burst.account],
            pace=PACES[burst.invoke] if burst.invoke else (None, None),
            deadline=cluster.now + burst.lifetime,
            attempt=2 if retry else 1,
            not_before=cluster.now + (burst.retry_after or 0.0) if retry else 0.0,
            at=cluster.now,
        )
        cluster.request(request, gap=burst.gap)


def play(plan: list[Burst | str], crash_at: dict[int, str]) -> Cluster:
    cluster = Cluster(RATES)
    cluster.crash_when = crash_at.get
    for number, act in enumerate(plan):
        if isinstance(act, Burst):
            cluster.now += act.wait if act.frozen else 0.0
            cluster.run(0.0 if act.frozen else act.wait)
            ask(cluster, act, number * 100)
        elif act == "stop":
            cluster.request(SendsStopped(account=AccountId("acme"), invoke_id=InvokeId("1"), at=cluster.now))
        else:
            cluster.request(ProviderWithdrawn(account=AccountId("acme"), provider="nexmo", at=cluster.now))
    cluster.run(400)
    return cluster


def requests(log: list[Record]) -> list[SendRequested]:
    payloads = [SENDS.decode(record.headers, record.value) for record in log]
    return [payload for payload in payloads if isinstance(payload, SendRequested)]


def most_in_any(slots: list[float], window: float) -> int:
    slots = sorted(slots)
    return max((bisect_left(slots, slot + window) - i for i, slot in enumerate(slots)), default=0)


@settings(max_examples=150)
@given(plans, crashes)
def test_each_send_has_one_outcome_in_order_under_its_ceilings(
    plan: list[Burst | str], crash_at: dict[int, str]
) -> None:
    cluster = play(plan, crash_at)
    asked = requests(cluster.log)
    outcomes = Counter(cluster.names()) + Counter(fact.n for fact in cluster.dropped)
    assert outcomes == Counter(request.n for request in asked)
    assert cluster.low == cluster.log[-1].offset + 1
    assert not any(key.startswith("released/") and cluster.low > (int(key[9:]) + 1) * 1024 for key in cluster.state)
    check_order(cluster)
    check_ceilings(cluster)


def check_order(cluster: Cluster) -> None:
    lanes: dict[object, list[tuple[float, int]]] = {}
    for one in (one.request for one in cluster.released):
        if one.attempt == 1:
            lanes.setdefault((one.account, one.invoke_id, one.provider), []).append((one.slot, one.n))
    assert all(lane == sorted(lane, key=lambda pair: pair[1]) == sorted(lane) for lane in lanes.values())
    assert all(one.request.slot >= max(one.request.not_before, one.now) for one in cluster.released)


def check_ceilings(cluster: Cluster) -> None:
    for account, mps in MPS.items():
        assert most_in_any(cluster.slots(account=account), 1.0) <= mps + 1
        assert most_in_any(cluster.slots(account=account, provider="nexmo"), 1.0) <= RATES["nexmo"] + 1
        for invoke, (second, minute) in PACES.items():
            slots = cluster.slots(account=account, invoke_id=invoke)
            assert second is None or most_in_any(slots, 1.0) <= second + 1
            assert minute is None or most_in_any(slots, 60.0) <= minute


def test_a_restart_goes_on_where_the_ceilings_stand() -> None:
    cluster = Cluster({"nexmo": 0.5})
    cluster.request(*(send(n, mps=100, invoke="7") for n in range(4)))
    for _ in range(4):
        cluster.run(0.6)
        cluster.start()
    cluster.run(10)
    assert cluster.slots() == pytest.approx([T0 + n * gap(0.5) for n in range(4)])


@pytest.mark.parametrize("step", [-3600.0, -2.0, 2.0, 3600.0])
def test_a_ceiling_holds_and_nobody_waits_for_an_hour_when_another_clock_takes_over(step: float) -> None:
    """The slots of the second dispatcher are told by the first one's clock, as a provider sees them."""
    cluster = Cluster({"nexmo": 80.0})
    cluster.request(*(send(n, mps=100, invoke="7", pace=(50, None)) for n in range(400)))
    cluster.run(2)
    before = len(cluster.released)
    cluster.now += step
    cluster.start()
    cluster.run(5)
    seen = cluster.slots()[:before] + [slot - step for slot in cluster.slots()[before:]]
    assert most_in_any(seen, 1.0) <= 50 * 1.01 + 1
    assert len(seen) >= 0.95 * 50 * (7 - LOOKAHEAD)


def test_a_minute_is_not_forgotten_when_a_clock_that_is_behind_takes_over() -> None:
    cluster = Cluster()
    cluster.request(*(send(n, mps=100, invoke="7", pace=(None, 30)) for n in range(90)))
    cluster.run(5)
    cluster.now -= 3600
    cluster.start()
    cluster.run(40)
    assert len(cluster.released) == 30
    cluster.run(30)
    assert len(cluster.released) == 60


def test_a_minute_s_slot_is_given_back_once_however_often_it_is_read_that_nobody_used_it() -> None:
    cluster = Cluster()
    for n in range(6):
        cluster.request(send(n, invoke="1", pace=(None, 3)))
    cluster.run(2)
    [late, *others] = [one.request for one in cluster.released]
    assert len(others) == 2
    cluster.request(send(9, mps=1, not_before=T0 + 3600), late.once_more(late=True, slot=late.slot))
    cluster.step()
    for _ in range(3):
        cluster.start()
        cluster.run(5)
    assert len(cluster.released) == 4


def test_any_account_id_survives_the_changelog() -> None:
    cluster = Cluster({"nexmo": 0.5})
    cluster.request(send(0, "a/b/c", invoke="7", pace=(None, 1)))
    cluster.request(SendsStopped(account=AccountId("a/b/c"), invoke_id=InvokeId("8"), at=T0))
    cluster.run(0.5)
    cluster.start()
    cluster.request(send(1, "a/b/c"), send(2, "a/b/c", invoke="7", pace=(None, 1)), send(3, "a/b/c", invoke="8"))
    cluster.run(100)
    assert cluster.slots() == pytest.approx([T0, T0 + gap(0.5), T0 + WINDOW], abs=1e-3)
    assert [fact.n for fact in cluster.dropped] == [3]


def test_a_raised_rate_outlives_older_sends_that_are_read_again() -> None:
    cluster = Cluster()
    cluster.request(*(send(n, attempt=2, mps=1, not_before=T0 + 5) for n in range(2)), send(2, mps=50))
    cluster.run(1)
    cluster.start()
    cluster.run(4.3)
    assert cluster.names() == [2, 0, 1]


def test_a_restart_with_nothing_to_do_remembers_the_ceilings() -> None:
    cluster = Cluster({"nexmo": 0.5})
    cluster.request(send(0, invoke="7", pace=(None, 1)))
    cluster.run(0.5)
    cluster.start()
    cluster.run(0.5)
    cluster.request(send(1), send(2, invoke="7", pace=(None, 1)))
    cluster.run(100)
    assert cluster.slots() == pytest.approx([T0, T0 + gap(0.5), T0 + WINDOW], abs=1e-3)


def test_a_restart_reads_no_send_twice_that_overtook_a_slow_one() -> None:
    cluster = Cluster()
    cluster.request(send(0, attempt=2, not_before=T0 + 3600), *(send(n, mps=1000) for n in range(1, 3000)))
    cluster.run(10)
    assert cluster.low == 0
    cluster.start()
    cluster.run(4000)
    assert sorted(cluster.names()) == list(range(3000))
    assert not any(key.startswith("released/") for key in cluster.state if key != "released/2")


def test_idle_ceilings_are_forgotten() -> None:
    cluster = Cluster(RATES)
    for invoke in range(40):
        cluster.request(*(send(n, invoke=str(invoke), pace=(5, 100)) for n in range(2)))
    cluster.run(60)
    assert sum(key.startswith("pace/") for key in cluster.state) == 40
    for _ in range(5):
        cluster.now += 3601
        cluster.request(send(1, "zenith", deadline=cluster.now + 99))
        cluster.run(1)
    assert set(cluster.state) - {"released/0"} == {"account/zenith"}
