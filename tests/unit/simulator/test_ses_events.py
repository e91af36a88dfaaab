import pytest

from simulator.ses_events import KEYS, Case, Mail, event_of
from simulator.ses_mailboxes import plans_of

AT = 1767323045.678
MAIL = Mail("0102-1", "A <a@x.org>", ("b@y.org", "c@y.org"), "Hi", {"dapi_id": ["m-1"]}, AT)


def event(word: str, code: str = "", **fields: str) -> dict[str, object]:
    return event_of(MAIL, word, Case(("b@y.org",), code, AT, MAIL.id), fields)


def detail(word: str, code: str = "") -> dict[str, object]:
    shown = event(word, code)
    found = shown[KEYS[str(shown["eventType"])]]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("accepted", "Send"),
        ("sent", "Send"),
        ("delivered", "Delivery"),
        ("undelivered", "Bounce"),
        ("complaint", "Complaint"),
        ("deliverydelay", "DeliveryDelay"),
        ("Rendering Failure", "Rendering Failure"),
        ("reject", "Reject"),
        ("Open", "Open"),
        ("click", "Click"),
        ("Subscription", "Subscription"),
    ],
)
def test_each_word_is_an_event_with_its_own_key(word: str, name: str) -> None:
    shown = event(word)
    assert shown["eventType"] == name
    assert set(shown) == {"eventType", "mail", KEYS[name]}


def test_the_mail_is_told_with_its_tags() -> None:
    mail = event("Send")["mail"]
    assert isinstance(mail, dict)
    assert mail["timestamp"] == "2026-01-02T03:04:05.678Z"
    assert (mail["messageId"], mail["source"]) == ("0102-1", "A <a@x.org>")
    assert (mail["destination"], mail["tags"]) == (["b@y.org", "c@y.org"], {"dapi_id": ["m-1"]})


@pytest.mark.parametrize(
    ("code", "kind", "sub", "status"),
    [
        ("", "Permanent", "General", "5.1.1"),
        ("Permanent", "Permanent", "General", "5.1.1"),
        ("Permanent/Suppressed", "Permanent", "Suppressed", "5.1.1"),
        ("Transient", "Transient", "General", "4.4.7"),
        ("Transient/MailboxFull", "Transient", "MailboxFull", "4.2.2"),
        ("Undetermined", "Undetermined", "Undetermined", "5.1.1"),
    ],
)
def test_a_bounces_code_is_its_kind(code: str, kind: str, sub: str, status: str) -> None:
    bounce = detail("Bounce", code)
    assert (bounce["bounceType"], bounce["bounceSubType"]) == (kind, sub)
    recipients = bounce["bouncedRecipients"]
    assert isinstance(recipients, list)
    assert [(each["emailAddress"], each["status"]) for each in recipients] == [("b@y.org", status)]


def test_other_codes_are_their_events_own() -> None:
    assert detail("DeliveryDelay", "MailboxFull")["delayType"] == "MailboxFull"
    assert detail("Complaint", "not-spam")["complaintFeedbackType"] == "not-spam"
    assert detail("Reject", "Worse content")["reason"] == "Worse content"


def test_each_feedback_has_an_id_of_its_own() -> None:
    other = event_of(MAIL, "Bounce", Case(("c@y.org",), "", AT, MAIL.id), {})["bounce"]
    assert isinstance(other, dict)
    assert detail("Bounce")["feedbackId"] == detail("Bounce")["feedbackId"] != other["feedbackId"]


def test_an_identity_notifies_under_another_name_and_without_tags() -> None:
    shown = event("Bounce", notificationType="")
    assert (shown["notificationType"], "eventType" in shown) == ("Bounce", False)
    mail = shown["mail"]
    assert isinstance(mail, dict)
    assert "tags" not in mail


def test_an_unknown_word_goes_out_as_it_stands() -> None:
    shown = event("Teleport")
    assert (shown["eventType"], shown["teleport"]) == ("Teleport", {})


def test_the_fields_of_a_plan_reach_inside_the_event_alone() -> None:
    shown = event("Bounce", **{"bounce.bounceType": "Strange", "Timestamp": "never"})
    bounce = shown["bounce"]
    assert isinstance(bounce, dict)
    assert (bounce["bounceType"], "Timestamp" in shown) == ("Strange", False)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("success@simulator.amazonses.com", ["Send", "Delivery"]),
        ("bounce+7@simulator.amazonses.com", ["Send", "Bounce"]),
        ("ooto@simulator.amazonses.com", ["Send", "Delivery"]),
        ("Complaint@simulator.amazonses.com", ["Send", "Delivery", "Complaint"]),
        ("suppressionlist@simulator.amazonses.com", ["Send", "Bounce"]),
        ("other@simulator.amazonses.com", []),
        ("bounce@y.org", []),
    ],
)
def test_a_test_address_always_fares_the_same(address: str, expected: list[str]) -> None:
    assert [plan.status for plan in plans_of([address])] == expected


def test_every_recipient_of_one_mail_fares_by_its_own_address() -> None:
    plans = plans_of(["success@simulator.amazonses.com", "b@y.org", "bounce@simulator.amazonses.com"])
    assert [(plan.status, plan.part) for plan in plans] == [("Send", 1), ("Delivery", 1), ("Send", 3), ("Bounce", 3)]
