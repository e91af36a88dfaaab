"""What Plivo tells: how a message or a call is getting on, and what people send to the account's numbers.

https://www.plivo.com/docs/messaging/concepts/message-status-callbacks
https://www.plivo.com/docs/messaging/concepts/handling-incoming-messages
https://www.plivo.com/docs/voice/api/call/make-a-call"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
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
from dapi_common.provider.verdict import ErrorTable, Verdict
from provider_plivo.errors import DELIVERY, HANGUPS, NORMAL_END
from provider_plivo.signature import is_genuine

MESSAGES: Final[Mapping[str, ReceiptStatus]] = {
    "queued": "accepted",
    "sent": "sent",
    "delivered": "delivered",
    "read": "delivered",
    "undelivered": "undelivered",
    "rejected": "undelivered",
    "failed": "undelivered",
}
CALLS: Final[Mapping[str, tuple[ReceiptStatus, str]]] = {
    "ringing": ("sent", ""),
    "in-progress": ("sent", ""),
    "completed": ("delivered", ""),
    "busy": ("undelivered", "the line was busy"),
    "no-answer": ("undelivered", "nobody answered"),
    "timeout": ("undelivered", "nobody answered in time"),
    "cancel": ("undelivered", "the call was cancelled"),
    "failed": ("undelivered", "the call failed"),
}
_TIMES: Final[Mapping[str, str]] = {"queued": "QueuedTime", "sent": "SentTime"}
_INTENTS: Final[Mapping[str, InboundKind]] = {"optout": "opt-out", "optin": "opt-in", "help": "message"}
_NUMBER: Final = re.compile(r"[1-9][0-9]{6,14}")
_XML: Final = Answer("<Response/>", "application/xml")


def read(callback: Callback) -> Received | Rejected:
    """At one message's URL there are reports only; at the account's, both. Of a repeated name the last counts."""
    if not is_genuine(callback):
        return Rejected(403, "the signature is missing, or not of this account's key")
    told = dict(callback.query() if callback.method == "GET" else callback.form())
    if "CallUUID" in told or "CallStatus" in told:
        return _call(told)
    if "MessageUUID" not in told:
        return Received()
    if told.get("Status"):
        return Received(reports=[_message(told)])
    return Received() if callback.is_of_message else _inbound(told)


def _message(told: Mapping[str, str]) -> Report:
    event = told["Status"]
    code, description, suppress = _blame(DELIVERY, told.get("ErrorCode", ""), told)
    return Report(
        ref=told["MessageUUID"],
        event=event,
        status=MESSAGES.get(event),
        reply=dict(told),
        code=code,
        description=description,
        at=_time(told.get(_TIMES.get(event, "DeliveryReportTime"), "")),
        suppress=suppress,
    )


def _call(told: Mapping[str, str]) -> Received:
    """A call to one of the account's numbers is answered with nothing, and so ends."""
    ref = told.get("ALegRequestUUID") or told.get("RequestUUID") or told.get("CallUUID")
    event = told.get("CallStatus")
    if told.get("Direction") == "inbound":
        return Received(answer=_XML)
    if not ref or not event:
        return Received()
    return Received(reports=[_progress(ref, event, told)])


def _progress(ref: str, event: str, told: Mapping[str, str]) -> Report:
    """How a call ended is what its hangup says, whatever its state is called: one that a machine took is `completed`
    too."""
    cause = told.get("HangupCauseCode", "")
    status, description = CALLS.get(event, (None, ""))
    code, reason, suppress = _blame(HANGUPS, cause, told)
    if cause in HANGUPS:
        status, description = "undelivered", reason
    elif _is_normal(cause):
        status, code, description = "delivered", "", ""
    at = _time(told.get("EndTime", ""))
    return Report(
        ref=ref,
        event=event,
        status=status,
        reply=dict(told),
        code=code,
        description=description,
        at=at,
        suppress=suppress,
    )


def _blame(table: ErrorTable, code: str, told: Mapping[str, str]) -> tuple[str, str, str]:
    """The code ("" where there is none: 000 means that all is well), what it means, whom not to send to any more."""
    code = code.lstrip("0") if code.isdecimal() and len(code) < 7 else ""
    row = table.get(code)
    if row is None:
        return code, "", ""
    to = _number(told.get("To", ""))
    return code, row.description, to if row.verdict is Verdict.SUPPRESS and to.startswith("+") else ""


def _is_normal(cause: str) -> bool:
    return cause.isdecimal() and len(cause) < 7 and int(cause) in NORMAL_END


def _inbound(told: Mapping[str, str]) -> Received:
    """`MessageIntent` is what Plivo made of the text; it may be empty."""
    sender, text = told.get("From", ""), told.get("Text") or told.get("Body", "")
    if not sender:
        return Received(answer=_XML)
    kind = _INTENTS.get(told.get("MessageIntent", "").lower(), kind_of(text))
    inbound = Inbound(
        id=told["MessageUUID"],
        kind=kind,
        channel="sms",
        sender=_number(sender),
        recipient=_number(told.get("To", "")),
        reply=dict(told),
        text=text,
        suppress=kind == "opt-out",
    )
    return Received(inbound=[inbound], answer=_XML)


def _number(text: str) -> str:
    """In E.164, where it is a number; a short code or a name as it is."""
    return f"+{text}" if _NUMBER.fullmatch(text) else text


def _time(text: str) -> float | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
