import pytest

from simulator.twilio_calls import Call, Calls, resource

NOON = 1767355200.0  # 2026-01-02 12:00 UTC
DAY = 86_400.0


def call(n: int, to: str = "+316", sender: str = "+1500", at: float = NOON) -> Call:
    return Call(f"CA{n}", "AC1", at, {"To": to, "From": sender})


@pytest.fixture
def calls() -> Calls:
    calls = Calls()
    calls.add(call(1))
    calls.add(call(2, to="+317", at=NOON + DAY))
    calls.add(call(3, sender="+1501", at=NOON + 2 * DAY))
    return calls


def found(calls: Calls, query: dict[str, str], account: str = "AC1") -> list[object]:
    shown = calls.page(account, "/Calls.json", query)["calls"]
    assert isinstance(shown, list)
    return [each["sid"] for each in shown]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["CA3", "CA2", "CA1"]),
        ({"To": "+316"}, ["CA3", "CA1"]),
        ({"To": "+316", "From": "+1500"}, ["CA1"]),
        ({"Status": "completed"}, []),
        ({"StartTime": "2026-01-03"}, ["CA2"]),
        ({"StartTime>": "2026-01-03"}, ["CA3", "CA2"]),
        ({"StartTime<": "2026-01-03"}, ["CA2", "CA1"]),
        ({"StartTime>": "2026-01-03T12:00:00Z"}, ["CA3", "CA2"]),
        ({"StartTime>": "2026-01-03T12:00:01Z"}, ["CA3"]),
        ({"PageSize": "2", "Page": "1"}, ["CA1"]),
    ],
)
def test_a_look_up_finds_the_newest_first(calls: Calls, query: dict[str, str], expected: list[str]) -> None:
    assert found(calls, query) == expected


def test_no_account_sees_anothers_calls(calls: Calls) -> None:
    assert found(calls, {}, "AC2") == []
    assert calls.find("AC2", "CA1") is None


@pytest.mark.parametrize("query", [{"PageSize": "0"}, {"StartTime>": "today"}])
def test_a_query_that_makes_no_sense_is_refused(calls: Calls, query: dict[str, str]) -> None:
    with pytest.raises(ValueError):
        found(calls, query)


@pytest.mark.parametrize(
    ("status", "duration", "is_begun", "is_over"),
    [
        ("queued", None, False, False),
        ("ringing", None, False, False),
        ("in-progress", None, True, False),
        ("completed", "12", True, True),
        ("busy", "0", True, True),
    ],
)
def test_times_and_duration_come_with_the_status(
    status: str, duration: str | None, is_begun: bool, is_over: bool
) -> None:
    one = call(1)
    one.note(status)
    shown = resource(one)
    assert (shown["status"], shown["duration"], shown["queue_time"]) == (status, duration, "0")
    assert (shown["start_time"] is not None, shown["end_time"] is not None) == (is_begun, is_over)
