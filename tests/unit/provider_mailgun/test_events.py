import pytest
from hypothesis import given
from hypothesis import strategies as st

from dapi_common.events.shapes import JsonObject
from dapi_common.provider.callback import Received, Report
from provider_mailgun import events

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(
    ["event", "severity", "reason", "id", "timestamp", "recipient", "flags", "delivery-status", "message"]
)


def mail(event: str, to: str = "b@example.net", **more: object) -> JsonObject:
    headers = {"message-id": "m1@mg", "to": to, "from": "a@example.org"}
    return {"event": event, "id": "e1", "recipient": "b@example.net", "message": {"headers": headers}, **more}


def report(event: JsonObject) -> Report:
    return events.received(event).reports[0]


@pytest.mark.parametrize("event", ["complained", "unsubscribed", "teleported"])
def test_news_that_is_no_status_has_none(event: str) -> None:
    assert report(mail(event)).status is None


def test_a_failure_of_unknown_severity_is_no_status_and_suppresses_nobody() -> None:
    told = report(mail("failed", reason="bounce"))
    assert (told.status, told.suppress) == (None, "")


def test_a_complaint_comes_once_however_often_it_is_told() -> None:
    first, again = (events.received(mail("complained", timestamp=1.5)) for _ in range(2))
    assert first.inbound[0].id == again.inbound[0].id
    assert events.received(mail("complained", timestamp=90_000.5)).inbound[0].id != first.inbound[0].id


@pytest.mark.parametrize(
    ("to", "parts"), [("", 1), ("b@example.net", 1), ("a@x.org, b@x.org", 2), ("a@x.org," * 5000, 1000)]
)
def test_the_headers_tell_how_many_recipients_there_are(to: str, parts: int) -> None:
    assert report(mail("delivered", to)).parts == parts


@pytest.mark.parametrize("code", [0, None, "b@example.net", 12345, True])
def test_a_code_that_is_none_gives_way_to_the_reason(code: object) -> None:
    told = {**mail("failed", severity="permanent", reason="bounce"), "delivery-status": {"code": code}}
    assert report(told).code == "bounce"
    assert report({**told, "reason": "for b@example.net"}).code == "failed"


@given(event=st.dictionaries(NAMES | st.text(max_size=8), JSON, max_size=8))
def test_whatever_an_event_holds_it_is_read(event: JsonObject) -> None:
    assert isinstance(events.received(event), Received)
    assert isinstance(events.received({**mail("failed"), **event}), Received)
