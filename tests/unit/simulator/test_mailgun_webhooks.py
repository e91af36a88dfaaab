from collections.abc import Sequence
from urllib.parse import parse_qs

import orjson
import pytest

from simulator.accounts import Account, Accounts
from simulator.mailgun import Mailgun
from simulator.mailgun_webhooks import REDELIVERY, signature
from simulator.posts import Post
from simulator.provider import Submission, Taken
from simulator.receipts import InboundPlan, ReceiptPlan

NOW = 1767323045.5
ACCOUNT = Account(
    provider="mailgun",
    user="mg.example.org",
    secret="key",
    signature_secret="MGSIGNINGKEY",
    webhook_url="https://hooks.example.org/mg",
)
SUBMISSION = Submission(
    "mg.example.org",
    "b@y.org",
    "a@x.org",
    "m-1",
    {"from": "a@x.org", "to": "b@y.org, c@y.org", "subject": "Hi", "text": "t", "v:dapi_id": "m-1"},
)
Json = dict[str, dict[str, object]]


def provider(account: Account = ACCOUNT) -> Mailgun:
    return Mailgun(Accounts((account,)), lambda: NOW)


def posts(plan: ReceiptPlan, account: Account = ACCOUNT, number: int = 0) -> Sequence[Post]:
    mailgun = provider(account)
    taken = Taken(SUBMISSION, mailgun.accept(SUBMISSION, 1, NOW).id, 1, NOW)
    return mailgun.receipts(taken, plan, number, NOW)


def told(status: str, **changes: object) -> Json:
    """Of the first recipient."""
    (post,) = posts(ReceiptPlan.model_validate({"status": status, "part": 1, **changes}))
    body: Json = orjson.loads(post.body)
    return body


def is_signed(proof: dict[str, object]) -> bool:
    return proof["signature"] == signature("MGSIGNINGKEY", str(proof["timestamp"]), str(proof["token"]))


def test_the_signature_is_the_documented_one() -> None:
    expected = "b8b11893a9c2389d7a3a2f418c7622be97d532781a0fe92518e1a497f01c70a7"
    assert signature("MGSIGNINGKEY", "1700000000", "a" * 50) == expected


def test_every_recipient_has_an_event_of_its_own_that_is_signed() -> None:
    both = posts(ReceiptPlan(status="delivered"))
    bodies = [orjson.loads(post.body) for post in both]
    assert [body["event-data"]["recipient"] for body in bodies] == ["b@y.org", "c@y.org"]
    assert all(is_signed(body["signature"]) for body in bodies)
    assert len({body["signature"]["token"] for body in bodies}) == 2
    assert {len(body["signature"]["token"]) for body in bodies} == {50}
    assert {(post.url, post.headers["Content-Type"]) for post in both} == {(ACCOUNT.webhook_url, "application/json")}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("accepted", {"event": "accepted"}),
        ("delivered", {"event": "delivered"}),
        ("sent", {"event": "failed", "severity": "temporary", "reason": "generic"}),
        ("temporary_fail", {"event": "failed", "severity": "temporary", "reason": "generic"}),
        ("undelivered", {"event": "failed", "severity": "permanent", "reason": "bounce"}),
        ("permanent_fail", {"event": "failed", "severity": "permanent", "reason": "bounce"}),
        ("opened", {"event": "opened"}),
        ("clicked", {"event": "clicked", "url": "https://example.org/"}),
        ("unsubscribed", {"event": "unsubscribed"}),
        ("complaint", {"event": "complained"}),
        ("complained", {"event": "complained"}),
        ("stored", {"event": "stored"}),
    ],
)
def test_each_word_is_an_event(status: str, expected: dict[str, object]) -> None:
    event = told(status)["event-data"]
    assert {name: event.get(name) for name in expected} == expected
    assert event["user-variables"] == {"dapi_id": "m-1"}
    assert event["timestamp"] == NOW


def test_a_rejected_one_says_why() -> None:
    assert told("rejected", code="Bad")["event-data"]["reject"] == {"reason": "Bad", "description": ""}


@pytest.mark.parametrize(("code", "reason"), [("605", "suppress-bounce"), ("552", "bounce")])
def test_a_failure_has_its_code(code: str, reason: str) -> None:
    event = told("undelivered", code=code)["event-data"]
    status = event["delivery-status"]
    assert isinstance(status, dict)
    assert (event["reason"], status["code"]) == (reason, int(code))


def test_a_delayed_bounce_is_marked() -> None:
    flags = told("delayed_bounce")["event-data"]["flags"]
    assert isinstance(flags, dict)
    assert flags["is-delayed-bounce"]
    assert "is-delayed-bounce" not in str(told("permanent_fail"))


def test_a_forged_one_is_signed_by_somebody_else() -> None:
    assert not is_signed(told("delivered", forged=True)["signature"])


def test_an_unknown_message_is_rightly_signed_and_says_nothing_of_ours() -> None:
    body = told("delivered", unknown_message=True)
    assert is_signed(body["signature"])
    assert body["event-data"]["user-variables"] == {}
    assert "unknown.example.org" in str(body["event-data"]["message"])


def test_an_old_or_repeated_token_is_rightly_signed() -> None:
    proof = told("delivered", fields={"timestamp": "1700000000", "token": "t" * 50})["signature"]
    assert (proof["timestamp"], proof["token"]) == ("1700000000", "t" * 50)
    assert is_signed(proof)


def test_a_plans_own_fields_reach_inside() -> None:
    event = told("delivered", fields={"user-variables.dapi_id": "m-2", "reason": "none"})["event-data"]
    assert (event["user-variables"], event["reason"]) == ({"dapi_id": "m-2"}, "none")


def test_deliveries_alone_are_told_once() -> None:
    assert [post.is_retried for post in posts(ReceiptPlan(status="delivered", part=1))] == [False]
    assert [post.is_retried for post in posts(ReceiptPlan(status="undelivered", part=1))] == [True]


def test_nobody_is_told_without_a_url() -> None:
    assert posts(ReceiptPlan(status="delivered"), ACCOUNT.model_copy(update={"webhook_url": ""})) == []


@pytest.mark.parametrize(("status", "fails"), [(200, False), (406, False), (204, True), (500, True), (0, True)])
def test_only_200_and_406_end_the_tries(status: int, fails: bool) -> None:
    assert REDELIVERY.fails(status) == fails


def inbound(url: str = "", **changes: object) -> Post:
    plan = {"provider": "mailgun", "account": ACCOUNT.user, "from": "b@y.org", "text": "STOP", "url": url, **changes}
    (post,) = provider().inbound(ACCOUNT, InboundPlan.model_validate(plan), 1, NOW)
    return post


def test_a_route_forwards_mail_as_a_signed_form() -> None:
    form = {name: values[0] for name, values in parse_qs(inbound().body.decode()).items()}
    assert (form["sender"], form["recipient"], form["body-plain"]) == ("b@y.org", "inbox@mg.example.org", "STOP")
    assert ["From", "b@y.org"] in orjson.loads(form["message-headers"])
    assert is_signed({**form})


def test_a_forged_mail_is_not_mailguns() -> None:
    form = {name: values[0] for name, values in parse_qs(inbound(forged=True).body.decode()).items()}
    assert not is_signed({**form})


def test_a_url_that_ends_in_mime_gets_the_mail_whole() -> None:
    form = parse_qs(inbound("https://hooks.example.org/mime").body.decode())
    assert form["body-mime"][0].endswith("\r\n\r\nSTOP\r\n")
    assert "body-plain" not in form


def test_an_opt_out_is_an_event_of_the_last_message_to_them() -> None:
    mailgun = provider()
    mailgun.accept(SUBMISSION, 1, NOW)
    plan = InboundPlan.model_validate({"provider": "mailgun", "account": "x", "from": "b@y.org", "kind": "opt-out"})
    (post,) = mailgun.inbound(ACCOUNT, plan, 1, NOW)
    event = orjson.loads(post.body)["event-data"]
    assert (event["event"], event["recipient"], event["user-variables"]) == (
        "unsubscribed",
        "b@y.org",
        {"dapi_id": "m-1"},
    )
    assert (post.url, post.purpose) == (ACCOUNT.webhook_url, "inbound")


def test_nothing_comes_in_without_a_url() -> None:
    plan = InboundPlan.model_validate({"provider": "mailgun", "account": "x", "from": "b@y.org"})
    assert provider().inbound(ACCOUNT.model_copy(update={"webhook_url": ""}), plan, 1, NOW) == ()
