"""What IBM tells on its own: `onNotificationStatusChange` and `onNotificationFailure`, of one or several devices.

IBM documents no signature: the token in the account's URL is the proof, and the application that is named. Nothing that
is ours comes back, so a report names the message by IBM's id only.

https://github.com/IBM-Bluemix-Docs/mobilepush (webhooks)"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from dapi_common.events.shapes import JsonObject
from dapi_common.provider.callback import Callback, ReceiptStatus, Received, Rejected, Report

STATUSES: Final[Mapping[str, ReceiptStatus]] = {
    "ACCEPTED": "accepted",
    "PROCESSING": "accepted",
    "DISPATCHING": "sent",
    "DISPATCHED": "sent",
    "SENT": "sent",
    "SEEN": "delivered",
    "OPEN": "delivered",
    "FAILED": "undelivered",
}
FAILURE: Final = "onNotificationFailure"
_APPLICATION: Final = "applicationId"
_CHANGE: Final = "onNotificationStatusChange"
_GONE: Final = {"InvalidRegistration"}
"""Failures after which nothing reaches the device any more."""
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_MOST_DEVICES: Final = 1000


def read(callback: Callback) -> Received | Rejected:
    """What it means. Devices and subscriptions that come and go are of no interest."""
    event = callback.json()
    if not event:
        return Rejected(400, "no event") if callback.body else Received()
    own = callback.credentials["APP_GUID"]
    if event.get(_APPLICATION, own) != own:
        return Rejected(403, "an event of another application")
    entity = event.get("entity")
    if event.get("type") not in (_CHANGE, FAILURE) or not isinstance(entity, dict) or not _text(entity, "messageId"):
        return Received()
    return Received(reports=[_report(event, entity, device) for device in _devices(entity)])


def _report(event: JsonObject, entity: JsonObject, device: str) -> Report:
    told, reason = _text(entity, "msgStatus")[:32], _text(entity, "failureReason")
    status: ReceiptStatus | None = "undelivered" if event["type"] == FAILURE else STATUSES.get(told.upper())
    is_failure = status == "undelivered"
    return Report(
        ref=_text(entity, "messageId"),
        event=told or str(event["type"]),
        status=status,
        reply={name: value for name, value in event.items() if name != _APPLICATION},
        code=(reason if _WORD.fullmatch(reason) else "failed") if is_failure else "",
        description="the device was not reached" if is_failure else "",
        part=device,
        parts=len(_devices(entity)),
        at=_moment(event),
        suppress=device if is_failure and reason in _GONE else "",
    )


def _devices(entity: JsonObject) -> Sequence[str]:
    """[""] where none is named: it is about the whole message."""
    given = entity.get("deviceIds")
    named = [device for device in given if isinstance(device, str) and device] if isinstance(given, list) else []
    return list(dict.fromkeys(named))[:_MOST_DEVICES] or [""]


def _moment(event: JsonObject) -> float | None:
    """IBM counts milliseconds."""
    stamp = event.get("eventTimeStamp")
    return stamp / 1000 if isinstance(stamp, int | float) and not isinstance(stamp, bool) else None


def _text(outer: JsonObject, name: str) -> str:
    value = outer.get(name)
    return value if isinstance(value, str) else ""
