"""The one thing that SNS tells of a push: that an endpoint did not get it.

https://docs.aws.amazon.com/sns/latest/dg/application-event-notifications.html
"""

from collections.abc import Sequence

from simulator.accounts import Account
from simulator.merging import merged
from simulator.posts import Post
from simulator.provider import Taken
from simulator.receipts import ReceiptPlan
from simulator.sns_topics import Happening, Topics, iso, own_fields

UNKNOWN = "94f20ce6-13c5-43a0-9a9a-ffffffffffff"
WORDS = {"undelivered": "DeliveryFailure"}
UNTOLD = frozenset({"accepted", "sent", "delivered"})
"""What only CloudWatch learns."""
MESSAGES = {
    "EndpointDisabled": "Endpoint is disabled",
    "InvalidNotification": "Notification is not valid",
    "DeliveryFailedPerm": "Platform rejected the notification",
}


def receipts(
    topics: Topics, account: Account, taken: Taken, plan: ReceiptPlan, number: int, at: float
) -> Sequence[Post]:
    """None for what SNS does not tell, or where nobody listens. A code is a `FailureType`."""
    if plan.status in UNTOLD or not account.webhook_url:
        return ()
    failure = plan.code or "EndpointDisabled"
    event = {
        "EventType": WORDS.get(plan.status, plan.status),
        "MessageId": UNKNOWN if plan.unknown_message else taken.id,
        "EndpointArn": taken.submission.to,
        "Resource": _application(taken.submission.to),
        "FailureType": failure,
        "FailureMessage": MESSAGES.get(failure, "Delivery failed"),
        "DeliveryAttempts": 1,
        "Service": "SNS",
        "Time": iso(at),
    }
    happening = Happening(f"{taken.id}/{number}", at, plan.fields, plan.forged)
    return (topics.notification(account, merged(event, own_fields(plan.fields)), happening),)


def _application(endpoint: str) -> str:
    """`…:endpoint/GCM/App/<uuid>` is of `…:app/GCM/App`."""
    return endpoint.rpartition("/")[0].replace(":endpoint/", ":app/")
