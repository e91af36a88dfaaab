import pytest

from dapi_common.events.shapes import JsonObject
from dapi_common.provider import catalog

SMS: JsonObject = {"src": "+14150000001", "dst": "+31612345678", "text": "Hi"}
CALL: JsonObject = {"from": "+14150000001", "to": "+31612345678", "answer_url": "https://example.org/xml"}
SAID: JsonObject = {"from": "+14150000001", "to": "+31612345678", "text": "Hi"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"src": None}, "/src"),
        ({"powerpack_uuid": "p-1"}, "/powerpack_uuid"),
        ({"src": "DeliveryFirm1"}, "/src"),
        ({"src": "415000000100000"}, "/src"),
        ({"src": "31612345678"}, "/dst"),
        ({"dst": "+31612345678<+31612345679"}, "/dst"),
        ({"dst": "0612345678"}, "/dst"),
        ({"text": None}, "/text"),
        ({"text": ""}, "/text"),
        ({"text": "a" * 1601}, "/text"),
        ({"text": "€" * 801}, "/text"),
        ({"text": "ж" * 738}, "/text"),
        ({"text": "😀" * 369}, "/text"),
        ({"type": "fax"}, "/type"),
        ({"media_urls": ["https://example.org/1"]}, "/media_urls"),
        ({"log": True}, "/log"),
        ({"log": "no"}, "/log"),
        ({"message_expiry": 4}, "/message_expiry"),
        ({"message_expiry": 10_800}, "/message_expiry"),
        ({"url": "https://example.org/receipts"}, "/url"),
        ({"method": "GET"}, "/method"),
    ],
)
def test_what_plivo_would_not_take_is_refused_before_it_is_accepted(changes: JsonObject, field: str) -> None:
    problem = catalog.check_arguments("plivo", "sms", SMS | changes)
    assert problem is not None
    assert problem.field == field


@pytest.mark.parametrize(
    "changes",
    [
        {"text": "a" * 1600},
        {"text": "€" * 800},
        {"text": "ж" * 737},
        {"text": "😀" * 368},
        {"src": "Dapi"},
        {"src": "12345"},
        {"dst": "31612345678"},
        {"message_expiry": 5},
        {"message_expiry": 10_799},
        {"log": "content_only"},
    ],
)
def test_the_limits_themselves_are_taken(changes: JsonObject) -> None:
    assert catalog.check_arguments("plivo", "sms", SMS | changes) is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"answer_url": None}, "/answer_url"),
        ({"text": "Hi"}, "/text"),
        ({"language": "en"}, "/text"),
        ({"from": "sip:a@example.org"}, "/from"),
        ({"to": "sip:a@example.org"}, "/to"),
        ({"answer_method": "PUT"}, "/answer_method"),
        ({"machine_detection": True}, "/machine_detection"),
        ({"machine_detection_time": 1999}, "/machine_detection_time"),
        ({"caller_name": "a" * 51}, "/caller_name"),
        ({"hangup_url": "https://example.org/receipts"}, "/hangup_url"),
        ({"ring_url": "https://example.org/receipts"}, "/ring_url"),
        ({"callback_url": "https://example.org/receipts"}, "/callback_url"),
        ({"machine_detection_url": "https://example.org/receipts"}, "/machine_detection_url"),
    ],
)
def test_a_call_that_plivo_would_not_make_is_refused_before_it_is_accepted(changes: JsonObject, field: str) -> None:
    problem = catalog.check_arguments("plivo", "voice", CALL | changes)
    assert problem is not None
    assert problem.field == field


@pytest.mark.parametrize("changes", [{"answer_method": "GET"}, {"text": "a\x00"}])
def test_a_text_brings_nothing_of_a_document_s(changes: JsonObject) -> None:
    assert catalog.check_arguments("plivo", "voice", SAID) is None
    assert catalog.check_arguments("plivo", "voice", SAID | changes) is not None


def test_the_recipient_may_come_from_a_contact() -> None:
    assert catalog.check_arguments("plivo", "sms", {"src": "Dapi", "text": "Hi"}, from_contact=True) is None
    assert catalog.check_arguments("plivo", "voice", {"from": "123", "text": "Hi"}, from_contact=True) is None
