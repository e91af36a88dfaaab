"""What SNS tells of a platform application: that a push could not be delivered.

The events' form, and the types of failure, were seen and not read in Amazon's documentation: whatever else there is
says that it was not delivered, too.

https://docs.aws.amazon.com/sns/latest/dg/application-event-notifications.html"""

import re
from datetime import datetime
from typing import Final

from dapi_common.events.shapes import JsonObject
from dapi_common.provider.callback import Received, Report
from dapi_common.provider.http import json_object
from dapi_common.provider.verdict import ErrorTable, Row, Verdict

# FailureType
FAILURES: Final[ErrorTable] = {
    "EndpointDisabled": Row(Verdict.SUPPRESS, "the endpoint is disabled until its token is renewed"),
    "InvalidNotification": Row(Verdict.PERMANENT, "the platform does not take such a notification"),
    "DeliveryFailedPerm": Row(Verdict.PERMANENT, "the platform refused for good"),
}
_OTHER: Final = Row(Verdict.PERMANENT, "the push could not be delivered")
_WORD: Final = re.compile(r"[A-Za-z]{1,64}")


def read(text: str) -> Received:
    """The text is a notification's. Nothing comes of what is no failure: endpoints are created, changed and deleted."""
    event = json_object(text)
    if event.get("EventType") != "DeliveryFailure" or not _text(event, "MessageId"):
        return Received()
    return Received(reports=[_report(event)])


def _report(event: JsonObject) -> Report:
    kind = _text(event, "FailureType")
    row = FAILURES.get(kind, _OTHER)
    return Report(
        ref=_text(event, "MessageId"),
        event="DeliveryFailure",
        status="undelivered",
        reply=event,
        code=kind if _WORD.fullmatch(kind) else "unknown",
        description=row.description,
        at=_moment(_text(event, "Time")),
        suppress=_text(event, "EndpointArn") if row.verdict is Verdict.SUPPRESS else "",
    )


def _moment(text: str) -> float | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.timestamp() if moment.tzinfo else None


def _text(given: JsonObject, name: str) -> str:
    value = given.get(name)
    return value if isinstance(value, str) else ""
