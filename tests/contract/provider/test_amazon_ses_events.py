"""What amazon-ses makes of events, through the whole of the adapter; cases.toml holds the common ones."""

import base64
import itertools
import json
from collections.abc import Mapping, Sequence
from time import process_time

import pytest

from dapi_common.provider.callback import Inbound, Received, Report
from dapi_common.testing.provider_cases import ScriptedHttp
from provider_amazon_ses.adapter import AmazonSes
from provider_amazon_ses.events import KINDS
from provider_amazon_ses.mail import text_of
from provider_amazon_ses.reasons import BOUNCES, COMPLAINTS, DELAYS

from .sns import FOUND, notification, posted

REF = "0102-1"
STATUSES = {
    "Send": "sent",
    "Delivery": "delivered",
    "DeliveryDelay": "sent",
    "Bounce": "undelivered",
    "Complaint": None,
    "Reject": "undelivered",
    "Rendering Failure": "undelivered",
    "Open": "delivered",
    "Click": "delivered",
    "Subscription": None,
}
"""Every event of Amazon's page, and what it means."""
DETAILS: Mapping[str, dict[str, object]] = {
    "Delivery": {"recipients": ["B@y.org", "c@y.org"]},
    "DeliveryDelay": {"delayedRecipients": [{"emailAddress": "B@y.org"}, {"emailAddress": "c@y.org"}]},
    "Bounce": {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": "B@y.org"}], "feedbackId": "f"},
    "Complaint": {"complainedRecipients": [{"emailAddress": "B@y.org"}, {"emailAddress": "c@y.org"}]},
}


def event(name: str, to: Sequence[str] = ("b@y.org",), **details: object) -> dict[str, object]:
    mail = {
        "timestamp": "2026-01-02T03:04:05.000Z",
        "messageId": REF,
        "source": "a@x.org",
        "destination": list(to),
        "tags": {"dapi_id": ["7-31"], "dapi_ref": ["7-31_t0k3n"]},
    }
    return {"eventType": name, "mail": mail, KINDS[name].section: {**DETAILS.get(name, {}), **details}}


async def read(given: object) -> Received:
    text = given if isinstance(given, str) else json.dumps(given)
    result = await AmazonSes().receive(posted(notification(text)), ScriptedHttp(FOUND))
    assert isinstance(result, Received)
    return result


async def report(given: object) -> Report:
    (only,) = (await read(given)).reports
    return only


def test_no_event_of_amazon_s_page_is_unknown() -> None:
    assert {name: kind.status for name, kind in KINDS.items()} == STATUSES


@pytest.mark.parametrize("name", STATUSES)
async def test_every_event_reports_what_became_of_its_mail(name: str) -> None:
    given = event(name)
    for one in (await read(given)).reports:
        assert (one.event, one.status, one.ref, one.reference) == (name, STATUSES[name], REF, "7-31_t0k3n")
        assert (one.is_bounce, one.reply, one.parts) == (name == "Bounce", given, 1)
        assert one.at == 1767323045.0


@pytest.mark.parametrize("name", ["Delivery", "DeliveryDelay", "Complaint", "Reject", "Rendering Failure", "Send"])
async def test_an_event_of_several_recipients_has_a_report_for_each(name: str) -> None:
    reports = (await read(event(name, ["b@y.org", "C@y.org"]))).reports
    assert [(one.part, one.parts) for one in reports] == [("b@y.org", 2), ("c@y.org", 2)]


async def test_an_event_about_one_of_several_reports_that_one_only() -> None:
    one = await report(event("Bounce", ["b@y.org", "c@y.org", "d@y.org"]))
    assert (one.part, one.parts, one.suppress) == ("b@y.org", 3, "b@y.org")


@pytest.mark.parametrize("name", ["Open", "Click", "Subscription"])
async def test_who_of_several_opened_a_mail_is_not_guessed(name: str) -> None:
    one = await report(event(name, ["b@y.org", "c@y.org"]))
    assert (one.part, one.parts, one.status) == ("", 2, None)


async def test_an_opened_mail_of_one_recipient_has_arrived() -> None:
    one = await report(event("Open"))
    assert (one.part, one.status) == ("b@y.org", "delivered")


@pytest.mark.parametrize(("kind", "subtype"), BOUNCES)
async def test_every_kind_of_bounce_is_described_and_only_permanent_ones_suppress(kind: str, subtype: str) -> None:
    read_ = await read(event("Bounce", bounceType=kind, bounceSubType=subtype))
    (one,), (back,) = read_.reports, read_.inbound
    assert (one.code, one.description) == (f"{kind}/{subtype}", BOUNCES[kind, subtype])
    assert (one.suppress, back.suppress) == (("b@y.org", True) if kind == "Permanent" else ("", False))
    assert (back.kind, back.sender, back.id) == ("bounce", "b@y.org", "f/b@y.org")


async def test_a_bounce_that_no_page_has_is_described_as_its_kind_is() -> None:
    one = await report(event("Bounce", bounceSubType="UnsubscribedRecipient"))
    assert (one.code, one.description) == ("Permanent/UnsubscribedRecipient", BOUNCES["Permanent", "General"])
    other = await report(event("Bounce", bounceType="b@y.org", bounceSubType=7))
    assert (other.code, other.suppress) == ("", "")
    assert other.description == BOUNCES["Undetermined", "Undetermined"]


@pytest.mark.parametrize("kind", DELAYS)
async def test_every_kind_of_delay_is_described(kind: str) -> None:
    one = (await read(event("DeliveryDelay", delayType=kind))).reports[0]
    assert (one.code, one.description, one.status) == (kind, DELAYS[kind], "sent")


@pytest.mark.parametrize("kind", COMPLAINTS)
async def test_every_complaint_suppresses_but_the_one_that_is_none(kind: str) -> None:
    given = event("Complaint", ["b@y.org", "c@y.org"], complaintFeedbackType=kind, feedbackId="f")
    read_ = await read(given)
    assert [one.code for one in read_.reports] == [kind, kind]
    assert {one.suppress for one in read_.inbound} == {kind != "not-spam"}
    assert [one.id for one in read_.inbound] == ["f/b@y.org", "f/c@y.org"]
    assert all(bool(one.suppress) is (kind != "not-spam") for one in read_.reports)


async def test_a_complaint_without_a_kind_suppresses() -> None:
    read_ = await read(event("Complaint", complaintFeedbackType=None, complaintSubType="OnAccountSuppressionList"))
    assert read_.reports[0].code == "OnAccountSuppressionList"
    assert all(one.suppress and one.id.startswith(f"{REF}/") for one in read_.inbound)


async def test_a_repeated_event_says_the_same_again() -> None:
    assert await read(event("Bounce")) == await read(event("Bounce"))


@pytest.mark.parametrize(
    "given",
    [
        "Successfully validated SNS topic for Amazon SES event publishing.",
        "",
        "[]",
        "null",
        "[" * 5000,
        {},
        {"eventType": "Teleport", "mail": {"messageId": REF}},
        {"eventType": ["Bounce"], "mail": {"messageId": REF}},
        {"eventType": "Bounce"},
        {"eventType": "Bounce", "mail": []},
        {"eventType": "Bounce", "mail": {"messageId": ""}},
        {"notificationType": "Received"},
        {"notificationType": "Received", "mail": {"messageId": REF, "source": 7}},
        {"notificationType": "AmazonSnsSubscriptionSucceeded"},
    ],
)
async def test_what_is_no_event_of_a_mail_means_nothing(given: object) -> None:
    found = await read(given)
    assert (list(found.reports), list(found.inbound)) == ([], [])


@pytest.mark.parametrize("value", [None, 7, "x", [], {}, [7], [None], [[]], [{}], [{"emailAddress": 7}], {"a": []}])
@pytest.mark.parametrize("where", ["destination", "tags", "timestamp", "source", "details", "bouncedRecipients"])
async def test_whatever_a_bounce_s_fields_hold_it_is_still_one_bounce(where: str, value: object) -> None:
    given: dict[str, dict[str, object]] = event("Bounce")  # type: ignore[assignment]  # as json has it
    if where == "details":
        given["bounce"] = value  # type: ignore[assignment]  # the point
    else:
        given["bounce" if where == "bouncedRecipients" else "mail"][where] = value
    reports = (await read(given)).reports
    assert [(one.event, one.status) for one in reports] == [("Bounce", "undelivered")]


@pytest.mark.parametrize("tags", [{}, {"dapi_ref": []}, {"dapi_ref": [7]}, {"dapi_ref": ["a b"]}, {"dapi_ref": "7"}])
async def test_a_reference_is_what_ours_look_like_or_none(tags: dict[str, object]) -> None:
    given: dict[str, dict[str, object]] = event("Send")  # type: ignore[assignment]  # as json has it
    given["mail"]["tags"] = tags
    assert (await report(given)).reference == ""


PLAIN = "From: B <b@y.org>\r\nContent-Type: text/plain; charset={}\r\n\r\n"
MIXED = (
    "Content-Type: multipart/mixed; boundary=o\n\n"
    "--o\nContent-Type: multipart/alternative; boundary=i\n\n"
    "--i\nContent-Type: text/html\n\n<p>no</p>\n"
    "--i\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\nR3LDvMOfZQ==\n--i--\n"
    "--o\nContent-Type: text/plain\nContent-Disposition: attachment; filename=a.txt\n\nnor this\n--o--\n"
)


def mail(content: object, **action: str) -> dict[str, object]:
    return {
        "notificationType": "Received",
        "mail": {"messageId": "m-1", "source": "B <B@y.org>", "destination": ["in@x.org"]},
        "receipt": {"recipients": ["in@x.org"], "action": {"type": "SNS", **action}},
        "content": content,
    }


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ((PLAIN.format("utf-8") + "Grüße\r\nB").encode(), "Grüße\nB"),
        ((PLAIN.format("iso-8859-1")).encode() + b"Gr\xfc\xdfe", "Grüße"),
        ((PLAIN.format("no-such-charset")).encode() + "Grüße".encode(), "Grüße"),
        ((PLAIN.format('"a\0b"')).encode() + b"hi", "hi"),
        ((PLAIN.format("utf-8")).encode() + b"Gr\xfc", "Gr�"),
        (MIXED.encode(), "Grüße"),
        (b"Content-Type: text/html\n\n<p>no</p>", ""),
        (b"Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n!", ""),
        (b"hi", "hi"),
        (b"", ""),
    ],
)
async def test_a_mail_that_somebody_sent_has_its_plain_text(content: bytes, text: str) -> None:
    assert text_of(content) == text
    given = mail(base64.b64encode(content).decode(), encoding="BASE64")
    read_ = await read(given)
    assert read_.reports == ()
    assert read_.inbound == [
        Inbound(
            id="m-1/in@x.org",
            kind="message",
            channel="email",
            sender="b@y.org",
            recipient="in@x.org",
            reply=given,
            text=text,
        )
    ]


@pytest.mark.parametrize("content", [None, 7, ["x"], "%%%"])
async def test_a_mail_without_content_that_can_be_read_is_told_of_all_the_same(content: object) -> None:
    (one,) = (await read(mail(content, encoding="BASE64"))).inbound
    assert (one.kind, one.text) == ("message", "")


async def test_a_mail_to_two_of_our_addresses_comes_to_both() -> None:
    given = mail("Content-Type: text/plain\n\nhi\n", encoding="UTF8")
    given["receipt"] = {"recipients": ["in@x.org", "help@x.org", "in@x.org"]}
    found = (await read(given)).inbound
    assert [(one.id, one.text) for one in found] == [("m-1/in@x.org", "hi\n"), ("m-1/help@x.org", "hi\n")]


def _parts(depth: int) -> bytes:
    heads = (f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(depth))
    return "".join(heads).encode() + b"Content-Type: text/plain\n\nhi"


def test_a_text_is_cut_at_its_bound_and_nests_as_deep_as_mails_do() -> None:
    assert text_of(b"Content-Type: text/plain\n\n" + b"x" * 90_000) == "x" * 65_536
    assert text_of(_parts(8)) == "hi"
    assert text_of(_parts(9)) == ""


HOSTILE = {
    "nested parts": _parts(2000) + b"\n" * 100_000,
    "nested parts on lines of the old Macintosh": (_parts(2000) + b"\n" * 100_000).replace(b"\n", b"\r"),
    "nested mails": b"Content-Type: message/rfc822\n\n" * 5000,
    "many parts": b"Content-Type: multipart/digest; boundary=b\n\n" + b"--b\n\n" * 30_000,
    "many parameters": b'Content-Type: text/plain; a="' + b";a=b" * 40_000 + b"\n\nhi",
    "many parameters on many lines": b"Content-Type: text/plain" + b";\n a=b" * 30_000 + b"\n\nhi",
    "empty lines": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"\n" * 150_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_mail_holds_up_the_process(name: str) -> None:
    started = process_time()
    text_of(HOSTILE[name])
    assert process_time() - started < 1.0


async def test_events_in_any_order_say_the_same() -> None:
    events = [event("Send"), event("Delivery"), event("Bounce")]
    expected = {str(one) for each in events for one in (await read(each)).reports}
    for order in itertools.permutations(events):
        assert {str(one) for each in order for one in (await read(each)).reports} == expected
