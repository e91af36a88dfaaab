"""Who is suppressed, who no more, and what that does to messages."""

from decimal import Decimal
from typing import Any

import pytest

from dapi_common.events import commands
from dapi_common.events.account import CreditsMoved
from dapi_common.events.inbound import ContactSuppressed, InboundRecorded, SuppressionLifted
from dapi_common.events.invokes import InvokeProgressed, MessageAccepted, MessageSkipped
from dapi_common.events.sends import SendRequested
from dapi_common.events.shapes import PlannedContact
from invoke_planner.inbox import KEPT_SECONDS
from invoke_planner.planning import ChunkRead, SnapshotTaken
from tests.unit.invoke_planner.deciding import ACCOUNT, NOW, contacts, offer
from tests.unit.invoke_planner.hearing import ANN, Hearing, received
from tests.unit.invoke_planner.test_worker import found

BOB = "+447700900002"
MAIL: dict[str, Any] = {"provider": "mailgun", "channel": "email", "ttl": 60.0}


@pytest.fixture
def planner() -> Hearing:
    return Hearing()


def message(to: str = ANN, channel: str = "sms", provider: str = "nexmo") -> dict[str, Any]:
    return {"provider": provider, "channel": channel, "arguments": {"to": to, "text": "Hi"}, "ttl": 60.0}


def sent(planner: Hearing, **fields: Any) -> list[SendRequested]:
    return found(planner.do(commands.CreateMessage, **{**message(), **fields}), SendRequested)


def suppressed(planner: Hearing, address: str = ANN, channel: str = "sms") -> str:
    """The id that the account's own suppression gets."""
    return planner.do(commands.SuppressContact, channel=channel, address=address).replies[0].outcome.ids[0]


def test_what_people_send_is_recorded_once_and_numbered(planner: Hearing) -> None:
    hello, again = received(1, "message", text="Hello"), received(2, "message", text="Hello?")
    planner.hear_again(hello, hello)
    planner.hear_again(again, hello)
    recorded = [event for event in planner.log if isinstance(event, InboundRecorded)]
    assert [(event.n, event.text) for event in recorded] == [(1, "Hello"), (2, "Hello?")]
    assert recorded[0].reply == hello.reply


def test_a_successor_knows_what_came_and_forgets_it_after_eight_days(planner: Hearing) -> None:
    planner.hear_again(received(1, "message"))
    planner.restart()
    assert not planner.hear_again(received(1, "message")).outputs
    planner.now += KEPT_SECONDS + 1
    planner.step()
    assert not any(key.startswith("inbound/") for key in planner.state)
    (late,) = found(planner.hear_again(received(1, "message")), InboundRecorded)
    assert late.n == 2


def test_what_is_sent_to_an_account_that_is_not_there_changes_nothing(planner: Hearing) -> None:
    effects = planner.hear_again(received(1, account="nobody"))
    assert not effects.outputs
    assert not effects.parked


def test_who_opts_out_is_sent_nothing_and_nothing_is_charged_for_it(planner: Hearing) -> None:
    planner.hear("opt-out")
    effects = planner.do(commands.CreateMessage, **message())
    assert effects.replies[0].outcome.ids == ("1",)
    assert [type(output.payload) for output in effects.outputs] == [MessageAccepted]
    assert found(effects, MessageAccepted)[0].skipped == "suppressed"
    assert sent(planner, arguments={"to": BOB, "text": "Hi"})


def test_messages_that_are_not_sent_are_not_taken_for_open_ones(planner: Hearing) -> None:
    planner.hear("opt-out")
    for _ in range(3000):
        planner.do(commands.CreateMessage, **message())
    (send,) = sent(planner, arguments={"to": BOB, "text": "Hi"})
    planner.step(planner.accepted(send))
    assert sum(key.startswith("settled/") for key in planner.state) == 1


def test_who_writes_anything_else_is_sent_to(planner: Hearing) -> None:
    planner.hear("message", text="Thank you, stop by any time")
    assert sent(planner)


@pytest.mark.parametrize("to", ["447700900001", "+44 7700 900001"])
def test_however_a_contact_is_spelled_it_is_the_same(planner: Hearing, to: str) -> None:
    planner.hear("opt-out", sender="447700900001")
    assert not sent(planner, arguments={"to": to, "text": "Hi"})


def test_who_opts_out_of_texts_can_still_be_called(planner: Hearing) -> None:
    planner.do(commands.PutProvider, name="twilio", credentials="sealed")
    planner.hear("opt-out")
    assert sent(planner, provider="twilio", channel="voice", arguments={"To": ANN})


@pytest.mark.parametrize(
    "arguments",
    [
        {"to": "Ann <ANN@example.org>"},
        {"to": "bob@example.org, ann@example.org"},
        {"to": ["bob@example.org", "ann@example.org"]},
        {"to": "bob@example.org", "cc": "ann@example.org"},
        {"to": "bob@example.org", "bcc": ["ann@example.org"]},
    ],
)
def test_a_mail_to_several_is_not_sent_when_it_must_not_be_to_one(planner: Hearing, arguments: dict[str, Any]) -> None:
    planner.do(commands.PutProvider, name="mailgun", credentials="sealed")
    planner.hear("bounce", sender="ann@example.org", channel="email", provider="mailgun")
    assert not sent(planner, **MAIL, arguments=arguments)
    assert sent(planner, **MAIL, arguments={"to": "bob@example.org"})


def test_a_contact_is_suppressed_once_for_the_first_reason(planner: Hearing) -> None:
    planner.hear("opt-out")
    planner.hear("complaint", sender=ANN.removeprefix("+"))
    assert suppressed(planner) == "1"
    (event,) = [event for event in planner.log if isinstance(event, ContactSuppressed)]
    assert (event.suppression_id, event.address, event.reason, event.provider) == ("1", ANN, "opt-out", "nexmo")


@pytest.mark.parametrize("kind", ["opt-out", "complaint", "bounce"])
def test_who_comes_back_is_sent_to_again(planner: Hearing, kind: str) -> None:
    planner.hear(kind)
    (lifted,) = found(planner.hear("opt-in"), SuppressionLifted)
    assert lifted.suppression_id == "1"
    assert sent(planner)
    assert not found(planner.hear("opt-in"), SuppressionLifted)


def test_who_comes_back_is_sent_to_again_though_a_vendor_refused(planner: Hearing) -> None:
    (send,) = sent(planner)
    planner.refused(send, suppress=ANN)
    assert not sent(planner)
    planner.hear("opt-in")
    assert sent(planner)


def test_what_the_account_asked_for_only_the_account_lifts(planner: Hearing) -> None:
    suppression = suppressed(planner)
    planner.hear("opt-in")
    assert not sent(planner)
    lifted = planner.do(commands.LiftSuppression, suppression_id=suppression)
    assert lifted.replies[0].outcome.ids == (suppression,)
    assert sent(planner)


def test_an_account_lifts_what_a_person_said_and_the_number_is_never_given_again(planner: Hearing) -> None:
    planner.hear("opt-out")
    planner.do(commands.LiftSuppression, suppression_id="1")
    assert sent(planner)
    planner.restart()
    assert suppressed(planner) == "2"


def test_numbers_go_on_whatever_was_lifted(planner: Hearing) -> None:
    assert [suppressed(planner, f"+44770090001{n}") for n in range(2)] == ["1", "2"]
    planner.do(commands.LiftSuppression, suppression_id="1")
    assert [suppressed(planner, f"+44770090002{n}") for n in range(2)] == ["3", "4"]


@pytest.mark.parametrize("suppression", ["1", "2", "0", "x", "", "1" * 5000])
def test_a_suppression_that_is_not_there_is_not_found(planner: Hearing, suppression: str) -> None:
    planner.do(commands.LiftSuppression, suppression_id=suppressed(planner))
    outcome = planner.do(commands.LiftSuppression, suppression_id=suppression).replies[0].outcome
    assert outcome.error == "not-found"


def test_what_vendors_say_of_an_address_suppresses_it_in_their_name(planner: Hearing) -> None:
    sends = [*sent(planner), *sent(planner, arguments={"to": BOB, "text": "Hi"})]
    planner.refused(sends[0], suppress=ANN)
    planner.reported(sends[1], suppress=BOB, is_bounce=True)
    planner.reported(sends[1], suppress=BOB)
    planner.reported_by_reference("mailgun", "Cy@example.org")
    told = [event for event in planner.log if isinstance(event, ContactSuppressed)]
    assert [(event.channel, event.address, event.reason, event.provider) for event in told] == [
        ("sms", ANN, "provider", "nexmo"),
        ("sms", BOB, "bounce", "nexmo"),
        ("email", "cy@example.org", "bounce", "mailgun"),
    ]


def test_a_receipt_that_tells_neither_message_nor_type_suppresses_nobody(planner: Hearing) -> None:
    effects = planner.reported_by_reference("twilio", ANN)
    assert not found(effects, ContactSuppressed)


def test_a_word_of_nobody_or_of_several_suppresses_nobody(planner: Hearing) -> None:
    (send,) = sent(planner)
    assert not found(planner.refused(send, suppress=""), ContactSuppressed)
    assert not found(planner.reported(send, suppress=f"{ANN}<{BOB}"), ContactSuppressed)
    assert not found(planner.hear("opt-out", sender="Dapi"), ContactSuppressed)


def test_an_invoke_skips_and_refunds_who_is_suppressed_and_its_counts_add_up(planner: Hearing) -> None:
    crowd = contacts(4)
    for contact in (crowd[1], crowd[3]):
        planner.hear("opt-out", sender=contact.address)
    sends = planner.begin(4)
    assert [send.address for send in sends] == [crowd[0].address, crowd[2].address]
    skipped = [event for event in planner.log if isinstance(event, MessageSkipped)]
    assert [(event.address, event.reason) for event in skipped] == [
        (contact.address, "suppressed") for contact in (crowd[1], crowd[3])
    ]
    planner.step(*(planner.accepted(send) for send in sends))
    planner.now += 1
    planner.step()
    last = [event for event in planner.log if isinstance(event, InvokeProgressed)][-1]
    assert (last.completed, last.failed, last.stopped) == (2, 2, 0)
    moved = [event.amount for event in planner.log if isinstance(event, CreditsMoved)]
    assert sum(moved) == Decimal(100) - 2 * Decimal("0.01")


def test_who_opts_out_while_an_invoke_runs_is_left_out_of_what_is_not_released_yet(planner: Hearing) -> None:
    (list_id,) = planner.do(commands.CreateList, metadata={}).replies[0].outcome.ids
    people = contacts(2)
    planner.do(commands.AddContacts, list_id=list_id, contacts=people)
    asked = planner.do(commands.CreateInvoke, list_id=list_id, offers=[offer()], throughput={}, ttl=60.0)
    key = (ACCOUNT, asked.replies[0].outcome.ids[0])
    plan = [
        PlannedContact(**{**contact.model_dump(), "order": i}, contact_id=str(i)) for i, contact in enumerate(people, 1)
    ]
    planner.step(arrivals=(SnapshotTaken(key, [(1, 1, 1), (2, 2, 1)]),))
    (first,) = found(planner.step(arrivals=(ChunkRead(key, 0, plan, fresh=True),)), SendRequested)
    planner.hear("opt-out", sender=people[1].address)
    effects = planner.step(planner.accepted(first))
    assert not found(effects, SendRequested)
    assert [event.reason for event in found(effects, MessageSkipped)] == ["suppressed"]


def test_a_contact_that_is_none_is_refused(planner: Hearing) -> None:
    effects = planner.do(commands.SuppressContact, channel="sms", address="Dapi")
    assert effects.replies[0].outcome.error == "suppression-invalid"
    assert not effects.outputs


def test_suppressing_twice_with_one_key_answers_the_same(planner: Hearing) -> None:
    key = {"idempotency": {"key": "k", "digest": "d"}}
    asked = {"channel": "sms", "address": ANN, "at": NOW}
    first = planner.do(commands.SuppressContact, **asked, **key).replies[0].outcome
    again = planner.do(commands.SuppressContact, **asked, **key).replies[0].outcome
    assert (first.ids, again.ids, again.replayed) == (("1",), ("1",), True)
