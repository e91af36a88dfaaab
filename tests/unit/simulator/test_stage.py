import orjson
import pytest

from simulator.accounts import Accounts
from simulator.nexmo import Nexmo
from simulator.provider import Taken
from simulator.scripts import EVERYBODY, Script
from simulator.stage import Settings, Stage, Verdict
from simulator.wire import FORM, Incoming

BODY = b"api_key=demo-key&api_secret=demo-secret&from=Dapi&to=31612345678&text=Hi&client-ref=m-1"


def play(step: dict[str, object], body: bytes = BODY, latency_ms: float = 0) -> tuple[Verdict, dict[str, object]]:
    """One submission under one step: the verdict, and its line in the ledger."""
    stage = Stage(clock=lambda: 1767359045.25)
    stage.settings = Settings(latency_ms=latency_ms)
    stage.scripts.put(EVERYBODY, Script.model_validate({"steps": [step]}))
    verdict = stage.play(Nexmo(Accounts()), Incoming("/sms/json", {"content-type": FORM}, body))
    return verdict, stage.ledger.latest(1)[0]


@pytest.mark.parametrize(
    ("step", "outcome", "status", "taken"),
    [
        ({"outcome": "accept"}, "accepted", 200, True),
        ({"outcome": "error", "code": "6"}, "refused", 200, False),
        ({"outcome": "error", "code": "1"}, "throttled", 200, False),
        ({"outcome": "throttle", "retry_after": 2}, "throttled", 429, False),
        ({"outcome": "http", "status": 503, "body": "later"}, "http", 503, False),
        ({"outcome": "error-after-accepting", "status": 502}, "error-after-accepting", 502, True),
        ({"outcome": "cut"}, "cut", 0, False),
        ({"outcome": "cut", "after_accepting": True}, "cut", 0, True),
        ({"outcome": "hang", "seconds": 9}, "hang", 0, False),
        ({"outcome": "hang", "seconds": 9, "after_accepting": True}, "hang", 200, True),
    ],
)
def test_every_step_is_played_and_written_down(step: dict[str, object], outcome: str, status: int, taken: bool) -> None:
    verdict, entry = play(step)
    assert (entry["outcome"], entry["status"], entry["id"] != "") == (outcome, status, taken)
    assert (verdict.reply.status if verdict.reply else 0) == status
    assert (entry["at"], entry["to"], entry["client_ref"]) == (1767359045.25, "31612345678", "m-1")


def test_what_the_provider_refuses_itself_uses_no_step() -> None:
    verdict, entry = play({"outcome": "cut"}, BODY.replace(b"demo-secret", b"wrong"))
    assert verdict.reply is not None
    assert orjson.loads(verdict.reply.body)["messages"][0]["status"] == "4"
    assert (entry["outcome"], entry["to"], entry["id"]) == ("refused", "31612345678", "")


def test_waits_add_up() -> None:
    verdict, _ = play({"outcome": "hang", "seconds": 2, "delay_ms": 500}, latency_ms=50)
    assert verdict.wait == pytest.approx(2.55)


@pytest.mark.parametrize(("seconds", "headers"), [(2, {"Retry-After": "2"}), (None, {})])
def test_a_throttle_says_when_to_come_back_if_asked(seconds: int | None, headers: dict[str, str]) -> None:
    verdict, _ = play({"outcome": "throttle", "retry_after": seconds})
    assert verdict.reply is not None
    assert verdict.reply.headers == headers


DELIVERED = {"status": "delivered"}


@pytest.mark.parametrize(
    ("step", "default", "expected"),
    [
        ({"outcome": "accept"}, [], []),
        ({"outcome": "accept"}, ["sent"], [["sent"]]),
        ({"outcome": "accept", "receipts": [DELIVERED]}, ["sent"], [["delivered"]]),
        ({"outcome": "accept", "receipts": []}, ["sent"], []),
        ({"outcome": "error-after-accepting", "receipts": [DELIVERED]}, [], [["delivered"]]),
        ({"outcome": "cut", "after_accepting": True}, ["sent"], [["sent"]]),
        ({"outcome": "hang", "seconds": 9, "after_accepting": True, "receipts": [DELIVERED]}, [], [["delivered"]]),
        ({"outcome": "cut", "receipts": [DELIVERED]}, ["sent"], []),
        ({"outcome": "error", "code": "6"}, ["sent"], []),
        ({"outcome": "http", "status": 503}, ["sent"], []),
    ],
)
def test_what_is_taken_is_reported_by_its_step_or_else_by_the_settings(
    step: dict[str, object], default: list[str], expected: list[list[str]]
) -> None:
    reports: list[tuple[Taken, list[str]]] = []
    stage = Stage(clock=lambda: 1767359045.25)
    stage.report = lambda provider, taken, plans: reports.append((taken, [plan.status for plan in plans]))
    stage.settings = Settings.model_validate({"receipts": [{"status": status} for status in default]})
    stage.scripts.put(EVERYBODY, Script.model_validate({"steps": [step]}))
    stage.play(Nexmo(Accounts()), Incoming("/sms/json", {"content-type": FORM}, BODY))
    assert [statuses for _, statuses in reports] == expected
    assert all((taken.id, taken.at, taken.seq) == ("0A00000000000101", 1767359045.25, 1) for taken, _ in reports)
