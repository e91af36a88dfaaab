"""What SES and SNS post: envelopes of one form, whatever is in them."""

import base64
from collections.abc import Sequence
from typing import Any

import orjson
import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256

from simulator.accounts import Account, Accounts
from simulator.amazon_ses import AmazonSes
from simulator.amazon_sns import AmazonSns
from simulator.posts import Post
from simulator.provider import Submission, Taken
from simulator.receipts import InboundPlan, ReceiptPlan
from simulator.sns_signing import text_of
from simulator.sns_topics import Topics

NOW = 1767323045.678
TOPIC = "arn:aws:sns:eu-west-1:123456789012:dapi"
HOOK = "https://hooks.example.org/aws"
MAIL = {
    "FromEmailAddress": "a@x.org",
    "Destination": {"ToAddresses": ["b@y.org", "c@y.org"]},
    "Content": {"Simple": {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "t"}}}},
    "ConfigurationSetName": "dapi",
    "EmailTags": [{"Name": "dapi_id", "Value": "m-1"}],
}
MAIL_SENT = Submission("AKID", "b@y.org", "a@x.org", "m-1", {"body": orjson.dumps(MAIL).decode()}, "email")
ENDPOINT = "arn:aws:sns:eu-west-1:123456789012:endpoint/GCM/App/11111111-2222-3333-4444-555555555555"
PUSHED = Submission("AKID", ENDPOINT, "", "", {"TargetArn": ENDPOINT, "Message": "Hi"}, "push")
TOPICS = Topics(lambda: "http://127.0.0.1:9100")


def ses_account(**changes: object) -> Account:
    return Account.model_validate(
        {"provider": "amazon-ses", "user": "AKID", "secret": "s", "webhook_url": HOOK, **changes}
    )


def sns_account(**changes: object) -> Account:
    return ses_account(provider="amazon-sns", **changes)


def of_mail(plan: ReceiptPlan, account: Account | None = None, number: int = 0) -> Sequence[Post]:
    ses = AmazonSes(Accounts((account or ses_account(),)), TOPICS, lambda: NOW)
    return ses.receipts(Taken(MAIL_SENT, "0102-1", 1, NOW), plan, number, NOW)


def of_push(plan: ReceiptPlan, account: Account | None = None) -> Sequence[Post]:
    sns = AmazonSns(Accounts((account or sns_account(),)), TOPICS, lambda: NOW)
    return sns.receipts(Taken(PUSHED, "94f2-1", 1, NOW), plan, 0, NOW)


def came_in(account: Account, **plan: object) -> Sequence[Post]:
    ses, sns = (kind(Accounts((account,)), TOPICS, lambda: NOW) for kind in (AmazonSes, AmazonSns))
    provider = ses if account.provider == "amazon-ses" else sns
    asked = {"provider": account.provider, "account": account.user, "from": "b@y.org", **plan}
    return provider.inbound(account, InboundPlan.model_validate(asked), 1, NOW)


def envelope(posts: Sequence[Post]) -> dict[str, str]:
    (post,) = posts
    body: dict[str, str] = orjson.loads(post.body)
    return body


def message(posts: Sequence[Post]) -> Any:
    """Whatever JSON it is."""
    inside: Any = orjson.loads(envelope(posts)["Message"])
    return inside


def is_signed(shown: dict[str, str]) -> bool:
    key = x509.load_pem_x509_certificate(TOPICS.signer.certificate).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    digest = SHA1() if shown["SignatureVersion"] == "1" else SHA256()
    try:
        key.verify(base64.b64decode(shown["Signature"]), text_of(shown).encode(), padding.PKCS1v15(), digest)
    except InvalidSignature:
        return False
    return True


def test_a_notification_is_an_envelope_with_text_in_it() -> None:
    posts = of_mail(ReceiptPlan(status="delivered"))
    shown = envelope(posts)
    assert is_signed(shown)
    assert (shown["Type"], shown["TopicArn"]) == ("Notification", TOPIC)
    assert shown["Timestamp"] == "2026-01-02T03:04:05.678Z"
    assert shown["SignatureVersion"] == "1"
    assert shown["SigningCertURL"] == f"http://127.0.0.1:9100{TOPICS.signer.path}"
    assert "Subject" not in shown
    assert posts[0].url == HOOK
    headers = dict(posts[0].headers)
    assert headers.pop("x-amz-sns-subscription-arn").startswith(f"{TOPIC}:")
    assert headers == {
        "Content-Type": "text/plain; charset=UTF-8",
        "User-Agent": "Amazon Simple Notification Service Agent",
        "x-amz-sns-message-type": "Notification",
        "x-amz-sns-message-id": shown["MessageId"],
        "x-amz-sns-topic-arn": TOPIC,
    }


def test_one_event_tells_of_all_recipients_or_of_one() -> None:
    assert message(of_mail(ReceiptPlan(status="delivered")))["delivery"]["recipients"] == ["b@y.org", "c@y.org"]
    assert message(of_mail(ReceiptPlan(status="delivered", part=2)))["delivery"]["recipients"] == ["c@y.org"]
    assert of_mail(ReceiptPlan(status="delivered", part=3)) == ()


def test_an_events_tags_are_those_of_the_mail() -> None:
    tags = message(of_mail(ReceiptPlan(status="Send")))["mail"]["tags"]
    assert tags == {"dapi_id": ["m-1"], "ses:configuration-set": ["dapi"]}


def test_the_same_receipt_has_the_same_id_and_another_has_another() -> None:
    first, again = (envelope(of_mail(ReceiptPlan(status="Send")))["MessageId"] for _ in range(2))
    other = envelope(of_mail(ReceiptPlan(status="Send"), number=1))["MessageId"]
    assert first == again != other


@pytest.mark.parametrize("version", ["1", "2"])
def test_an_account_may_have_either_signature(version: str) -> None:
    shown = envelope(of_mail(ReceiptPlan(status="Send"), ses_account(extra={"signature_version": version})))
    assert shown["SignatureVersion"] == version
    assert is_signed(shown)


def test_a_forged_one_is_not_amazons() -> None:
    assert not is_signed(envelope(of_mail(ReceiptPlan(status="Send", forged=True))))


def test_a_stale_one_of_a_foreign_topic_is_rightly_signed() -> None:
    fields = {"Timestamp": "2020-01-01T00:00:00.000Z", "TopicArn": "arn:aws:sns:eu-west-1:000000000000:evil"}
    shown = envelope(of_mail(ReceiptPlan(status="Send", fields=fields)))
    assert {name: shown[name] for name in fields} == fields
    assert is_signed(shown)
    assert not fields.keys() & orjson.loads(shown["Message"]).keys()


def test_an_unknown_mail_carries_nothing_of_ours() -> None:
    mail = message(of_mail(ReceiptPlan(status="Send", unknown_message=True)))["mail"]
    assert (str(mail["messageId"])[:8], mail["tags"]) == ("0102ffff", {})


def test_nobody_is_told_without_a_url() -> None:
    assert of_mail(ReceiptPlan(status="Send"), ses_account(webhook_url="")) == ()
    assert of_push(ReceiptPlan(status="undelivered"), sns_account(webhook_url="")) == ()
    assert came_in(ses_account(webhook_url="")) == ()
    assert came_in(sns_account(webhook_url=""), kind="subscription") == ()


def test_the_topic_and_the_way_here_are_the_accounts() -> None:
    account = ses_account(user="AKID2", extra={"topic_arn": "arn:aws:sns:eu-west-1:1:own"})
    TOPICS.reached(account, "simulator:9100")
    shown = envelope(came_in(account, kind="subscription"))
    assert shown["TopicArn"] == "arn:aws:sns:eu-west-1:1:own"
    assert shown["SigningCertURL"].startswith("http://simulator:9100/")
    assert shown["SubscribeURL"].startswith("http://simulator:9100/?")


def test_a_push_is_heard_of_only_when_it_fails() -> None:
    assert [list(of_push(ReceiptPlan(status=status))) for status in ("accepted", "sent", "delivered")] == [[], [], []]
    posts = of_push(ReceiptPlan(status="undelivered"))
    assert is_signed(envelope(posts))
    assert message(posts) == {
        "EventType": "DeliveryFailure",
        "MessageId": "94f2-1",
        "EndpointArn": ENDPOINT,
        "Resource": "arn:aws:sns:eu-west-1:123456789012:app/GCM/App",
        "FailureType": "EndpointDisabled",
        "FailureMessage": "Endpoint is disabled",
        "DeliveryAttempts": 1,
        "Service": "SNS",
        "Time": "2026-01-02T03:04:05.678Z",
    }


def test_a_push_may_fail_in_other_ways_or_be_nobodys() -> None:
    shown = message(of_push(ReceiptPlan(status="DeliveryFailure", code="DeliveryFailedPerm", unknown_message=True)))
    assert (shown["FailureType"], str(shown["MessageId"])[-12:]) == ("DeliveryFailedPerm", "f" * 12)


@pytest.mark.parametrize("account", [ses_account(), sns_account()])
def test_a_topic_asks_to_be_confirmed(account: Account) -> None:
    posts = came_in(account, kind="subscription")
    shown = envelope(posts)
    assert is_signed(shown)
    assert shown["Type"] == "SubscriptionConfirmation"
    assert shown["SubscribeURL"].startswith("http://127.0.0.1:9100/?Action=ConfirmSubscription&TopicArn=")
    assert shown["SubscribeURL"].endswith(shown["Token"])
    assert "x-amz-sns-subscription-arn" not in posts[0].headers
    assert posts[0].purpose == "confirmation"


@pytest.mark.parametrize("account", [ses_account(), sns_account()])
def test_a_topic_tells_that_it_was_left(account: Account) -> None:
    shown = envelope(came_in(account, kind="unsubscription"))
    assert is_signed(shown)
    assert shown["Type"] == "UnsubscribeConfirmation"


def test_nothing_comes_in_by_push() -> None:
    assert came_in(sns_account()) == ()


def test_mail_comes_in_whole() -> None:
    posts = came_in(ses_account(), to="inbox@x.org", text="STOP")
    shown = orjson.loads(envelope(posts)["Message"])
    assert is_signed(envelope(posts))
    assert (shown["notificationType"], shown["mail"]["source"]) == ("Received", "b@y.org")
    assert shown["receipt"]["recipients"] == ["inbox@x.org"]
    assert shown["receipt"]["spamVerdict"] == {"status": "PASS"}
    assert shown["content"].endswith("\r\n\r\nSTOP\r\n")
    assert posts[0].purpose == "inbound"


@pytest.mark.parametrize(("kind", "name"), [("complaint", "Complaint"), ("bounce", "Bounce")])
def test_a_stranger_may_complain_or_bounce(kind: str, name: str) -> None:
    shown = message(came_in(ses_account(), kind=kind, url="https://other.example.org/"))
    assert (shown["eventType"], shown["mail"]["destination"]) == (name, ["b@y.org"])
