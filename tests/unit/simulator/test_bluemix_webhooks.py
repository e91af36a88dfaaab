from collections.abc import Sequence

import orjson
import pytest

from simulator.accounts import Account, Accounts
from simulator.bluemix import Bluemix
from simulator.provider import Submission, Taken
from simulator.receipts import InboundPlan, ReceiptPlan

NOW = 1487524517.353
HOOK = "https://hooks.example.org/ibm"
ACCOUNT = Account(provider="bluemix-push-notifications", user="app", secret="s", webhook_url=HOOK)


def told(status: str, **changes: object) -> list[dict[str, object]]:
    return posted(ReceiptPlan.model_validate({"status": status, **changes}))


def posted(plan: ReceiptPlan, devices: Sequence[str] = ("d1", "d2"), hook: str = HOOK) -> list[dict[str, object]]:
    account = ACCOUNT.model_copy(update={"webhook_url": hook})
    body = orjson.dumps({"message": {"alert": "Hi"}, "target": {"deviceIds": devices}}).decode()
    submission = Submission("app", "d1", "", "", {"body": body}, "push")
    bluemix = Bluemix(Accounts((account,)), lambda: NOW)
    posts = bluemix.receipts(Taken(submission, "b0000001", 1, NOW), plan, 0, NOW)
    assert {(post.url, post.headers["Content-Type"]) for post in posts} <= {(HOOK, "application/json")}
    return [orjson.loads(post.body) for post in posts]


def entity(status: str, **changes: object) -> dict[str, object]:
    (event,) = told(status, part=1, **changes)
    found = event["entity"]
    assert isinstance(found, dict)
    return found


def test_each_device_has_an_event() -> None:
    first, second = told("SENT")
    assert first == {
        "type": "onNotificationStatusChange",
        "applicationId": "app",
        "eventTimeStamp": 1487524517353,
        "entity": {"messageId": "b0000001", "deviceIds": ["d1"], "platform": "G", "msgStatus": "SENT"},
    }
    assert second["entity"] == {"messageId": "b0000001", "deviceIds": ["d2"], "platform": "G", "msgStatus": "SENT"}


@pytest.mark.parametrize(
    ("status", "word"),
    [("accepted", "SENT"), ("sent", "SENT"), ("delivered", "SEEN"), ("OPEN", "OPEN"), ("FAILED", "FAILED")],
)
def test_each_word_is_a_status(status: str, word: str) -> None:
    assert entity(status)["msgStatus"] == word


@pytest.mark.parametrize(("code", "reason"), [("", "InvalidRegistration"), ("NotRegistered", "NotRegistered")])
def test_a_failure_has_a_reason(code: str, reason: str) -> None:
    (event,) = told("undelivered", part=2, code=code)
    assert event["type"] == "onNotificationFailure"
    assert event["entity"] == {
        "messageId": "b0000001",
        "deviceIds": ["d2"],
        "platform": "G",
        "failureReason": reason,
    }


def test_a_broadcast_has_one_event_for_all() -> None:
    (event,) = posted(ReceiptPlan(status="SENT"), devices=())
    found = event["entity"]
    assert isinstance(found, dict)
    assert found["deviceIds"] == []


def test_an_unknown_message_and_a_foreign_application() -> None:
    assert entity("SENT", unknown_message=True)["messageId"] == "zzzzzzzz"
    (event,) = told("SENT", part=1, forged=True)
    assert event["applicationId"] == "forged"


def test_a_plans_own_fields_reach_inside() -> None:
    assert entity("SENT", fields={"entity.platform": "A"})["platform"] == "A"


def test_nobody_is_told_without_a_url_and_nothing_comes_in() -> None:
    assert posted(ReceiptPlan(status="SENT"), hook="") == []
    plan = InboundPlan(provider="bluemix-push-notifications", account="app")
    assert Bluemix(Accounts((ACCOUNT,))).inbound(ACCOUNT, plan, 1, NOW) == ()
