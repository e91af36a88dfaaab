"""What Vonage tells on its own: delivery receipts (DLRs), one for each part, and messages that people sent.

By the account's setting they come as GET, as a form, or as JSON: all three are read. With SIGNATURE_SECRET each must be
signed; without it the token in our URL is the proof, because Vonage then gives no other.

https://developer.vonage.com/en/messaging/sms/guides/delivery-receipts and …/inbound-sms"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from dapi_common.events.shapes import JsonObject
from dapi_common.provider.callback import Callback, Inbound, ReceiptStatus, Received, Rejected, Report
from dapi_common.provider.keywords import kind_of
from dapi_common.provider.verdict import ErrorTable, Row, Verdict
from provider_nexmo.signature import DEFAULT_METHOD, is_signed

STATUSES: Final[Mapping[str, ReceiptStatus]] = {
    "accepted": "accepted",
    "buffered": "sent",
    "delivered": "delivered",
    "expired": "undelivered",
    "failed": "undelivered",
    "rejected": "undelivered",
    "unknown": "undelivered",
}
# https://developer.vonage.com/en/messaging/sms/guides/delivery-receipts#dlr-error-codes. What failed on its way is not
# sent again by us: RETRY tells that a new message may fare better.
ERRORS: Final[ErrorTable] = {
    "1": Row(Verdict.PERMANENT, "the reason is unknown"),
    "2": Row(Verdict.RETRY, "the handset is absent for now"),
    "3": Row(Verdict.SUPPRESS, "the handset is absent for good"),
    "4": Row(Verdict.SUPPRESS, "the subscriber barred the sender"),
    "5": Row(Verdict.PERMANENT, "the number was ported"),
    "6": Row(Verdict.PERMANENT, "an anti-spam filter stopped it"),
    "7": Row(Verdict.RETRY, "the handset was busy"),
    "8": Row(Verdict.RETRY, "the network failed"),
    "9": Row(Verdict.SUPPRESS, "the number is illegal, or opted out"),
    "10": Row(Verdict.PERMANENT, "the message is illegal"),
    "11": Row(Verdict.PERMANENT, "there is no route"),
    "12": Row(Verdict.PERMANENT, "the destination cannot be reached"),
    "13": Row(Verdict.PERMANENT, "the subscriber's age forbids it"),
    "14": Row(Verdict.PERMANENT, "the carrier blocked it"),
    "15": Row(Verdict.PERMANENT, "the subscriber's prepaid account is empty"),
    "50": Row(Verdict.PERMANENT, "a regulation about the entity forbids it"),
    "51": Row(Verdict.PERMANENT, "a regulation about the header forbids it"),
    "52": Row(Verdict.PERMANENT, "a regulation about the content forbids it"),
    "53": Row(Verdict.PERMANENT, "a regulation about consent forbids it"),
    "54": Row(Verdict.PERMANENT, "a regulation forbids it"),
    "99": Row(Verdict.RETRY, "a general error"),
}
_UNKNOWN = Row(Verdict.PERMANENT, "an error that no page names")
_NUMBER = re.compile(r"[1-9][0-9]{6,14}")
_SCTS = re.compile(r"[0-9]{10}")
_PRIVATE = ("sig", "api-key")
_LONGEST_TEXT = 64 * 1024


def read(callback: Callback) -> Received | Rejected:
    """What it means. An empty request is how Vonage tries out a URL."""
    given = _parameters(callback)
    if not given:
        return Rejected(400, "no parameters that can be read") if callback.body else Received()
    secret = callback.credentials.get("SIGNATURE_SECRET")
    method = callback.credentials.get("SIGNATURE_METHOD") or DEFAULT_METHOD
    if secret and not is_signed(given, secret, method, callback.at):
        return Rejected(403, "the signature is missing, wrong or too old")
    if given.get("messageId") and given.get("status"):
        return Received(reports=[_report(given)])
    if given.get("messageId") and given.get("msisdn"):
        return Received(inbound=[_inbound(given)])
    return Received()


def _parameters(callback: Callback) -> dict[str, str]:
    """Of one place only, so that nothing is read that a signature does not cover."""
    if callback.method == "GET":
        return dict(callback.query())
    return dict(callback.form()) or {name: _text(value) for name, value in callback.json().items()}


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int | float) else ""


def _report(given: Mapping[str, str]) -> Report:
    status, code = STATUSES.get(given["status"]), given.get("err-code", "0")
    row = ERRORS.get(code, _UNKNOWN) if code != "0" else Row(Verdict.PERMANENT, "")
    is_for_good = row.verdict is Verdict.SUPPRESS and status == "undelivered"
    return Report(
        ref=given["messageId"],
        event=given["status"][:32],
        status=status,
        reply=_reply(given),
        code=_code(code),
        description=row.description,
        part=given["messageId"],
        at=_moment(given),
        suppress=_number(given.get("msisdn", "")) if is_for_good else "",
        reference=given.get("client-ref", ""),
    )


def _inbound(given: Mapping[str, str]) -> Inbound:
    """A long message comes in pieces, each with an id of its own; only a whole one can be a keyword."""
    text = given.get("text", "")[:_LONGEST_TEXT]
    kind = "message" if given.get("concat") == "true" else kind_of(text)
    return Inbound(
        id=given["messageId"],
        kind=kind,
        channel="sms",
        sender=_number(given["msisdn"]),
        recipient=_number(given.get("to", "")),
        reply=_reply(given),
        text=text,
        suppress=kind == "opt-out",
    )


def _reply(given: Mapping[str, str]) -> JsonObject:
    return {name: value for name, value in given.items() if name not in _PRIVATE}


def _code(code: str) -> str:
    if code == "0":
        return ""
    return code if code.isdecimal() and len(code) < 5 else "unknown"


def _number(text: str) -> str:
    """E.164 has a plus sign that Vonage leaves out; short codes and names have none."""
    return f"+{text}" if _NUMBER.fullmatch(text) else text


def _moment(given: Mapping[str, str]) -> float | None:
    """Vonage's time in UTC: to the second, else (`scts`, YYMMDDHHMM) to the minute."""
    scts = given.get("scts", "")
    minute = f"20{scts[:6]}T{scts[6:]}" if _SCTS.fullmatch(scts) else ""
    for text in (given.get("message-timestamp", "").replace(" +", "+"), minute):
        try:
            moment = datetime.fromisoformat(text)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError):
            continue
    return None
