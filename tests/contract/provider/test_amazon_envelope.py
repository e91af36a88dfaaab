"""The envelope of SNS, which carries the events of amazon-ses and amazon-sns: what is believed, and what is not."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from dapi_common.provider.callback import Received, Rejected
from dapi_common.provider.http import NoAnswer, NotSent, Response
from dapi_common.provider.sns_envelope import Envelope, Envelopes
from dapi_common.provider.sns_places import KEPT
from dapi_common.testing.callback_cases import AT
from dapi_common.testing.provider_cases import ScriptedHttp

from .sns import (
    CERTIFICATE_PATH,
    FOUND,
    HOST,
    SUBSCRIBE_PATH,
    TOPIC,
    Answer,
    confirmation,
    notification,
    posted,
    sealed,
)

AMAZON = "https://email.eu-west-1.amazonaws.com"
SIMULATOR = "http://127.0.0.1:9100"
HOUR = timedelta(hours=1).total_seconds()
SENT = AT - 2.5
"""The Timestamp of the tests' envelopes."""


def client(*answers: Answer, base: str = AMAZON) -> ScriptedHttp:
    return ScriptedHttp(*(answers or (FOUND,)), base=base)


async def opened(
    envelope: Mapping[str, object],
    http: ScriptedHttp | None = None,
    topic: str = TOPIC,
    at: float = AT,
) -> Envelope | Received | Rejected:
    return await Envelopes().open(posted(envelope, topic, at), http or client())


def status(result: Envelope | Received | Rejected) -> int:
    return result.status if isinstance(result, Rejected) else 200


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("subject", [{}, {"Subject": "Grüße"}, {"Subject": ""}])
async def test_a_notification_of_either_version_is_opened(version: str, subject: dict[str, str]) -> None:
    http = client()
    envelope = await opened(notification('{"a":"ü\\n"}', SignatureVersion=version, **subject), http)
    assert isinstance(envelope, Envelope)
    assert envelope.Message == '{"a":"ü\\n"}'
    assert [(asked["base"], asked["path"]) for asked in http.requests] == [(HOST, CERTIFICATE_PATH)]


async def test_a_subject_that_is_null_is_none() -> None:
    assert isinstance(await opened({**notification("x"), "Subject": None}), Envelope)


@pytest.mark.parametrize("name", ["Message", "MessageId", "Subject", "TopicArn", "Timestamp", "Signature", "Type"])
async def test_a_notification_of_which_anything_was_changed_is_a_forgery(name: str) -> None:
    changed = {
        "Timestamp": "2026-01-02T03:04:08.000Z",
        "TopicArn": f"{TOPIC}-2",
        "Signature": str(notification("y")["Signature"]),
        "Type": "UnsubscribeConfirmation",
    }
    given = {**notification("x", Subject="s"), "Token": "t", "SubscribeURL": HOST}
    assert status(await opened({**given, name: changed.get(name, "other")}, topic=f"{TOPIC},{TOPIC}-2")) == 403


@pytest.mark.parametrize("signature", ["", "====", "not base64", "AAAA", "ü", "A" * 344])
async def test_what_is_no_signature_is_a_forgery(signature: str) -> None:
    assert status(await opened({**notification("x"), "Signature": signature})) == 403


async def test_a_signature_of_one_version_is_none_of_the_other() -> None:
    assert status(await opened({**notification("x"), "SignatureVersion": "2"})) == 403


@pytest.mark.parametrize("version", ["3", "0", "", "1.0", "v1"])
async def test_an_unknown_version_is_refused_and_nothing_is_fetched(version: str) -> None:
    http = client()
    assert status(await opened({**notification("x"), "SignatureVersion": version}, http)) == 403
    assert http.requests == []


@pytest.mark.parametrize("topic", ["", f"{TOPIC}-2", TOPIC[:-1], TOPIC.upper(), f"{TOPIC}-2,{TOPIC}-3"])
async def test_another_account_s_topic_is_refused_and_nothing_is_fetched(topic: str) -> None:
    http = client()
    assert status(await opened(notification("x"), http, topic)) == 403
    assert status(await opened(confirmation(), http, topic)) == 403
    assert http.requests == []


async def test_an_account_may_have_several_topics_but_not_the_empty_one() -> None:
    assert isinstance(await opened(notification("x"), topic=f"{TOPIC}-2,{TOPIC}"), Envelope)
    assert status(await opened(notification("x", TopicArn=""), topic="")) == 403


@pytest.mark.parametrize(("at", "expected"), [(HOUR, 200), (HOUR + 1, 403), (-HOUR, 200), (-HOUR - 1, 403)])
async def test_what_is_older_than_an_hour_is_refused(at: float, expected: int) -> None:
    assert status(await opened(notification("x"), at=SENT + at)) == expected


@pytest.mark.parametrize(
    "url",
    [
        f"http://sns.eu-west-1.amazonaws.com{CERTIFICATE_PATH}",
        f"https://sns.eu-west-1.amazonaws.com.evil.example{CERTIFICATE_PATH}",
        f"https://evil.example/sns.eu-west-1.amazonaws.com{CERTIFICATE_PATH}",
        f"https://evil.example#.sns.eu-west-1.amazonaws.com{CERTIFICATE_PATH}",
        f"https://evil.example\\@sns.eu-west-1.amazonaws.com{CERTIFICATE_PATH}",
        f"https://evil@sns.eu-west-1.amazonaws.com{CERTIFICATE_PATH}",
        f"https://sns.eu-west-1.amazonaws.com@evil.example{CERTIFICATE_PATH}",
        f"https://sns.eu-west-1.amazonaws.com:8443{CERTIFICATE_PATH}",
        f"https://xsns.eu-west-1.amazonaws.com{CERTIFICATE_PATH}",
        f"https://sns.amazonaws.com{CERTIFICATE_PATH}",
        f"https://sns.a.b.amazonaws.com{CERTIFICATE_PATH}",
        f"https://sns.eu.amazonaws.com{CERTIFICATE_PATH}",
        f"https://sns.s3-eu-west-1.amazonaws.com{CERTIFICATE_PATH}",
        f"https://sns.eu-west-1.amazonaws.com.de{CERTIFICATE_PATH}",
        f"https://sns.eu-west-1.amazonaws.org{CERTIFICATE_PATH}",
        f"https://email.eu-west-1.amazonaws.com{CERTIFICATE_PATH}",
        f"{HOST}/key",
        f"{HOST}/key?x=.pem",
        f"{HOST}/key#.pem",
        f"{HOST}/a b.pem",
        f"{HOST}/a.pem\n",
        f"{SIMULATOR}{CERTIFICATE_PATH}",
        f"{AMAZON}{CERTIFICATE_PATH}",
        f"file://{CERTIFICATE_PATH}",
        CERTIFICATE_PATH,
        "",
    ],
)
async def test_a_certificate_that_lies_elsewhere_than_at_sns_is_not_fetched(url: str) -> None:
    http = client()
    assert status(await opened(notification("x", SigningCertURL=url), http)) == 403
    assert http.requests == []


async def test_china_s_certificates_lie_at_its_own_hosts() -> None:
    http = client()
    host = "https://sns.cn-north-1.amazonaws.com.cn"
    result = await opened(notification("x", SigningCertURL=f"{host}{CERTIFICATE_PATH}"), http)
    assert isinstance(result, Envelope)
    assert http.requests[0]["base"] == host


async def test_a_simulator_that_stands_in_for_amazon_serves_its_own_certificate_and_nobody_else_does() -> None:
    here = client(base=SIMULATOR)
    result = await opened(notification("x", SigningCertURL=f"{SIMULATOR}/own.pem"), here)
    assert isinstance(result, Envelope)
    assert [(asked["base"], asked["path"]) for asked in here.requests] == [(SIMULATOR, "/own.pem")]
    for url in (f"{SIMULATOR}0/own.pem", f"{SIMULATOR}@evil.example/own.pem", SIMULATOR, "http://127.0.0.1/own.pem"):
        assert status(await opened(notification("x", SigningCertURL=url), client(base=SIMULATOR))) == 403


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (NotSent("connect failed"), 503),
        (NoAnswer("timed out"), 503),
        (Response(500, {}, b""), 503),
        (Response(429, {}, b""), 503),
        (Response(302, {"location": "https://evil.example/a.pem"}, FOUND.body), 503),
        (Response(200, {}, b"<html>"), 503),
        (Response(404, {}, b""), 403),
        (Response(403, {}, FOUND.body), 403),
    ],
)
async def test_a_certificate_that_cannot_be_had_now_loses_no_receipt(answer: Answer, expected: int) -> None:
    envelopes = Envelopes()
    first = await envelopes.open(posted(notification("x")), client(answer))
    again = await envelopes.open(posted(notification("x")), client(FOUND))
    assert (status(first), status(again)) == (expected, 200)


async def test_a_repeated_notification_is_opened_again_with_the_certificate_that_is_known() -> None:
    envelopes, http, callback = Envelopes(), client(), posted(notification("x"))
    first, second = await envelopes.open(callback, http), await envelopes.open(callback, http)
    assert isinstance(first, Envelope)
    assert first == second
    assert len(http.requests) == 1


async def test_so_many_certificates_are_kept_and_no_more() -> None:
    envelopes, http = Envelopes(), client()
    for number in [*range(KEPT + 1), KEPT, 0]:
        message = notification("x", SigningCertURL=f"{HOST}/{number}.pem")
        assert isinstance(await envelopes.open(posted(message), http), Envelope)
    assert len(http.requests) == KEPT + 2


async def test_a_subscription_to_the_account_s_topic_is_confirmed() -> None:
    http = client(FOUND, Response(200, {}, b"<ConfirmSubscriptionResponse/>"))
    assert await opened(confirmation(), http) == Received()
    assert [(asked["base"], asked["path"]) for asked in http.requests] == [
        (HOST, CERTIFICATE_PATH),
        (HOST, SUBSCRIBE_PATH),
    ]


@pytest.mark.parametrize("answer", [NotSent("x"), NoAnswer("x"), Response(500, {}, b""), Response(404, {}, b"")])
async def test_a_subscription_that_cannot_be_confirmed_now_is_asked_for_again(answer: Answer) -> None:
    assert status(await opened(confirmation(), client(FOUND, answer))) == 503


@pytest.mark.parametrize(
    "url", ["https://evil.example/?Action=ConfirmSubscription", f"{HOST}.evil.example/", "http://169.254.169.254/", ""]
)
async def test_a_subscription_is_confirmed_at_sns_only(url: str) -> None:
    http = client()
    assert status(await opened(confirmation(SubscribeURL=url), http)) == 403
    assert len(http.requests) == 1


async def test_a_forged_subscription_is_not_confirmed() -> None:
    http = client()
    assert status(await opened({**confirmation(), "Token": "other"}, http)) == 403
    assert len(http.requests) == 1


async def test_the_end_of_a_subscription_is_taken_note_of_and_no_more() -> None:
    http = client()
    assert await opened(confirmation("UnsubscribeConfirmation"), http) == Received()
    assert len(http.requests) == 1


@pytest.mark.parametrize(
    "envelope",
    [
        {},
        {"eventType": "Bounce"},
        {**notification("x"), "Type": "Other"},
        {**notification("x"), "Message": {"a": 1}},
        {**notification("x"), "Timestamp": "yesterday"},
        {**notification("x"), "Timestamp": "2026-01-02T03:04:05"},
        {k: v for k, v in notification("x").items() if k != "Signature"},
        {k: v for k, v in confirmation().items() if k != "Token"},
        sealed({k: v for k, v in notification("x").items() if k != "TopicArn"}, "Message MessageId Timestamp Type"),
    ],
)
async def test_what_is_no_envelope_cannot_be_read(envelope: dict[str, object]) -> None:
    http = client()
    assert status(await opened(envelope, http)) == 400
    assert http.requests == []
