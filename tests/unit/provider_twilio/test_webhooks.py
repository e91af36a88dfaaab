"""Every row of Twilio's delivery errors, and what its tables do not name."""

from dataclasses import replace
from urllib.parse import urlencode

import pytest
from twilio.request_validator import RequestValidator

from dapi_common.provider.callback import Callback, Received, Report
from dapi_common.provider.verdict import Verdict
from provider_twilio.errors import DELIVERY
from provider_twilio.webhooks import read

URL = "https://hooks.example.org/cb"
FORM = "application/x-www-form-urlencoded"
BARE = Callback("POST", URL, {}, b"", {"AUTH_TOKEN": "t0ken"}, 0.0)
CLASSES = {
    "30001": Verdict.RETRY,
    "30002": Verdict.AUTH,
    "30003": Verdict.RETRY,
    "30004": Verdict.PERMANENT,
    "30005": Verdict.PERMANENT,
    "30006": Verdict.PERMANENT,
    "30007": Verdict.PERMANENT,
    "30008": Verdict.RETRY,
}


def reported(**told: str) -> Report:
    """The one report of a genuine callback with these fields."""
    signature = RequestValidator("t0ken").compute_signature(URL, told)
    headers = {"content-type": FORM, "x-twilio-signature": signature}
    answer = read(replace(BARE, headers=headers, body=urlencode(told).encode()))
    assert isinstance(answer, Received)
    (report,) = answer.reports
    return report


@pytest.mark.parametrize("code", CLASSES)
def test_a_code_says_why_a_message_did_not_arrive(code: str) -> None:
    report = reported(MessageSid="SM1", MessageStatus="undelivered", ErrorCode=code, To="+31612345678")
    assert (report.status, report.code, report.description) == ("undelivered", code, DELIVERY[code].description)
    assert report.suppress == ""


def test_every_code_has_its_class() -> None:
    assert {code: row.verdict for code, row in DELIVERY.items()} == CLASSES


@pytest.mark.parametrize("word", ["partially_delivered", "pondered"])
def test_a_state_that_nobody_knows_is_news_and_no_status(word: str) -> None:
    assert reported(MessageSid="SM1", MessageStatus=word).status is None
    assert reported(CallSid="CA1", CallStatus=word).status is None


def test_the_old_names_do_where_the_new_ones_are_missing() -> None:
    report = reported(SmsSid="SM1", SmsStatus="delivered")
    assert (report.ref, report.status) == ("SM1", "delivered")


def test_a_call_s_own_error_says_more_than_its_state() -> None:
    report = reported(
        CallSid="CA1", CallStatus="failed", ErrorCode="21217", Timestamp="Fri, 02 Jan 2026 03:04:05 +0000"
    )
    assert (report.code, report.description) == ("21217", "the recipient's number is no valid one to call")
    assert report.at == 1_767_323_045.0


@pytest.mark.parametrize("time", ["", "soon", "Fri, 02 Jan 99999 03:04:05 +0000"])
def test_a_time_that_is_none_is_left_out(time: str) -> None:
    assert reported(CallSid="CA1", CallStatus="ringing", Timestamp=time).at is None
