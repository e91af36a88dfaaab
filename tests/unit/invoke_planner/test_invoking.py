"""What may be done with an invoke, and when."""

from decimal import Decimal
from typing import Any

import pytest

from dapi_common.events import commands
from dapi_common.events.invokes import InvokeAccepted, InvokeCompleted
from dapi_common.events.shapes import Offer, Pace
from dapi_common.ids import InvokeId, ListId
from dapi_common.ranges import RangeSet
from dapi_common.unreached import Unreached
from invoke_planner import consequences, invoking
from invoke_planner.decision import Decision, Rejected
from invoke_planner.running import Running
from tests.unit.invoke_planner.deciding import ACCOUNT, NOW, Deciding, contacts, offer, stamped

CONTROLS = (commands.StopInvoke, commands.PauseInvoke, commands.ResumeInvoke, commands.RepaceInvoke)
FAST = {"sms": Pace(mps=9)}


@pytest.fixture
def acme() -> Deciding:
    """With invoke 1, which runs."""
    acme = Deciding()
    acme.do(commands.PutProvider, name="nexmo", credentials="sealed")
    acme.do(commands.CreateList, metadata={})
    acme.do(commands.AddContacts, list_id="1", contacts=contacts(2))
    acme.do(commands.CreateInvoke, list_id="1", offers=[offer()], throughput={}, ttl=60.0)
    return acme


def ask(kind: type[commands.Command], invoke: str = "1") -> dict[str, Any]:
    return {"invoke_id": invoke, **({"throughput": FAST} if kind is commands.RepaceInvoke else {})}


def taken(acme: Deciding, kind: Any, invoke: str = "1") -> bool:
    """Whether it is accepted; else the refusal must be the documented one."""
    decision = acme.do(kind, **ask(kind, invoke))
    if isinstance(decision, Rejected):
        assert (decision.code, decision.field) == (
            "invoke-invalid-status",
            "/throughput" if kind is commands.RepaceInvoke else "/status",
        )
    return not isinstance(decision, Rejected)


def ended(acme: Deciding, invoke: str = "1") -> None:
    acme.accounts.fold(InvokeCompleted(account=ACCOUNT, invoke_id=InvokeId(invoke), at=NOW))


def test_a_running_invoke_is_paused_once_and_resumed_once(acme: Deciding) -> None:
    assert not taken(acme, commands.ResumeInvoke)
    assert taken(acme, commands.PauseInvoke)
    assert not taken(acme, commands.PauseInvoke)
    assert taken(acme, commands.RepaceInvoke)
    assert taken(acme, commands.ResumeInvoke)
    assert not taken(acme, commands.ResumeInvoke)
    assert taken(acme, commands.PauseInvoke)


def test_a_paused_invoke_is_no_less_running(acme: Deciding) -> None:
    taken(acme, commands.PauseInvoke)
    assert acme.refused(commands.DeleteInvoke, invoke_id="1") == "invoke-running"
    assert taken(acme, commands.StopInvoke)
    assert not any(taken(acme, kind) for kind in CONTROLS)
    assert not acme.account.paused.count
    assert acme.ids(commands.DeleteInvoke, invoke_id="1") == ("1",)


def test_nothing_can_be_done_with_one_that_is_over_or_never_was(acme: Deciding) -> None:
    ended(acme)
    assert not any(taken(acme, kind) for kind in CONTROLS)
    acme.do(commands.DeleteInvoke, invoke_id="1")
    for kind in CONTROLS:
        for invoke in ("1", "2", "x", "01"):
            assert acme.refused(kind, **ask(kind, invoke)) == "not-found"


def test_an_invoke_that_ends_while_it_is_paused_is_not_paused_any_more(acme: Deciding) -> None:
    taken(acme, commands.PauseInvoke)
    ended(acme)
    assert not acme.account.paused.count


def test_another_throughput_is_within_the_accounts_limits(acme: Deciding) -> None:
    for pace, field in ((Pace(mps=11), "mps"), (Pace(mpm=601), "mpm")):
        decision = acme.do(commands.RepaceInvoke, invoke_id="1", throughput={"sms": pace})
        assert isinstance(decision, Rejected)
        assert (decision.code, decision.field) == ("invoke-invalid-throughput", f"/throughput/sms/{field}")


def test_dispatchers_are_told_of_every_control(acme: Deciding) -> None:
    for kind in (commands.PauseInvoke, commands.RepaceInvoke, commands.ResumeInvoke, commands.StopInvoke):
        taken(acme, kind)
    told = [output.payload.TYPE for event in acme.log for output in consequences.of(event, acme.account, NOW)]
    assert [name for name in told if name.startswith("sends.")] == [
        "sends.paused",
        "sends.repaced",
        "sends.resumed",
        "sends.stopped",
    ]


# Retries


def found(*picked: tuple[int, int], **more: Any) -> Unreached:
    ranges = RangeSet(picked)
    known: dict[str, Any] = {
        "list_id": ListId("1"),
        "offers": [offer()],
        "throughput": {"sms": Pace(mps=3)},
        "ordering": "strict",
        "on_unknown": "resend",
        "picked": ranges,
        "channels": {"sms": ranges.count},
        **more,
    }
    return Unreached(**known)


def retry(acme: Deciding, unreached: Unreached, **asked: Any) -> Decision:
    command = commands.RetryInvoke(**stamped(retry_of="1", ttl=60.0, **asked))
    refused = invoking.retriable(acme.account, command)
    return refused or invoking.retry(acme.account, acme.purse, command, unreached)


def accepted(decision: Decision) -> InvokeAccepted:
    assert not isinstance(decision, Rejected)
    [event] = [event for event in decision if isinstance(event, InvokeAccepted)]
    return event


def refusal(decision: Decision) -> tuple[str, str | None]:
    assert isinstance(decision, Rejected)
    return decision.code, decision.field


def test_a_retry_contacts_those_it_is_told_as_the_first_invoke_did(acme: Deciding) -> None:
    ended(acme)
    before = acme.purse.balance
    decision = retry(acme, found((0, 1), (5, 7)))
    event = accepted(decision)
    assert (event.invoke_id, event.retry_of, event.list_id, event.total) == ("2", "1", "1", 3)
    assert (list(event.retried), event.channels, event.first_n) == ([(0, 1), (5, 7)], {"sms": 3}, 3)
    assert (event.offers, event.throughput) == ([offer()], {"sms": Pace(mps=3)})
    assert (event.ordering, event.on_unknown, event.deadline) == ("strict", "resend", NOW + 60)
    assert not isinstance(decision, Rejected)
    for one in decision:
        acme.accounts.fold(one)
    assert acme.purse.balance == before - Decimal("0.03")
    assert (acme.purse.next_n, list(acme.account.running)) == (6, ["2"])


def test_a_retry_may_go_about_it_otherwise(acme: Deciding) -> None:
    ended(acme)
    acme.do(commands.PutProvider, name="twilio", credentials="sealed")
    asked = {"offers": [offer("twilio")], "throughput": FAST, "ordering": "first-attempt", "on_unknown": "fail"}
    event = accepted(retry(acme, found((0, 1)), **asked))
    assert {name: getattr(event, name) for name in asked} == asked
    assert accepted(retry(acme, found((0, 1)), throughput={})).throughput == {}


def test_only_an_invoke_that_is_over_can_be_retried(acme: Deciding) -> None:
    assert refusal(retry(acme, found((0, 1)))) == ("invoke-invalid-status", "/retry_of")
    taken(acme, commands.PauseInvoke)
    assert refusal(retry(acme, found((0, 1)))) == ("invoke-invalid-status", "/retry_of")
    ended(acme)
    acme.do(commands.DeleteInvoke, invoke_id="1")
    assert refusal(retry(acme, found((0, 1)))) == ("not-found", None)


def test_a_retry_needs_somebody_a_balance_and_what_an_invoke_needs(acme: Deciding) -> None:
    ended(acme)
    assert refusal(retry(acme, found())) == ("invoke-invalid-list", "/retry_of")
    assert refusal(retry(acme, found((0, 5000)))) == ("credits-insufficient", None)
    mine: list[Offer] = [offer("twilio")]
    assert refusal(retry(acme, found((0, 1)), offers=mine)) == ("message-invalid-provider", "/providers/0/provider")
    assert refusal(retry(acme, found((0, 1), offers=mine))) == ("message-invalid-provider", "/retry_of")
    slow = {"sms": Pace(mps=11)}
    fields = [
        refusal(retry(acme, found((0, 1)), throughput=slow)),
        refusal(retry(acme, found((0, 1), throughput=slow))),
    ]
    assert fields == [("invoke-invalid-throughput", "/throughput/sms/mps"), ("invoke-invalid-throughput", "/retry_of")]


def test_what_would_not_fit_in_a_record_is_refused(acme: Deciding, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invoking, "MOST_RANGES", 2)
    ended(acme)
    assert refusal(retry(acme, found((0, 1), (2, 3), (4, 5)))) == ("invoke-invalid-list", "/retry_of")


def test_an_invoke_is_a_source_until_the_plan_of_its_retry_is_in_the_log(acme: Deciding) -> None:
    ended(acme)
    running = Running()
    running.begin(accepted(retry(acme, found((0, 1)))))
    invoke = running.get((ACCOUNT, "2"))
    assert invoke
    assert running.is_source((ACCOUNT, "1"))
    assert not running.is_source((ACCOUNT, "2"))
    invoke.progress.planned = 1
    assert not running.is_source((ACCOUNT, "1"))
