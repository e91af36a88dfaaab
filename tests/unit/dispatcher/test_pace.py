"""When sends go: ceilings, turns, and accounts that do not disturb each other."""

from itertools import pairwise

import pytest

from dapi_common.events.account import SecretRegenerated
from dapi_common.ids import AccountId
from dapi_common.pacing import LOOKAHEAD, USED
from dispatcher import worker

from .cluster import T0, Cluster, gap, send


def gaps(slots: list[float]) -> list[float]:
    return [later - earlier for earlier, later in pairwise(slots)]


def test_a_single_send_goes_at_once_with_its_slot() -> None:
    cluster = Cluster()
    cluster.request(send(1))
    cluster.run(0)
    [one] = cluster.released
    assert one.request == send(1).model_copy(update={"slot": T0, "room": 0.1})
    assert one.topic == "dapi.provider.nexmo"
    assert cluster.low == 1


def test_the_accounts_rate_is_used_to_the_full_and_not_exceeded() -> None:
    cluster = Cluster()
    cluster.request(*(send(n, mps=50) for n in range(500)))
    cluster.run(20)
    assert gaps(cluster.slots()) == pytest.approx([gap(50)] * 499, abs=1e-6)
    assert all(one.now <= one.request.slot <= one.now + LOOKAHEAD for one in cluster.released)


def test_a_send_is_released_exactly_a_lookahead_before_its_slot() -> None:
    cluster = Cluster()
    cluster.request(*(send(n, mps=1) for n in range(10)))
    cluster.run(20)
    assert [one.request.slot - one.now for one in cluster.released[1:]] == [LOOKAHEAD] * 9
    assert cluster.steps_without_effect == 0


def test_what_was_put_back_untried_gets_another_slot() -> None:
    cluster = Cluster()
    late = [send(n, attempt=n, not_before=n - 1.0).once_more(late=True) for n in (2, 1)]
    cluster.request(send(3), *late, send(4, attempt=2, not_before=T0 - 9))
    cluster.run(1)
    assert [(one.request.n, one.request.attempt) for one in cluster.released] == [(3, 1), (1, 1), (2, 2), (4, 2)]
    assert all(one.request.late == (one.request.n < 3) for one in cluster.released)
    assert min(cluster.slots()) >= T0


def test_a_credentials_ceiling_holds_for_each_account_alone() -> None:
    cluster = Cluster({"nexmo": 2.0})
    for account in ("acme", "zenith"):
        cluster.request(*(send(n, account, mps=100) for n in range(10)))
    cluster.run(20)
    for account in ("acme", "zenith"):
        assert gaps(cluster.slots(account=account)) == pytest.approx([gap(2)] * 9)


def test_a_slow_provider_leaves_the_accounts_rate_to_the_others() -> None:
    cluster = Cluster({"nexmo": 1.0})
    cluster.request(*(send(n, mps=20) for n in range(5)))
    cluster.request(*(send(n, mps=20, provider="twilio") for n in range(100)))
    cluster.run(4.5)
    assert cluster.slots(provider="nexmo") == pytest.approx([T0 + n * gap(1) for n in range(5)], abs=0.18)
    assert len(cluster.slots(provider="twilio")) >= 0.95 * (4.5 * USED * 20 - 5)


def test_ceilings_that_do_not_divide_each_other_are_all_used() -> None:
    cluster = Cluster({"nexmo": 8.0})
    cluster.request(*(send(n, mps=20) for n in range(200)))
    cluster.request(*(send(n, mps=20, provider="twilio") for n in range(300)))
    cluster.run(20)
    assert len(cluster.slots(provider="nexmo")) >= 0.95 * 8 * 20
    assert len(cluster.slots()) >= 0.95 * 20 * 20


def test_an_invoke_keeps_its_own_mps_on_each_channel() -> None:
    cluster = Cluster()
    cluster.request(*(send(n, invoke="7", mps=100, pace=(2, None)) for n in range(8)))
    cluster.request(*(send(n, invoke="7", mps=100, pace=(4, None), channel="voice") for n in range(8, 16)))
    cluster.run(10)
    assert gaps(cluster.slots(channel="sms")) == pytest.approx([0.5] * 7, abs=0.02)
    assert gaps(cluster.slots(channel="voice")) == pytest.approx([0.25] * 7, abs=0.02)


def test_an_invoke_keeps_its_messages_a_minute() -> None:
    cluster = Cluster()
    cluster.request(*(send(n, invoke="7", mps=100, pace=(None, 30)) for n in range(90)))
    cluster.run(200)
    slots = cluster.slots()
    assert len(slots) == 90
    assert all(slots[i + 30] - slots[i] > 60 for i in range(60))
    assert slots[-1] - T0 <= 125


def test_the_latest_word_on_the_rate_wins() -> None:
    cluster = Cluster()
    cluster.request(*(send(n, mps=1) for n in range(4)), send(4, mps=10))
    cluster.run(20)
    assert gaps(cluster.slots()) == pytest.approx([gap(10)] * 4, abs=1e-6)


def test_a_raised_pace_frees_what_waited_for_the_lower_one() -> None:
    cluster = Cluster()
    cluster.request(*(send(n, invoke="7", pace=(None, 1)) for n in range(3)))
    cluster.run(5)
    cluster.request(send(3, invoke="7", pace=(None, 60)))
    cluster.run(1)
    assert cluster.names() == [0, 1, 2, 3]


def test_single_messages_go_before_invokes() -> None:
    cluster = Cluster()
    cluster.request(*(send(n, invoke="7", mps=10) for n in range(100)))
    cluster.run(1)
    cluster.request(*(send(n, mps=10) for n in range(1000, 1010)))
    cluster.run(2)
    slots = cluster.slots(invoke_id=None)
    assert slots[0] - (T0 + 1) <= LOOKAHEAD + 0.1
    assert gaps(slots) == pytest.approx([gap(10)] * 9, abs=1e-6)


def test_invokes_are_served_in_turn_however_many_lanes_they_have() -> None:
    cluster = Cluster()
    for n in range(30):
        cluster.request(
            send(n, invoke="1"), send(n, invoke="1", provider="twilio"), send(n, invoke="1", channel="voice")
        )
    for invoke in ("2", "3"):
        cluster.request(*(send(n, invoke=invoke) for n in range(30)))
    cluster.run(2.9)
    assert [len(cluster.slots(invoke_id=invoke)) for invoke in ("1", "2", "3")] == pytest.approx([10, 10, 10], abs=1)


def test_each_lane_keeps_its_order() -> None:
    cluster = Cluster()
    cluster.request(*(send(n, invoke="7", provider=("nexmo", "twilio")[n % 2]) for n in range(40)))
    cluster.run(10)
    for provider in ("nexmo", "twilio"):
        names = [one.request.n for one in cluster.released if one.request.provider == provider]
        assert names == sorted(names)
    assert len(cluster.released) == 40


def test_retries_wait_for_their_time_and_do_not_hold_up_first_tries() -> None:
    cluster = Cluster()
    cluster.request(send(1, attempt=2, not_before=T0 + 5), send(2, attempt=3, not_before=T0 + 3), send(3))
    cluster.run(10)
    assert [(one.request.n, one.request.slot) for one in cluster.released] == [(3, T0), (2, T0 + 3), (1, T0 + 5)]
    assert cluster.steps_without_effect == 0


def test_lanes_of_single_messages_take_turns() -> None:
    cluster = Cluster()
    cluster.request(*(send(n) for n in range(10)), *(send(n, channel="voice") for n in range(10, 20)))
    cluster.request(*(send(n, provider="twilio") for n in range(20, 30)), *(send(n, attempt=2) for n in range(30, 40)))
    cluster.run(2)
    assert {n // 10 for n in cluster.names()[:4]} == {0, 1, 2, 3}


def test_a_frozen_dispatcher_does_not_burst_when_it_comes_back() -> None:
    cluster = Cluster()
    cluster.request(*(send(n, invoke="7", pace=(5, 100)) for n in range(50)))
    cluster.run(1)
    before = len(cluster.released)
    cluster.now += 5
    cluster.run(2)
    assert cluster.slots()[before] == T0 + 6
    assert min(gaps(cluster.slots())) == pytest.approx(gap(5))


def test_an_earlier_retry_overtakes_one_that_already_waits() -> None:
    cluster = Cluster()
    cluster.request(send(1, attempt=2, not_before=T0 + 50), send(2, attempt=2, not_before=T0 + 30, channel="voice"))
    cluster.run(1)
    cluster.request(send(3, attempt=2, not_before=T0 + 2))
    cluster.run(2)
    assert cluster.names() == [3]


def test_one_account_with_a_backlog_does_not_delay_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "RELEASES", 10)
    cluster = Cluster()
    cluster.request(*(send(n, "whale", mps=1_000) for n in range(1_500)))
    cluster.step()
    cluster.request(send(1, "minnow"))
    cluster.step()
    assert "minnow" in [one.request.account for one in cluster.released[:12]]


def test_what_a_step_leaves_follows_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "RELEASES", 10)
    cluster = Cluster()
    cluster.request(*(send(n, mps=1_000) for n in range(100)))
    assert cluster.step().wake_at == cluster.now
    cluster.run(0)
    assert len(cluster.released) == 100


def test_a_full_backlog_stops_the_reading_until_some_have_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "MOST_QUEUED", 20)
    monkeypatch.setattr(worker, "APPETITE", 10)
    cluster = Cluster()
    cluster.request(*(send(n, mps=1) for n in range(60)))
    cluster.run(0)
    assert cluster.task.appetite() == 0
    cluster.run(100)
    assert cluster.names() == list(range(60))


def test_a_record_that_nobody_can_read_is_parked_and_passed() -> None:
    cluster = Cluster()
    cluster.request(SecretRegenerated(account=AccountId("acme"), secret_hash="x"), send(2))
    cluster.run(1)
    assert [record.offset for record in cluster.parked] == [0]
    assert cluster.names() == [2]
    assert cluster.low == 2


def test_nothing_waits_means_nobody_wakes() -> None:
    cluster = Cluster()
    cluster.request(send(1, deadline=T0 + 50))
    cluster.run(60)
    assert cluster.wake_at is None
    assert cluster.steps <= 3
