"""What is called back, or too late, does not start."""

import pytest

from dapi_common.events.sends import ProviderRenewed, ProviderWithdrawn, SendsStopped
from dapi_common.ids import AccountId, InvokeId
from dispatcher import worker

from .cluster import T0, Cluster, send

DAY = 86_400.0


def stop(invoke: str = "7", at: float = T0) -> SendsStopped:
    return SendsStopped(account=AccountId("acme"), invoke_id=InvokeId(invoke), at=at)


def withdraw(provider: str = "nexmo", at: float = T0) -> ProviderWithdrawn:
    return ProviderWithdrawn(account=AccountId("acme"), provider=provider, at=at)


def reasons(cluster: Cluster) -> list[tuple[int, str]]:
    return [(fact.n, fact.reason) for fact in cluster.dropped]


def test_a_stop_drops_at_once_what_waits_of_its_invoke_alone() -> None:
    cluster = Cluster()
    cluster.request(*(send(n, invoke="7", mps=1) for n in range(4)), send(9, invoke="8", mps=1))
    cluster.request(send(4, invoke="7", mps=1, attempt=2, not_before=T0 + 3), send(5, "zenith", invoke="7", mps=1))
    cluster.step()
    cluster.request(stop())
    cluster.step()
    assert [one.request.n for one in cluster.released] == [0, 5]
    assert sorted(reasons(cluster)) == [(n, "stopped") for n in (1, 2, 3, 4)]
    cluster.run(10)
    assert cluster.names() == [0, 5, 9]
    assert cluster.low == 8


def test_a_stop_is_forwarded_to_every_provider_known_or_seen_even_after_a_restart() -> None:
    cluster = Cluster()
    cluster.request(send(1, provider="infobip"))
    cluster.step()
    cluster.start()
    cluster.request(stop())
    cluster.step()
    assert sorted(topic for topic, _ in cluster.controls) == [
        f"dapi.provider.{name}" for name in ("infobip", "nexmo", "twilio")
    ]


def test_a_retry_that_comes_after_the_stop_is_dropped_even_after_a_restart() -> None:
    cluster = Cluster()
    cluster.request(stop())
    cluster.step()
    cluster.start()
    cluster.request(send(1, invoke="7", attempt=2, not_before=T0 + 1))
    cluster.run(5)
    assert reasons(cluster) == [(1, "stopped")]
    assert cluster.names() == []


def test_a_fact_says_which_send_was_dropped() -> None:
    cluster = Cluster()
    cluster.request(stop(), request := send(3, invoke="7", attempt=2))
    cluster.step()
    [fact] = cluster.dropped
    shared = fact.model_dump(exclude={"reason", "at", "requested_at"})
    assert shared == request.model_dump(include=set(shared))
    assert (fact.at, fact.requested_at) == (T0, request.at)


def test_stopped_invokes_are_forgotten_after_eight_days() -> None:
    cluster = Cluster()
    cluster.request(stop())
    cluster.step()
    assert any(key.startswith("stopped/") for key in cluster.state)
    cluster.now += 9 * DAY
    cluster.request(send(1, deadline=cluster.now + DAY))
    cluster.run(1)
    assert not any(key.startswith("stopped/") for key in cluster.state)


def test_a_withdrawn_providers_sends_fail_and_other_providers_go_on() -> None:
    cluster = Cluster()
    cluster.request(*(send(n, mps=1) for n in range(3)), *(send(n, mps=1, provider="twilio") for n in (3, 4)))
    cluster.step()
    cluster.request(withdraw())
    cluster.run(10)
    assert reasons(cluster) == [(1, "provider-not-found"), (2, "provider-not-found")]
    assert cluster.names() == [0, 3, 4]
    assert [topic for topic, _ in cluster.controls] == ["dapi.provider.nexmo"]


def test_sends_asked_for_after_the_provider_was_added_again_go() -> None:
    cluster = Cluster()
    cluster.request(withdraw(), send(1))
    cluster.step()
    cluster.start()
    cluster.request(send(2), send(3, attempt=2, at=T0 + 1), send(4, attempt=2, at=T0))
    cluster.run(5)
    assert cluster.names() == [1, 2, 3]
    assert reasons(cluster) == [(4, "provider-not-found")]


def test_a_withdrawal_that_takes_many_steps_is_whole_after_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "DROPS", 10)
    cluster = Cluster()
    cluster.request(*(send(n, mps=1) for n in range(50)), withdraw(), send(50, mps=1))
    for _ in range(3):
        cluster.step()
    cluster.start()
    cluster.run(10)
    assert sorted(reasons(cluster)) == [(n, "provider-not-found") for n in range(50)]
    assert cluster.names() == [50]


def test_what_passes_its_deadline_is_dropped_when_nothing_else_happens() -> None:
    cluster = Cluster()
    cluster.request(
        send(0, mps=1, invoke="7", pace=(None, 1)), send(1, invoke="7", mps=1, deadline=T0 + 9, pace=(None, 1))
    )
    cluster.run(12)
    assert reasons(cluster) == [(1, "expired")]
    assert cluster.dropped[0].at == pytest.approx(T0 + 9, abs=1.01)
    assert cluster.low == 2


def test_a_send_expires_behind_others_that_do_not() -> None:
    cluster = Cluster()
    pace = (None, 1)
    cluster.request(*(send(n, invoke="7", pace=pace, deadline=T0 + (5 if n % 2 else 500)) for n in range(1_500)))
    cluster.run(10)
    assert {reason for _, reason in reasons(cluster)} == {"expired"}
    assert sorted(n for n, _ in reasons(cluster)) == list(range(1, 1_500, 2))
    cluster.run(300)
    assert cluster.names() == [0, 2, 4, 6, 8, 10]


def test_a_slot_past_the_deadline_is_not_given() -> None:
    cluster = Cluster()
    cluster.request(send(0, mps=5), send(1, mps=5, deadline=T0 + 0.1), send(2, mps=5))
    cluster.run(1)
    assert reasons(cluster) == [(1, "expired")]
    assert cluster.slots() == pytest.approx([T0, T0 + 0.2])


def test_what_comes_again_holds_nothing_up_that_comes_for_the_first_time() -> None:
    cluster = Cluster()
    cluster.request(send(0, not_before=T0 + 50, deadline=T0 + 5), send(1), send(2, channel="voice", not_before=T0 + 30))
    cluster.run(7)
    assert reasons(cluster) == [(0, "expired")]
    assert cluster.slots() == [T0]


def test_what_was_put_back_goes_at_once_when_the_provider_is_renewed_and_other_retries_keep_their_time() -> None:
    cluster = Cluster()
    held = [send(n, not_before=T0 + 300).model_copy(update={"held": True}) for n in range(3)]
    cluster.request(*held, send(3, attempt=2, not_before=T0 + 100), send(4, "zenith", not_before=T0 + 100))
    cluster.run(5)
    assert cluster.names() == []
    cluster.request(ProviderRenewed(account=AccountId("acme"), provider="nexmo", at=T0 + 5))
    cluster.run(5)
    assert cluster.names() == [0, 1, 2]
    cluster.run(100)
    assert sorted(cluster.names()) == [0, 1, 2, 3, 4]


def test_a_renewal_of_a_provider_that_nobody_waits_for_changes_nothing() -> None:
    cluster = Cluster()
    cluster.request(send(0, not_before=T0 + 50).model_copy(update={"held": True}))
    cluster.request(ProviderRenewed(account=AccountId("acme"), provider="twilio", at=T0))
    cluster.request(ProviderRenewed(account=AccountId("nobody"), provider="nexmo", at=T0))
    cluster.run(5)
    assert cluster.names() == []
