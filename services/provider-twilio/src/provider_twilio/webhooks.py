"""What Twilio tells: how a message or a call is getting on, and what people send to the account's numbers.

https://www.twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks
https://www.twilio.com/docs/voice/api/call-resource#statuscallback
https://www.twilio.com/docs/messaging/guides/webhook-request"""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Final

from dapi_common.provider.callback import (
    Answer,
    Callback,
    Inbound,
    InboundKind,
    ReceiptStatus,
    Received,
    Rejected,
    Report,
)
from dapi_common.provider.keywords import kind_of
from dapi_common.provider.verdict import Verdict
from provider_twilio.errors import KNOWN, code_of
from provider_twilio.signature import signed

MESSAGES: Final[Mapping[str, ReceiptStatus]] = {
    "accepted": "accepted",
    "scheduled": "accepted",
    "queued": "accepted",
    "sending": "accepted",
    "sent": "sent",
    "delivered": "delivered",
    "read": "delivered",
    "undelivered": "undelivered",
    "failed": "undelivered",
    "canceled": "undelivered",
}
"""`partially_delivered` (other channels only) is news, but says neither."""
CALLS: Final[Mapping[str, tuple[ReceiptStatus, str]]] = {
    "queued": ("accepted", ""),
    "initiated": ("sent", ""),
    "ringing": ("sent", ""),
    "in-progress": ("sent", ""),
    "completed": ("delivered", ""),
    "busy": ("undelivered", "the line was busy"),
    "no-answer": ("undelivered", "nobody answered"),
    "canceled": ("undelivered", "the call was canceled"),
    "failed": ("undelivered", "the call failed"),
}
_ARRIVED: Final = ("", "receiving", "received")
"""Of a message that somebody sent to us."""
_ADVANCED_OPT_OUT: Final[Mapping[str, InboundKind]] = {"STOP": "opt-out", "START": "opt-in", "HELP": "message"}
_TWIML: Final = Answer("<Response/>", "text/xml")


def read(callback: Callback) -> Received | Rejected:
    """At one message's URL there are reports only; at the account's, both."""
    told = signed(callback)
    if told is None:
        return Rejected(403, "the signature is missing, or not of this account's key")
    if "CallSid" in told:
        return _call(told)
    sid = told.get("MessageSid") or told.get("SmsSid")
    status = told.get("MessageStatus") or told.get("SmsStatus") or ""
    if not sid:
        return Received()
    if status not in _ARRIVED:
        return Received(reports=[_message(sid, status, told)])
    return Received() if callback.is_of_message else _inbound(sid, told)


def _message(sid: str, status: str, told: Mapping[str, str]) -> Report:
    code = code_of(told.get("ErrorCode"))
    row = KNOWN.get(code)
    return Report(
        ref=sid,
        event=status,
        status=MESSAGES.get(status),
        reply=dict(told),
        code=code,
        description=row.description if row else "",
        suppress=told.get("To", "") if row and row.verdict is Verdict.SUPPRESS else "",
    )


def _call(told: Mapping[str, str]) -> Received:
    """A call to one of the account's numbers is answered with nothing, and so ends."""
    event = told.get("CallStatus")
    if told.get("Direction") == "inbound":
        return Received(answer=_TWIML)
    if not event:
        return Received()
    status, description = CALLS.get(event, (None, ""))
    code, at = code_of(told.get("ErrorCode")), _time(told.get("Timestamp", ""))
    row = KNOWN.get(code)
    return Received(
        reports=[
            Report(
                ref=told["CallSid"],
                event=event,
                status=status,
                reply=dict(told),
                code=code,
                description=row.description if row else description,
                at=at,
            )
        ]
    )


def _inbound(sid: str, told: Mapping[str, str]) -> Received:
    """`OptOutType` is what an account with Advanced Opt-Out made of the text, in any language."""
    text, sender = told.get("Body", ""), told.get("From", "")
    if not sender:
        return Received(answer=_TWIML)
    kind = _ADVANCED_OPT_OUT.get(told.get("OptOutType", ""), kind_of(text))
    inbound = Inbound(
        id=sid,
        kind=kind,
        channel="sms",
        sender=sender,
        recipient=told.get("To", ""),
        reply=dict(told),
        text=text,
        suppress=kind == "opt-out",
    )
    return Received(inbound=[inbound], answer=_TWIML)


def _time(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError):
        return None
