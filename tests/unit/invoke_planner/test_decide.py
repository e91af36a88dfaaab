from decimal import Decimal
from typing import Any

import pytest

from dapi_common import events
from dapi_common.events import account as facts
from dapi_common.events import commands, invokes
from dapi_common.events.shapes import Limits, Pace
from invoke_planner.accounts import Accounts
from invoke_planner.decide import open_account
from invoke_planner.decision import Rejected
from tests.unit.invoke_planner.deciding import ACCOUNT, NOW, Deciding, contacts, offer, stamped


@pytest.fixture
def acme() -> Deciding:
    acme = Deciding()
    acme.do(commands.PutProvider, name="nexmo", credentials="sealed")
    acme.do(commands.CreateList, metadata={})
    return acme


MESSAGE = {"provider": "nexmo", "channel": "sms", "arguments": {"to": "+447700900000"}, "ttl": 60.0}


def test_ids_are_given_in_the_order_of_acceptance(acme: Deciding) -> None:
    assert acme.ids(commands.CreateList, metadata={}) == ("2",)
    assert acme.ids(commands.CreateMessage, **MESSAGE) == ("1",)
    assert acme.ids(commands.CreateMessage, **MESSAGE) == ("2",)
    assert acme.ids(commands.AddContacts, list_id="1", contacts=contacts(2)) == ("1", "2")
    assert acme.ids(commands.AddContacts, list_id="1", contacts=contacts(1)) == ("3",)


def test_the_id_of_a_deleted_thing_is_never_given_again(acme: Deciding) -> None:
    acme.do(commands.AddContacts, list_id="1", contacts=contacts(2))
    acme.do(commands.RemoveContact, list_id="1", contact_id="2")
    assert acme.ids(commands.AddContacts, list_id="1", contacts=contacts(1)) == ("3",)
    acme.do(commands.DeleteList, list_id="1")
    assert acme.ids(commands.CreateList, metadata={}) == ("2",)


def test_lists_end_at_the_limit_and_a_deletion_makes_room(acme: Deciding) -> None:
    acme.do(commands.CreateList, metadata={})
    acme.do(commands.CreateList, metadata={})
    assert acme.refused(commands.CreateList, metadata={}) == "list-limit-reached"
    acme.do(commands.DeleteList, list_id="2")
    assert acme.ids(commands.CreateList, metadata={}) == ("4",)


def test_contacts_end_at_the_limit_all_or_none(acme: Deciding) -> None:
    acme.do(commands.AddContacts, list_id="1", contacts=contacts(4))
    assert acme.refused(commands.AddContacts, list_id="1", contacts=contacts(2)) == "list-contacts-limit-reached"
    acme.do(commands.RemoveContact, list_id="1", contact_id="1")
    assert acme.ids(commands.AddContacts, list_id="1", contacts=contacts(2)) == ("5", "6")


@pytest.mark.parametrize("contact", ["0", "3", "01", "x", "", "-1", "１"])
def test_a_contact_that_is_not_there_is_not_found(acme: Deciding, contact: str) -> None:
    acme.do(commands.AddContacts, list_id="1", contacts=contacts(2))
    assert acme.refused(commands.RemoveContact, list_id="1", contact_id=contact) == "not-found"
    update = {"list_id": "1", "contact_id": contact, "contact": contacts(1)[0]}
    assert acme.refused(commands.UpdateContact, **update) == "not-found"


def test_a_list_that_is_not_there_is_not_found(acme: Deciding) -> None:
    assert acme.refused(commands.UpdateList, list_id="9", metadata={}) == "not-found"
    assert acme.refused(commands.DeleteList, list_id="9") == "not-found"
    assert acme.refused(commands.AddContacts, list_id="9", contacts=contacts(1)) == "not-found"


def test_a_provider_is_updated_or_removed_only_when_it_is_there(acme: Deciding) -> None:
    update = {"name": "twilio", "credentials": "sealed", "must_exist": True}
    assert acme.refused(commands.PutProvider, **update) == "not-found"
    assert acme.refused(commands.RemoveProvider, name="twilio") == "not-found"
    assert acme.ids(commands.PutProvider, **{**update, "must_exist": False}) == ("twilio",)
    assert acme.ids(commands.PutProvider, **update) == ("twilio",)
    acme.do(commands.RemoveProvider, name="twilio")
    assert acme.account.providers == {"nexmo": "sealed"}


def test_a_message_needs_its_provider_and_its_fee(acme: Deciding) -> None:
    assert acme.refused(commands.CreateMessage, **{**MESSAGE, "provider": "twilio"}) == "message-invalid-provider"
    poor = Deciding(credits="0.015")
    poor.do(commands.PutProvider, name="nexmo", credentials="sealed")
    poor.do(commands.CreateMessage, **MESSAGE)
    assert poor.refused(commands.CreateMessage, **MESSAGE) == "credits-insufficient"
    assert poor.purse.balance == Decimal("0.005")


def test_an_invoke_needs_a_list_with_contacts(acme: Deciding) -> None:
    invoke = {"list_id": "1", "offers": [offer()], "throughput": {}, "ttl": 60.0}
    assert acme.refused(commands.CreateInvoke, **invoke) == "invoke-invalid-list"
    assert acme.refused(commands.CreateInvoke, **{**invoke, "list_id": "7"}) == "invoke-invalid-list"


@pytest.mark.parametrize("pace", [Pace(mps=11), Pace(mpm=601), Pace(mps=1, mpm=601)])
def test_an_invoke_cannot_be_faster_than_its_account(acme: Deciding, pace: Pace) -> None:
    acme.do(commands.AddContacts, list_id="1", contacts=contacts(1))
    invoke = {"list_id": "1", "offers": [offer()], "throughput": {"sms": pace}, "ttl": 60.0}
    assert acme.refused(commands.CreateInvoke, **invoke) == "invoke-invalid-throughput"


def test_an_invoke_needs_the_providers_that_it_names(acme: Deciding) -> None:
    acme.do(commands.AddContacts, list_id="1", contacts=contacts(1))
    invoke = {"list_id": "1", "offers": [offer(), offer("twilio")], "throughput": {}, "ttl": 60.0}
    decision = acme.do(commands.CreateInvoke, **invoke)
    assert isinstance(decision, Rejected)
    assert (decision.code, decision.field) == ("message-invalid-provider", "/providers/1/provider")


def test_an_invoke_reserves_the_fee_of_every_contact_by_channel() -> None:
    acme = Deciding(credits="0.07", contacts_per_list=10)
    acme.do(commands.PutProvider, name="nexmo", credentials="sealed")
    acme.do(commands.CreateList, metadata={})
    acme.do(commands.AddContacts, list_id="1", contacts=[*contacts(3), *contacts(2, "voice", "twilio")])
    invoke = {"list_id": "1", "offers": [offer()], "throughput": {}, "ttl": 60.0}
    assert acme.ids(commands.CreateInvoke, **invoke) == ("1",)
    assert acme.purse.balance == 0
    assert acme.refused(commands.CreateInvoke, **invoke) == "credits-insufficient"


def test_an_invoke_is_stopped_once_and_deleted_after_that(acme: Deciding) -> None:
    acme.do(commands.AddContacts, list_id="1", contacts=contacts(2))
    acme.do(commands.CreateInvoke, list_id="1", offers=[offer()], throughput={}, ttl=60.0)
    assert acme.refused(commands.DeleteInvoke, invoke_id="1") == "invoke-running"
    acme.do(commands.StopInvoke, invoke_id="1")
    assert acme.refused(commands.StopInvoke, invoke_id="1") == "invoke-invalid-status"
    assert acme.ids(commands.DeleteInvoke, invoke_id="1") == ("1",)
    assert acme.refused(commands.DeleteInvoke, invoke_id="1") == "not-found"
    assert acme.refused(commands.StopInvoke, invoke_id="1") == "not-found"
    assert acme.refused(commands.StopInvoke, invoke_id="2") == "not-found"


def test_message_numbers_are_dense_over_messages_and_invokes(acme: Deciding) -> None:
    acme.do(commands.AddContacts, list_id="1", contacts=contacts(3))
    acme.do(commands.CreateMessage, **MESSAGE)
    acme.do(commands.CreateInvoke, list_id="1", offers=[offer()], throughput={}, ttl=60.0)
    acme.do(commands.CreateMessage, **MESSAGE)
    accepted = [event for event in acme.log if isinstance(event, invokes.MessageAccepted)]
    begun = [event for event in acme.log if isinstance(event, invokes.InvokeAccepted)]
    assert [event.n for event in accepted] == [1, 5]
    assert [event.first_n for event in begun] == [2]


def test_the_balance_is_the_sum_of_the_ledger(acme: Deciding) -> None:
    acme.do(commands.TopUp, amount=Decimal("1.5"))
    acme.do(commands.CreateMessage, **MESSAGE)
    moved = [event for event in acme.log if isinstance(event, facts.CreditsMoved)]
    assert sum(event.amount for event in moved) == acme.purse.balance == Decimal("11.49")
    assert moved[-1].balance == acme.purse.balance


@pytest.mark.parametrize("amount", ["0", "-0.01", "-5", "99999999990", "100000000000"])
def test_a_top_up_is_positive_and_leaves_room_for_refunds(acme: Deciding, amount: str) -> None:
    assert acme.refused(commands.TopUp, amount=Decimal(amount)) == "credits-invalid"


def test_a_top_up_is_exact_to_the_last_digit() -> None:
    acme = Deciding(credits="0")
    for _ in range(10):
        acme.do(commands.TopUp, amount=Decimal("0.000001"))
    acme.do(commands.TopUp, amount=Decimal("99999999999.999989"))
    assert acme.purse.balance == Decimal("99999999999.999999")


@pytest.mark.parametrize(
    ("opening", "code"),
    [
        ({"credits": Decimal("-0.01")}, "credits-invalid"),
        ({"credits": Decimal("100000000000")}, "credits-invalid"),
        ({"fees": {"sms": Decimal("-0.01")}}, "account-invalid"),
    ],
)
def test_an_account_starts_with_nothing_negative(opening: dict[str, Any], code: str) -> None:
    limits = Limits(mps=1, lists=1, contacts_per_list=1)
    sane = {"secret_hash": "h", "limits": limits, "fees": {}, "credits": Decimal(0)}
    refused = open_account(commands.OpenAccount(**stamped(**{**sane, **opening})))
    assert isinstance(refused, Rejected)
    assert refused.code == code


def test_the_log_alone_makes_the_state_that_the_changelog_keeps(acme: Deciding) -> None:
    acme.do(commands.AddContacts, list_id="1", contacts=contacts(3))
    acme.do(commands.UpdateContact, list_id="1", contact_id="2", contact=contacts(1, "voice", "twilio")[0])
    acme.do(commands.CreateMessage, **MESSAGE)
    acme.do(commands.CreateInvoke, list_id="1", offers=[offer()], throughput={}, ttl=60.0)
    acme.do(commands.StopInvoke, invoke_id="1")
    acme.do(commands.CreateInvoke, list_id="1", offers=[offer()], throughput={}, ttl=60.0)
    acme.do(commands.PauseInvoke, invoke_id="2")
    folded, restored = Accounts(), Accounts()
    for event in acme.log:
        folded.fold(events.EVENTS.model(event.TYPE).decode(event.encode()))  # type: ignore[arg-type]
    for key, value in acme.accounts.changes(NOW).items():
        assert value is not None
        restored.restore(key, value)
    restored.resume()
    for other in (folded, restored):
        assert other.get(ACCOUNT) == acme.account
        assert other.purse(ACCOUNT) == acme.purse


def test_an_id_of_any_length_is_merely_not_found(acme: Deciding) -> None:
    acme.do(commands.AddContacts, list_id="1", contacts=contacts(1))
    endless = "1" * 5000
    assert acme.refused(commands.StopInvoke, invoke_id=endless) == "not-found"
    assert acme.refused(commands.RemoveContact, list_id="1", contact_id=endless) == "not-found"
