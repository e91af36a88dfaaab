from collections.abc import Mapping

import pytest

from simulator.twilio_messages import Message, Messages, resource

ACCOUNT = "AC1"
NOON = 1767355200.0  # 2026-01-02 12:00 UTC
DAY = 86_400.0


def message(n: int, to: str = "+316", sender: str = "+1500", at: float = NOON, service: str = "") -> Message:
    return Message(f"SM{n}", ACCOUNT, to, sender, service, f"text {n}", "0", scheduled=False, at=at)


def found(messages: Messages, query: Mapping[str, str], account: str = ACCOUNT) -> list[object]:
    page = messages.page(account, "/Messages.json", query)["messages"]
    assert isinstance(page, list)
    return [shown["sid"] for shown in page]


@pytest.fixture
def messages() -> Messages:
    messages = Messages()
    messages.add(message(1))
    messages.add(message(2, to="+317", at=NOON + DAY))
    messages.add(message(3, sender="+1501", at=NOON + 2 * DAY))
    return messages


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["SM3", "SM2", "SM1"]),
        ({"To": "+316"}, ["SM3", "SM1"]),
        ({"To": "+316", "From": "+1500"}, ["SM1"]),
        ({"To": "+399"}, []),
        ({"DateSent": "2026-01-03"}, ["SM2"]),
        ({"DateSent>": "2026-01-03"}, ["SM3", "SM2"]),
        ({"DateSent<": "2026-01-03"}, ["SM2", "SM1"]),
        ({"PageSize": "2"}, ["SM3", "SM2"]),
        ({"PageSize": "2", "Page": "1"}, ["SM1"]),
    ],
)
def test_a_look_up_finds_the_newest_first(messages: Messages, query: dict[str, str], expected: list[str]) -> None:
    assert found(messages, query) == expected


def test_no_account_sees_anothers_messages(messages: Messages) -> None:
    assert found(messages, {}, account="AC2") == []
    assert messages.find("AC2", "SM1") is None


def test_pages_name_their_neighbours(messages: Messages) -> None:
    first = messages.page(ACCOUNT, "/m", {"PageSize": "2"})
    assert (first["previous_page_uri"], first["next_page_uri"]) == (None, "/m?PageSize=2&Page=1")
    last = messages.page(ACCOUNT, "/m", {"PageSize": "2", "Page": "1"})
    assert (last["previous_page_uri"], last["next_page_uri"]) == ("/m?PageSize=2&Page=0", None)


@pytest.mark.parametrize("query", [{"PageSize": "many"}, {"PageSize": "0"}, {"Page": "-1"}, {"DateSent": "today"}])
def test_a_query_that_makes_no_sense_is_refused(messages: Messages, query: dict[str, str]) -> None:
    with pytest.raises(ValueError):
        messages.page(ACCOUNT, "/m", query)


def test_segments_of_a_service_are_known_later() -> None:
    by_service = message(1, sender="", service="MG1")
    created, later = resource(by_service, "queued"), resource(by_service, "sent")
    assert (created["status"], created["num_segments"], created["from"]) == ("accepted", "0", None)
    assert (later["status"], later["num_segments"]) == ("sent", "1")
    assert later["date_sent"] == "Fri, 02 Jan 2026 12:00:00 +0000"
