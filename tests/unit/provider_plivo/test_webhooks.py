"""Every row of Plivo's tables of causes, as its pages group them."""

import pytest

from dapi_common.provider.verdict import Verdict
from provider_plivo.errors import DELIVERY, HANGUPS
from tests.unit.provider_plivo.callbacks import received, reported

RETRY, PERMANENT, SUPPRESS, AUTH = Verdict.RETRY, Verdict.PERMANENT, Verdict.SUPPRESS, Verdict.AUTH
CALLS = {
    PERMANENT: [1000, 2000, 2020, 2030, 2040, 2050, 2060, 3020, 3030, 3040, 3110, 3130, 7000, 7011, 8011, 8099, 9100],
    AUTH: [1010],
    RETRY: [1020, 2010, 3000, 3010, 3070, 3080, 3090, 3100, 5000, 5010, 5020, 6010],
    SUPPRESS: [3050, 3120],
}
MESSAGES = {
    PERMANENT: [10, 30, 40, 60, 100, 110, 201, 450],
    RETRY: [20, 80, 90, 300, 420, 1000],
    SUPPRESS: [50, 70, 200],
    AUTH: [900, 910],
}
CALL = {"ALegRequestUUID": "r1", "CallUUID": "c1", "To": "31612345678", "Direction": "outbound"}
MESSAGE = {"MessageUUID": "u1", "To": "31612345678"}


@pytest.mark.parametrize(("code", "verdict"), [(str(code), verdict) for verdict in CALLS for code in CALLS[verdict]])
def test_a_cause_says_why_a_call_did_not_arrive_and_whom_not_to_call_again(code: str, verdict: Verdict) -> None:
    report = reported(**CALL, CallStatus="completed", HangupCauseCode=code)
    assert HANGUPS[code].verdict is verdict
    assert (report.status, report.code, report.description) == ("undelivered", code, HANGUPS[code].description)
    assert report.suppress == ("+31612345678" if verdict is SUPPRESS else "")


@pytest.mark.parametrize("code", ["4000", "4010", "4020", "4030"])
def test_a_normal_end_is_a_delivery(code: str) -> None:
    report = reported(**CALL, CallStatus="completed", HangupCauseCode=code)
    assert (report.status, report.code, report.description) == ("delivered", "", "")


@pytest.mark.parametrize("code", ["", "4031", "2061", "9999999999999", "²"])
def test_without_a_known_cause_the_state_decides(code: str) -> None:
    assert reported(**CALL, CallStatus="completed", HangupCauseCode=code).status == "delivered"
    assert reported(**CALL, CallStatus="busy", HangupCauseCode=code).status == "undelivered"
    assert reported(**CALL, CallStatus="parked", HangupCauseCode=code).status is None


def test_what_has_no_number_is_not_suppressed() -> None:
    told = CALL | {"To": "sip:a@example.org"}
    assert reported(**told, CallStatus="failed", HangupCauseCode="3050").suppress == ""


@pytest.mark.parametrize(
    ("code", "verdict"), [(str(code), verdict) for verdict in MESSAGES for code in MESSAGES[verdict]]
)
def test_a_code_says_why_a_message_did_not_arrive_and_whom_not_to_send_to_again(code: str, verdict: Verdict) -> None:
    report = reported(**MESSAGE, Status="failed", ErrorCode=code.rjust(3, "0"))
    assert DELIVERY[code].verdict is verdict
    assert (report.status, report.code, report.description) == ("undelivered", code, DELIVERY[code].description)
    assert report.suppress == ("+31612345678" if verdict is SUPPRESS else "")


def test_no_code_of_a_message_is_left_out() -> None:
    assert set(DELIVERY) == {str(code) for codes in MESSAGES.values() for code in codes}


def test_a_state_of_a_message_that_nobody_knows_is_news_and_no_status() -> None:
    assert reported(**MESSAGE, Status="pondered").status is None


def test_an_empty_state_is_none() -> None:
    assert received(**MESSAGE, Status="").reports == ()


def test_a_time_with_a_zone_is_read_in_it() -> None:
    report = reported(**MESSAGE, Status="sent", SentTime="2026-01-02 04:04:05+01:00")
    assert report.at == 1_767_323_045.0
