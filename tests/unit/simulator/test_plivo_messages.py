import pytest

from simulator.plivo_messages import Message, Messages, resource

NOON = 1767355200.0  # 2026-01-02 12:00 UTC


def message(n: int, to: str = "316", sender: str = "312", at: float = NOON) -> Message:
    return Message(f"uuid-{n}", "MA1", to, sender, 2, "sms", at)


@pytest.fixture
def messages() -> Messages:
    messages = Messages()
    messages.add(message(1))
    messages.add(message(2, to="317", at=NOON + 60))
    messages.add(message(3, sender="313", at=NOON + 120))
    return messages


def found(messages: Messages, account: str = "MA1", **query: str) -> list[object]:
    objects = messages.page(account, query)["objects"]
    assert isinstance(objects, list)
    return [each["message_uuid"] for each in objects]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["uuid-3", "uuid-2", "uuid-1"]),
        ({"to_number": "316"}, ["uuid-3", "uuid-1"]),
        ({"to_number": "316", "from_number": "312"}, ["uuid-1"]),
        ({"message_time__gte": "2026-01-02 12:01:00"}, ["uuid-3", "uuid-2"]),
        ({"message_time__gt": "2026-01-02 12:01"}, ["uuid-3"]),
        ({"message_time__lte": "2026-01-02 12:01:00.000000"}, ["uuid-2", "uuid-1"]),
        ({"message_time__lt": "2026-01-02 12:01"}, ["uuid-1"]),
        ({"message_time": "2026-01-02 12:01:00"}, ["uuid-2"]),
        ({"message_state": "delivered"}, []),
        ({"message_direction": "inbound"}, []),
        ({"limit": "1"}, ["uuid-3"]),
        ({"limit": "1", "offset": "1"}, ["uuid-2"]),
    ],
)
def test_a_look_up_finds_the_newest_first(messages: Messages, query: dict[str, str], expected: list[str]) -> None:
    assert found(messages, **query) == expected


def test_no_account_sees_anothers_messages(messages: Messages) -> None:
    assert found(messages, "MA2") == []
    assert messages.find("MA2", "uuid-1") is None


@pytest.mark.parametrize(
    "query", [{"limit": "21"}, {"limit": "0"}, {"limit": "x"}, {"offset": "-1"}, {"message_time__gte": "yesterday"}]
)
def test_a_query_that_makes_no_sense_is_refused(messages: Messages, query: dict[str, str]) -> None:
    with pytest.raises(ValueError):
        messages.page("MA1", query)


def test_what_has_become_of_it_is_shown_until_that_is_settled() -> None:
    one = message(1)
    assert (resource(one)["message_state"], resource(one)["error_code"]) == ("sent", "000")
    one.note("undelivered", "80")
    one.note("sent", "")
    assert (resource(one)["message_state"], resource(one)["error_code"]) == ("undelivered", "80")


def test_numbers_are_numbers_and_amounts_are_text() -> None:
    shown = resource(message(1))
    assert (shown["units"], shown["total_rate"], shown["total_amount"]) == (2, "0.00500", "0.01000")
    assert shown["message_time"] == "2026-01-02 12:00:00.000000+00:00"
