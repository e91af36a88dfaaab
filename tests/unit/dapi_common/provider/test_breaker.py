from dapi_common.ids import AccountId
from dapi_common.provider.adapter import Accepted, Deferred, Refused, Unclear
from dapi_common.provider.breaker import FIRST_PROBE, LONGEST, PROBE_SECONDS, Breaker
from tests.unit.dapi_common.provider.world import T0, send

ACCOUNT = AccountId("acme")
AUTH = Refused("4", "the credentials are invalid", auth=True)
SEND = send(1)


def paused() -> Breaker:
    breaker = Breaker()
    assert breaker.judge(SEND, AUTH, "old", T0) == "paused"
    return breaker


def test_an_account_that_is_refused_waits_for_a_probe_and_others_do_not() -> None:
    breaker = paused()
    assert breaker.put_off(ACCOUNT, T0 + 1) == T0 + FIRST_PROBE
    assert breaker.put_off(AccountId("other"), T0 + 1) is None


def test_what_was_under_way_when_the_pause_began_does_not_make_it_longer() -> None:
    breaker = paused()
    assert breaker.judge(SEND, AUTH, "old", T0 + 5) is None
    assert breaker.probe_at(ACCOUNT) == T0 + FIRST_PROBE


def test_one_probe_at_a_time_goes_and_the_others_wait_for_it() -> None:
    breaker = paused()
    at = T0 + FIRST_PROBE
    assert breaker.put_off(ACCOUNT, at) is None
    assert breaker.put_off(ACCOUNT, at) == at + PROBE_SECONDS


def test_a_probe_that_passes_ends_the_pause() -> None:
    for outcome in (Accepted("ref"), Refused("7", "barred")):
        breaker = paused()
        breaker.put_off(ACCOUNT, T0 + FIRST_PROBE)
        assert breaker.judge(SEND, outcome, "old", T0 + FIRST_PROBE + 1) == "resumed"
        assert breaker.put_off(ACCOUNT, T0 + FIRST_PROBE + 1) is None


def test_a_probe_that_is_refused_doubles_the_wait_up_to_the_longest() -> None:
    breaker, at, waits = paused(), T0, []
    for _ in range(6):
        at = breaker.probe_at(ACCOUNT)
        breaker.put_off(ACCOUNT, at)
        assert breaker.judge(SEND, AUTH, "old", at) == "paused"
        waits.append(breaker.probe_at(ACCOUNT) - at)
    assert waits == [60.0, 120.0, 240.0, LONGEST, LONGEST, LONGEST]


def test_a_probe_that_says_nothing_of_the_credentials_is_followed_by_another() -> None:
    for outcome in (Deferred("not-sent", "no connection"), Unclear("no-answer", "no answer")):
        breaker = paused()
        at = T0 + FIRST_PROBE
        breaker.put_off(ACCOUNT, at)
        assert breaker.judge(SEND, outcome, "old", at + 1) is None
        assert breaker.put_off(ACCOUNT, at + 2) == at + 1 + FIRST_PROBE


def test_other_credentials_end_the_pause_and_the_same_ones_do_not() -> None:
    breaker = paused()
    assert not breaker.renewed(ACCOUNT, "old")
    assert not breaker.renewed(ACCOUNT, None)
    assert breaker.renewed(ACCOUNT, "new")
    assert breaker.put_off(ACCOUNT, T0 + 1) is None
    assert not breaker.renewed(ACCOUNT, "new")


def test_after_a_restart_the_first_that_was_held_and_passes_tells_that_the_pause_is_over() -> None:
    breaker, held = Breaker(), SEND.model_copy(update={"held": True})
    assert breaker.judge(SEND, Accepted("ref"), "new", T0) is None
    assert breaker.judge(held, Unclear("no-answer", "no answer"), "new", T0) is None
    assert breaker.judge(held, Accepted("ref"), "new", T0) == "resumed"
    assert breaker.judge(held, Accepted("ref"), "new", T0) is None
    assert breaker.judge(held, AUTH, "new", T0) == "paused"
