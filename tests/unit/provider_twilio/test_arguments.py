import pytest

from dapi_common.events.shapes import JsonObject
from dapi_common.provider import catalog

SMS: JsonObject = {"From": "+15005550006", "To": "+31612345678", "Body": "Hi"}
CALL: JsonObject = {"From": "+15005550006", "To": "+31612345678", "Url": "https://example.org/twiml"}
SAID: JsonObject = {"From": "+15005550006", "To": "+31612345678", "text": "Hi", "language": "en", "voice": "alice"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"To": "31612345678"}, "/To"),
        ({"From": None}, "/From"),
        ({"Body": None}, "/Body"),
        ({"Body": "a" * 1601}, "/Body"),
        ({"ValidityPeriod": 0}, "/ValidityPeriod"),
        ({"ValidityPeriod": 36_001}, "/ValidityPeriod"),
        ({"SendAt": "2026-01-02T03:04:05Z"}, "/SendAt"),
        ({"ScheduleType": "fixed"}, "/SendAt"),
        ({"ScheduleType": "fixed", "SendAt": "2026-01-02T03:04:05Z"}, "/MessagingServiceSid"),
        ({"StatusCallback": "https://example.org/receipts"}, "/StatusCallback"),
    ],
)
def test_what_twilio_would_not_take_is_refused_before_it_is_accepted(changes: JsonObject, field: str) -> None:
    assert catalog.check_arguments("twilio", "sms", SMS) is None
    problem = catalog.check_arguments("twilio", "sms", SMS | changes)
    assert problem is not None
    assert problem.field == field


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"To": "sip:a@example.org"}, "/To"),
        ({"From": None}, "/From"),
        ({"Url": None}, "/Url"),
        ({"Url": "ftp://example.org"}, "/Url"),
        ({"Twiml": "<Response/>"}, "/Twiml"),
        ({"ApplicationSid": "AP1"}, "/ApplicationSid"),
        ({"text": "Hi"}, "/text"),
        ({"voice": "alice"}, "/text"),
        ({"Url": None, "Twiml": "a" * 4001}, "/Twiml"),
        ({"Timeout": 601}, "/Timeout"),
        ({"MachineDetection": "yes"}, "/MachineDetection"),
        ({"SendDigits": "1" * 33}, "/SendDigits"),
        ({"StatusCallback": "https://example.org/receipts"}, "/StatusCallback"),
        ({"StatusCallbackEvent": ["completed"]}, "/StatusCallbackEvent"),
        ({"AsyncAmdStatusCallback": "https://example.org/receipts"}, "/AsyncAmdStatusCallback"),
    ],
)
def test_a_call_that_twilio_would_not_make_is_refused_before_it_is_accepted(changes: JsonObject, field: str) -> None:
    assert catalog.check_arguments("twilio", "voice", CALL) is None
    problem = catalog.check_arguments("twilio", "voice", CALL | changes)
    assert problem is not None
    assert problem.field == field


def test_a_text_needs_no_document_and_brings_nothing_of_one() -> None:
    assert catalog.check_arguments("twilio", "voice", SAID) is None
    assert catalog.check_arguments("twilio", "voice", SAID | {"Method": "GET"}) is not None
    assert catalog.check_arguments("twilio", "voice", SAID | {"text": "a" * 3001}) is not None


def test_the_recipient_may_come_from_a_contact() -> None:
    given = {name: value for name, value in SAID.items() if name != "To"}
    assert catalog.check_arguments("twilio", "voice", given, from_contact=True) is None


@pytest.mark.parametrize("label", ["evil.example", "a/b", "a@b", "-a", "a_b", "A", "a" * 64])
@pytest.mark.parametrize("key", ["REGION", "EDGE"])
def test_neither_region_nor_edge_leads_elsewhere(key: str, label: str) -> None:
    keys = {"ACCOUNT_SID": "AC1", "AUTH_TOKEN": "t0ken"}
    assert catalog.check_credentials("twilio", {**keys, key: "ie1"}) is None
    problem = catalog.check_credentials("twilio", {**keys, key: label})
    assert problem is not None
    assert problem.field == f"/{key}"
