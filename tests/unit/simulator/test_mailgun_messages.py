from collections.abc import Mapping
from types import MappingProxyType

import pytest

from simulator.mailgun_messages import Message, Messages
from simulator.provider import Submission

DOMAIN = "mg.example.org"
NOON = 1767355200.0  # 2026-01-02 12:00 UTC


def message(seq: int, at: float = NOON, to: str = "b@y.org", own: Mapping[str, str] = MappingProxyType({})) -> Message:
    form = {"from": "a@x.org", "to": to, "subject": "Hi", "text": "t", **own}
    return Message.of(Submission(DOMAIN, "b@y.org", "a@x.org", "", form), seq, at)


def found(messages: Messages, query: Mapping[str, str], domain: str = DOMAIN) -> list[object]:
    return [event["id"] for event in messages.page(domain, query)]


@pytest.fixture
def messages() -> Messages:
    messages = Messages()
    messages.add(message(1))
    messages.add(message(2, at=NOON + 60, to="b@y.org, c@y.org"))
    messages.note(message(1).id, message(1).event("delivered", "b@y.org", NOON + 120, 1))
    return messages


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["1-0-delivered-1", "2-0-accepted-0", "2-1-accepted-0", "1-0-accepted-0"]),
        ({"ascending": "yes"}, ["1-0-accepted-0", "2-0-accepted-0", "2-1-accepted-0", "1-0-delivered-1"]),
        ({"recipient": "c@y.org"}, ["2-1-accepted-0"]),
        ({"recipient": "d@y.org"}, []),
        ({"event": "delivered"}, ["1-0-delivered-1"]),
        ({"message-id": "20260102030405.1.0000000000000001@mg.example.org", "event": "accepted"}, ["1-0-accepted-0"]),
        ({"message-id": "x"}, []),
        ({"begin": f"{NOON + 30}"}, ["2-0-accepted-0", "2-1-accepted-0", "1-0-delivered-1"]),
        ({"begin": "Fri, 02 Jan 2026 12:01:30 +0000"}, ["1-0-delivered-1"]),
        ({"begin": f"{NOON + 30}", "end": f"{NOON + 90}"}, ["2-0-accepted-0", "2-1-accepted-0"]),
        ({"begin": f"{NOON + 90}", "end": f"{NOON}"}, ["2-0-accepted-0", "2-1-accepted-0", "1-0-accepted-0"]),
        ({"end": f"{NOON + 30}"}, ["1-0-accepted-0"]),
        ({"limit": "1"}, ["1-0-delivered-1"]),
    ],
)
def test_a_look_up_finds_what_was_asked_for(messages: Messages, query: dict[str, str], expected: list[str]) -> None:
    assert found(messages, query) == expected


def test_no_domain_sees_anothers(messages: Messages) -> None:
    assert found(messages, {"recipient": "b@y.org"}, domain="other.example.org") == []


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "301"}, {"limit": "all"}, {"begin": "soon"}])
def test_a_query_that_makes_no_sense_is_refused(messages: Messages, query: dict[str, str]) -> None:
    with pytest.raises(ValueError):
        messages.page(DOMAIN, query)


def test_an_event_gives_back_variables_tags_and_the_bare_id() -> None:
    own = {"v:dapi_id": "m-1", "v:order": '{"n":1}', "v:odd": "{", "o:tag": "a, b", "o:testmode": "yes"}
    event = message(7, own=own).event("accepted", "b@y.org", NOON)
    assert event["user-variables"] == {"dapi_id": "m-1", "order": {"n": 1}, "odd": "{"}
    assert event["tags"] == ["a", "b"]
    assert event["recipient-domain"] == "y.org"
    assert event["message"] == {
        "headers": {
            "message-id": "20260102030405.7.0000000000000007@mg.example.org",
            "to": "b@y.org",
            "from": "a@x.org",
            "subject": "Hi",
        },
        "attachments": [],
        "size": 1,
    }
    flags = event["flags"]
    assert isinstance(flags, dict)
    assert flags["is-test-mode"]


def test_the_last_message_to_somebody_is_found_or_made_up(messages: Messages) -> None:
    assert messages.last_to("b@y.org", DOMAIN, NOON).id.split(".")[1] == "2"
    assert messages.last_to("z@y.org", DOMAIN, NOON).recipients == ("z@y.org",)
