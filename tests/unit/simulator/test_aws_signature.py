"""The vectors are botocore's, recomputed with the standard library."""

from collections.abc import Mapping
from types import MappingProxyType

import pytest

from simulator.accounts import Account, Accounts, ProviderName
from simulator.aws_gate import Gate
from simulator.aws_signature import Problem
from simulator.wire import Incoming

NOW = 1767323045.0  # 20260102T030405Z
FORM = "application/x-www-form-urlencoded; charset=utf-8"
PUBLISH = b"Action=Publish&Version=2010-03-31&Message=hi&TargetArn=arn"
SNS = "29930e47291e5e6e7af9726a7c41afcf18e578ffc6db271d406a7d0097db53c6"
SNS_HERE = "d5293a3b46a640066cbbc88c17f6a1af3277de2156179a961ed549b2135e0436"
SES = "e9c9bd27b845d39412ca76040a64e349eb5fe98ccef8508ea9be0ccdd55cf8e9"
SNS_HOST, SES_HOST = "sns.eu-west-1.amazonaws.com", "email.eu-west-1.amazonaws.com"


def authorization(signature: str, service: str = "sns", key: str = "AKIDEXAMPLE", day: str = "20260102") -> str:
    scope = f"{key}/{day}/eu-west-1/{service}/aws4_request"
    signed = "content-type;host;x-amz-date"
    return f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders={signed}, Signature={signature}"


def request(
    signature: str = SNS,
    host: str = SNS_HOST,
    path: str = "/",
    kind: str = FORM,
    body: bytes = PUBLISH,
    service: str = "sns",
    also: Mapping[str, str] = MappingProxyType({}),
) -> Incoming:
    usual = {"authorization": authorization(signature, service), "host": host, "x-amz-date": "20260102T030405Z"}
    return Incoming(path, {**usual, "content-type": kind, **also}, body)


def enter(
    incoming: Incoming,
    now: float = NOW,
    name: ProviderName = "amazon-sns",
    service: str = "sns",
    extra: Mapping[str, str] | None = None,
) -> tuple[Account, str] | Problem:
    account = Account(provider=name, user="AKIDEXAMPLE", secret="SECRETEXAMPLE", extra=dict(extra or {}))
    return Gate(Accounts((account,)), name, service, lambda: now).enter(incoming)


def region(entered: tuple[Account, str] | Problem) -> str:
    assert isinstance(entered, tuple), entered
    return entered[1]


def test_a_publish_is_its_accounts() -> None:
    assert region(enter(request())) == "eu-west-1"


def test_the_port_is_part_of_the_host() -> None:
    assert region(enter(request(SNS_HERE, "127.0.0.1:9100"))) == "eu-west-1"
    assert enter(request(SNS_HERE, "127.0.0.1")) == "mismatch"


def test_a_mail_is_its_accounts() -> None:
    mail = request(SES, SES_HOST, "/v2/email/outbound-emails", "application/json", b'{"a":1}', "ses")
    assert region(enter(mail, name="amazon-ses", service="ses")) == "eu-west-1"


@pytest.mark.parametrize(
    "changed",
    [
        request(signature="0" * 64),
        request(body=PUBLISH + b"!"),
        request(path="/other"),
        request(kind="text/plain"),
        request(host="sns.us-east-1.amazonaws.com"),
        request(also={"x-amz-date": "20260102T030406Z"}),
        Incoming("/", request().headers, PUBLISH, query="a=b"),
        Incoming("/", request().headers, PUBLISH, method="GET"),
    ],
)
def test_anything_changed_after_signing_shows(changed: Incoming) -> None:
    assert enter(changed) == "mismatch"


@pytest.mark.parametrize("seconds", [-301.0, 301.0, 86_400.0])
def test_a_signature_is_good_for_five_minutes(seconds: float) -> None:
    assert enter(request(), now=NOW + seconds) == "expired"


@pytest.mark.parametrize("seconds", [-300.0, 0.0, 300.0])
def test_a_clock_may_be_off_by_as_much(seconds: float) -> None:
    assert region(enter(request(), now=NOW + seconds)) == "eu-west-1"


@pytest.mark.parametrize("date", ["", "yesterday", "20260103T030405Z"])
def test_a_date_must_be_one_of_the_signed_day(date: str) -> None:
    assert enter(request(also={"x-amz-date": date})) == "expired"


def test_another_services_signature_is_no_use() -> None:
    assert enter(request(), service="ses") == "scope"


def test_an_account_may_be_of_one_region_only() -> None:
    assert enter(request(), extra={"region": "us-east-1"}) == "scope"
    assert region(enter(request(), extra={"region": "eu-west-1"})) == "eu-west-1"


def test_a_stranger_is_told_apart_from_a_forger() -> None:
    assert enter(request(also={"authorization": authorization(SNS, key="AKIDNOBODY")})) == "unknown-key"


def test_a_signature_must_be_there() -> None:
    assert enter(Incoming("/", {"host": SNS_HOST}, b"")) == "missing"


@pytest.mark.parametrize(
    "text",
    [
        "Basic YTpi",
        "AWS4-HMAC-SHA256 Credential=a/b",
        authorization(SNS).replace("host;", ""),
        authorization(SNS).replace(";x-amz-date", ""),
        authorization(SNS).replace("content-type;host", "host;content-type"),
        authorization(SNS).replace("content-type", "accept"),
    ],
)
def test_a_signature_must_cover_what_matters(text: str) -> None:
    assert enter(request(also={"authorization": text})) == "incomplete"


def test_every_header_of_amazons_own_must_be_covered() -> None:
    assert enter(request(also={"x-amz-security-token": "t"})) == "incomplete"
