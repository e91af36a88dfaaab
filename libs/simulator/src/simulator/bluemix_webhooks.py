"""What the service posts to its webhooks: JSON without any signature.

https://github.com/IBM-Bluemix-Docs/mobilepush
"""

from collections.abc import Sequence

import orjson

from simulator.accounts import Account
from simulator.bluemix_requests import section, texts
from simulator.merging import merged
from simulator.posts import Post
from simulator.provider import Taken
from simulator.receipts import ReceiptPlan

UNKNOWN = "zzzzzzzz"
# What a plan's word is to the service; others go out as they stand.
WORDS = {
    "accepted": "SENT",
    "sent": "SENT",
    "delivered": "SEEN",
    "undelivered": "onNotificationFailure",
}
REASON = "InvalidRegistration"


def status_change(account: Account, taken: Taken, plan: ReceiptPlan, at: float) -> Sequence[Post]:
    """One post a device (a `part` is one of them), one for all where devices are not named."""
    value = orjson.loads(taken.submission.fields["body"])
    devices = [[device] for device in texts(section(value, "target"), "deviceIds")] or [[]]
    chosen = devices if plan.part is None else devices[plan.part - 1 : plan.part]
    return [_post(account, _event(account, taken, plan, at, device), plan) for device in chosen]


def _event(account: Account, taken: Taken, plan: ReceiptPlan, at: float, devices: list[str]) -> dict[str, object]:
    word = WORDS.get(plan.status, plan.status)
    entity: dict[str, object] = {
        "messageId": UNKNOWN if plan.unknown_message else taken.id,
        "deviceIds": devices,
        "platform": "G",
    }
    if word == "onNotificationFailure":
        kind, entity = word, entity | {"failureReason": plan.code or REASON}
    else:
        kind, entity = "onNotificationStatusChange", entity | {"msgStatus": word}
    return {"type": kind, "applicationId": account.user, "eventTimeStamp": int(at * 1000), "entity": entity}


def _post(account: Account, event: dict[str, object], plan: ReceiptPlan) -> Post:
    """There is no signature to forge: a forged one is of an application that nobody has."""
    if plan.forged:
        event = event | {"applicationId": "forged"}
    body = orjson.dumps(merged(event, plan.fields))
    return Post(account.webhook_url, body, {"Content-Type": "application/json"})
