"""What a webhook's event means: https://documentation.mailgun.com/docs/mailgun/user-manual/events/event-structure

One id names a mail, and events are of one recipient each. Only a failure that is permanent is final; a `delivered` may
still be followed by one (a delayed bounce)."""

from collections.abc import Mapping
from typing import Final

from dapi_common.events.shapes import JsonObject
from dapi_common.provider.callback import Inbound, InboundKind, ReceiptStatus, Received, Report
from dapi_common.provider.verdict import ErrorTable, Row, Verdict
from provider_mailgun.addresses import entries, first

STATUSES: Final[Mapping[str, ReceiptStatus]] = {
    "accepted": "accepted",
    "delivered": "delivered",
    "opened": "delivered",
    "clicked": "delivered",
    "rejected": "undelivered",
}
SEVERITIES: Final[Mapping[str, ReceiptStatus]] = {"temporary": "sent", "permanent": "undelivered"}
"""Of a `failed`: Mailgun goes on trying, or has given up."""
PEOPLE: Final[Mapping[str, InboundKind]] = {"complained": "complaint", "unsubscribed": "opt-out"}
"""Events that are the recipient's own doing."""
# `reason` of a permanent failure, as Mailgun's pages show them. What says nothing of the recipient suppresses nobody.
REASONS: Final[ErrorTable] = {
    "bounce": Row(Verdict.SUPPRESS, "the recipient's server refused it for good"),
    "suppress-bounce": Row(Verdict.SUPPRESS, "the address bounced before"),
    "suppress-complaint": Row(Verdict.SUPPRESS, "the recipient complained before"),
    "suppress-unsubscribe": Row(Verdict.SUPPRESS, "the recipient unsubscribed before"),
    "old": Row(Verdict.PERMANENT, "the recipient's server did not take it in time"),
    "espblock": Row(Verdict.PERMANENT, "the recipient's provider blocks the sender"),
    "greylisted": Row(Verdict.PERMANENT, "the recipient's server put it off too often"),
}
_FAILED = Row(Verdict.SUPPRESS, "it could not be delivered")
_GOING_ON = "it was not taken yet, and is tried again"
_MOST_PARTS = 1000


def received(event: JsonObject) -> Received:
    """An event of a mail that we sent; any other is of no interest (`stored` comes as the mail itself)."""
    name = str(event.get("event", ""))[:32]
    ref, reference = (
        _text(_headers(event), "message-id").strip("<>"),
        _text(_object(event, "user-variables"), "dapi_ref"),
    )
    reports = [_report(event, name, ref, reference)] if (ref or reference) and name != "stored" else []
    return Received(reports=reports, inbound=[_inbound(event, PEOPLE[name])] if name in PEOPLE else [])


def _report(event: JsonObject, name: str, ref: str, reference: str) -> Report:
    status = SEVERITIES.get(_text(event, "severity")) if name == "failed" else STATUSES.get(name)
    has_failed = name == "failed" and status == "undelivered"
    row = REASONS.get(_text(event, "reason"), _FAILED)
    is_over = name in PEOPLE or (has_failed and row.verdict is Verdict.SUPPRESS)
    return Report(
        ref=ref,
        event=name,
        status=status,
        reply=event,
        code=_code(event) if name == "failed" else "",
        description=row.description if has_failed else _GOING_ON if name == "failed" else "",
        part=_text(event, "recipient"),
        parts=_parts(event),
        is_bounce=has_failed and _object(event, "flags").get("is-delayed-bounce") is True,
        at=_moment(event),
        suppress=_text(event, "recipient") if is_over else "",
        reference=reference,
    )


def _inbound(event: JsonObject, kind: InboundKind) -> Inbound:
    """An event's id is unique within a day only."""
    return Inbound(
        id=f"{_text(event, 'id')} {_moment(event)} {_text(event, 'recipient')}",
        kind=kind,
        channel="email",
        sender=_text(event, "recipient"),
        recipient=first(_headers(event).get("from")),
        reply=event,
        suppress=True,
    )


def _parts(event: JsonObject) -> int:
    """How many recipients the mail has, as far as its headers tell (they never name blind copies)."""
    headers = _headers(event)
    visible = len(entries(_text(headers, "to"))) + len(entries(_text(headers, "cc")))
    listed = _object(event, "message").get("recipients")
    return max(1, min(_MOST_PARTS, max(visible, len(listed) if isinstance(listed, list) else 0)))


def _code(event: JsonObject) -> str:
    """What the recipient's server said, or Mailgun in its place (605: it did not even try)."""
    code = str(_object(event, "delivery-status").get("code", ""))
    if code.isdecimal() and len(code) < 5 and int(code) > 0:
        return code
    reason = _text(event, "reason")
    return reason if reason in REASONS else "failed"


def _moment(event: JsonObject) -> float | None:
    stamp = event.get("timestamp")
    return float(stamp) if isinstance(stamp, int | float) and not isinstance(stamp, bool) else None


def _headers(event: JsonObject) -> JsonObject:
    return _object(_object(event, "message"), "headers")


def _object(outer: JsonObject, name: str) -> JsonObject:
    value = outer.get(name)
    return value if isinstance(value, dict) else {}


def _text(outer: JsonObject, name: str) -> str:
    value = outer.get(name)
    return value if isinstance(value, str) else ""
