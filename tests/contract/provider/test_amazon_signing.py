"""Signature Version 4: vectors, botocore's own `add_auth` as oracle, and what a recording client is asked."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone

import botocore.auth
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dapi_common.events.shapes import JsonObject
from dapi_common.ids import MessageId
from dapi_common.provider import aws, catalog
from dapi_common.provider.adapter import Message, Refused
from dapi_common.provider.hooks import Hooks
from dapi_common.provider.http import Response
from dapi_common.testing.provider_cases import ScriptedHttp
from provider_amazon_ses.adapter import AmazonSes
from provider_amazon_sns.adapter import AmazonSns

from .sns import CREDENTIALS

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
FORM = "application/x-www-form-urlencoded; charset=utf-8"
PUBLISH = b"Action=Publish&Version=2010-03-31&Message=hi&TargetArn=arn"
TARGET = "arn:aws:sns:eu-west-1:123456789012:endpoint/GCM/App/1f3c9ee0-7f02-3b0e-9a70-00bd3d8b5c66"
VECTORS = [
    (
        *("sns", "https://sns.eu-west-1.amazonaws.com/", FORM, PUBLISH),
        "29930e47291e5e6e7af9726a7c41afcf18e578ffc6db271d406a7d0097db53c6",
    ),
    (
        *("sns", "http://127.0.0.1:9100/", FORM, PUBLISH),
        "d5293a3b46a640066cbbc88c17f6a1af3277de2156179a961ed549b2135e0436",
    ),
    (
        *("ses", "https://email.eu-west-1.amazonaws.com/v2/email/outbound-emails", "application/json", b'{"a":1}'),
        "e9c9bd27b845d39412ca76040a64e349eb5fe98ccef8508ea9be0ccdd55cf8e9",
    ),
]


@pytest.mark.parametrize(("service", "url", "media", "body", "signature"), VECTORS)
def test_the_published_vectors_are_signed_as_published(
    service: str, url: str, media: str, body: bytes, signature: str
) -> None:
    headers = aws.signed(service, CREDENTIALS, url, media, body, AT)
    assert headers == {
        "Content-Type": media,
        "X-Amz-Date": "20260102T030405Z",
        "Authorization": f"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/eu-west-1/{service}/aws4_request, "
        f"SignedHeaders=content-type;host;x-amz-date, Signature={signature}",
    }


def test_the_secret_may_have_either_name_and_the_clock_any_zone() -> None:
    service, url, media, body, _ = VECTORS[0]
    other = {**{k: v for k, v in CREDENTIALS.items() if k != "SECRET_KEY"}, "AUTH_TOKEN": CREDENTIALS["SECRET_KEY"]}
    there = AT.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert aws.signed(service, other, url, media, body, there) == aws.signed(service, CREDENTIALS, url, media, body, AT)


@given(
    secret=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=60),
    body=st.binary(max_size=200),
    url=st.sampled_from([url for _, url, *_ in VECTORS] + ["https://[::1]:8443/x%20y/~z", "http://SIM.example:80/"]),
    seconds=st.integers(0, 2_000_000_000),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_botocore_signs_alike(
    monkeypatch: pytest.MonkeyPatch, secret: str, body: bytes, url: str, seconds: int
) -> None:
    at = AT + timedelta(seconds=seconds)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: at)
    request = AWSRequest("POST", url, headers={"Content-Type": FORM}, data=body)
    botocore.auth.SigV4Auth(Credentials("AKIDEXAMPLE", secret), "sns", "eu-west-1").add_auth(request)
    keys = {**CREDENTIALS, "SECRET_KEY": secret}
    assert aws.signed("sns", keys, url, FORM, body, at) == dict(request.headers.items())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Throttling", "Throttling"),
        ("com.amazonaws.ses#Throttling", "Throttling"),
        ("Throttling:http://internal.amazon.com/coral/x#y", "Throttling"),
        ("com.amazonaws.ses#Throttling:http://internal.amazon.com/", "Throttling"),
        ("", ""),
        (None, ""),
        ("b@y.org", ""),
        ("+31612345678", ""),
        ("x" * 65, ""),
    ],
)
def test_an_error_s_name_is_freed_of_what_services_put_around_it(text: object, code: str) -> None:
    assert aws.code_of(text) == code


def _mail() -> Message:
    words = {"Subject": {"Data": "Grüße"}, "Body": {"Text": {"Data": "t"}}}
    arguments: JsonObject = {"Source": "a@x.org", "Destination": {"ToAddresses": ["b@y.org"]}, "Message": words}
    return Message(MessageId("7-31"), "email", arguments, CREDENTIALS, Hooks(reference="7-31_t0k3n"))


def _push(target: str = TARGET) -> Message:
    return Message(MessageId("7-31"), "push", {"TargetArn": target, "Message": "Grüße & mehr"}, CREDENTIALS)


async def _asked(adapter: AmazonSes | AmazonSns, message: Message, base: str) -> dict[str, object]:
    http = ScriptedHttp(Response(500, {}, b""), base=base)
    await adapter.send(message, http)
    (asked,) = http.requests
    return asked


@pytest.mark.parametrize("base", ["https://vendor.invalid", "http://127.0.0.1:9100"])
async def test_what_amazon_ses_is_sent_is_signed_byte_for_byte(base: str) -> None:
    asked = await _asked(AmazonSes(lambda: AT), _mail(), base)
    body = str(asked["body"]).encode()
    url = f"{base}/v2/email/outbound-emails"
    assert asked["headers"] == aws.signed("ses", CREDENTIALS, url, "application/json", body, AT)


@pytest.mark.parametrize("base", ["https://vendor.invalid", "http://127.0.0.1:9100"])
async def test_what_amazon_sns_is_sent_is_signed_byte_for_byte_and_asked_for_as_xml(base: str) -> None:
    asked = await _asked(AmazonSns(lambda: AT), _push(), base)
    signed = aws.signed("sns", CREDENTIALS, f"{base}/", FORM, str(asked["body"]).encode(), AT)
    assert asked["headers"] == {**signed, "Accept": "*/*"}


@pytest.mark.parametrize("target", [TARGET.replace("eu-west-1", "us-east-1"), "a-token", "arn:aws:sns", ""])
async def test_a_target_that_is_no_endpoint_of_the_region_is_refused_without_a_call(target: str) -> None:
    http = ScriptedHttp(Response(200, {}, b""))
    outcome = await AmazonSns().send(_push(target), http)
    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.auth, outcome.suppress, http.requests) == ("foreign-target", False, False, [])


HOSTS: Mapping[tuple[str, str], str] = {
    ("amazon-ses", "eu-west-1"): "https://email.eu-west-1.amazonaws.com",
    ("amazon-ses", "us-gov-west-1"): "https://email.us-gov-west-1.amazonaws.com",
    ("amazon-sns", "eu-west-1"): "https://sns.eu-west-1.amazonaws.com",
    ("amazon-sns", "cn-north-1"): "https://sns.cn-north-1.amazonaws.com.cn",
}


@pytest.mark.parametrize(("name", "region"), HOSTS)
def test_an_account_s_region_chooses_the_host(name: str, region: str) -> None:
    credentials = {**CREDENTIALS, "REGION_NAME": region}
    assert catalog.check_credentials(name, credentials) is None
    assert catalog.load()[name].url(credentials) == HOSTS[name, region]


@pytest.mark.parametrize("name", ["amazon-ses", "amazon-sns"])
@pytest.mark.parametrize(
    "region",
    [
        *("evil.example/", "x@evil.example", "us-west-2.evil.example", "us-west-2#", "us-west-2?", "us-west-2\\"),
        *("us-west-2\n", "us-west-2\r\nHost: evil", "us-west-2:8443", "//evil", "..", "us west 2", "US-WEST-2", "-"),
        *("us-", "us--1", "üs-west-2", "us-west-2%2f", "us", "x" * 33),
    ],
)
def test_no_region_of_amazon_can_change_the_host(name: str, region: str) -> None:
    problem = catalog.check_credentials(name, {**CREDENTIALS, "REGION_NAME": region})
    assert problem is not None
    assert problem.field == "/REGION_NAME"
    assert region not in problem.text


def test_amazon_ses_is_not_to_be_had_in_china() -> None:
    problem = catalog.check_credentials("amazon-ses", {**CREDENTIALS, "REGION_NAME": "cn-north-1"})
    assert problem is not None
    assert problem.field == "/REGION_NAME"


@pytest.mark.parametrize("name", ["amazon-ses", "amazon-sns"])
def test_the_topics_of_an_amazon_account_are_arns_with_commas(name: str) -> None:
    arn = "arn:aws:sns:eu-west-1:123456789012:dapi"
    for good in (arn, f"{arn},{arn.replace('aws:', 'aws-cn:')}2"):
        assert catalog.check_credentials(name, {**CREDENTIALS, "TOPIC_ARN": good}) is None
    for bad in ("dapi", f"{arn},", f"{arn}, {arn}", f"{arn}\n", "*", f"{arn}:sub", arn.replace(":sns:", ":sqs:")):
        problem = catalog.check_credentials(name, {**CREDENTIALS, "TOPIC_ARN": bad})
        assert problem is not None
        assert problem.field == "/TOPIC_ARN"
