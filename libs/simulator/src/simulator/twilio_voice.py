"""What Twilio posts of calls: it fetches `Url` when the call connects, and reports the events that were asked for.

https://www.twilio.com/docs/voice/api/call-resource#statuscallback and https://www.twilio.com/docs/voice/twiml
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime

from simulator.accounts import Account
from simulator.documents import remark
from simulator.posts import Post, method_of
from simulator.provider import Taken
from simulator.receipts import ReceiptPlan
from simulator.twilio_calls import END, RANKS, SECONDS, Call
from simulator.twilio_posts import callback_of, signed, unknown

WORDS = {"accepted": "initiated", "sent": "ringing", "delivered": "completed", "undelivered": "no-answer"}
"""A call's own words, where they differ from what they mean."""
EVENTS = {"queued": "", "initiated": "initiated", "ringing": "ringing", "in-progress": "answered"}
"""What `StatusCallbackEvent` calls them; every end is `completed`."""
SIP = {"completed": "200", "busy": "486", "no-answer": "487", "canceled": "487", "failed": "503"}


def receipts(account: Account, taken: Taken, call: Call, plan: ReceiptPlan, at: float) -> Iterator[Post]:
    """A call that is answered, or completed without having been, fetches its document first."""
    status = WORDS.get(plan.status, plan.status)
    is_true = not plan.forged and not plan.unknown_message
    if is_true and status in ("in-progress", "completed") and not call.is_connected:
        call.is_connected = True
        yield from _document(account, call)
    if is_true:
        call.note(status)
    fields = taken.submission.fields
    wanted = fields.get("StatusCallbackEvent", "completed").split()
    url = callback_of(fields, account)
    if url and EVENTS.get(status, "completed") in wanted:
        sid = unknown(taken.id) if plan.unknown_message else taken.id
        method = method_of(fields.get("StatusCallbackMethod"))
        told = _told(account, call, sid, status) | _progress(status, at) | _code(plan) | plan.fields
        yield signed(account, url, told, method=method, forged=plan.forged)


def _document(account: Account, call: Call) -> Iterator[Post]:
    if url := call.fields.get("Url"):
        told = _told(account, call, call.sid, "in-progress")
        yield signed(account, url, told, "document", method=method_of(call.fields.get("Method")), on_answer=remark)


def _told(account: Account, call: Call, sid: str, status: str) -> dict[str, str]:
    to, sender = call.fields["To"], call.fields["From"]
    return {
        "CallSid": sid,
        "AccountSid": account.user,
        "From": sender,
        "To": to,
        "Caller": sender,
        "Called": to,
        "CallStatus": status,
        "Direction": "outbound-api",
        "ApiVersion": "2010-04-01",
    }


def _progress(status: str, at: float) -> dict[str, str]:
    """`SequenceNumber` is the event's place in a call's life, in whatever order callbacks are made."""
    progress = {
        "Timestamp": format_datetime(datetime.fromtimestamp(int(at), UTC)),
        "CallbackSource": "call-progress-events",
        "SequenceNumber": str(RANKS.get(status, END)),
    }
    if status not in RANKS:
        seconds = SECONDS if status == "completed" else 0
        progress |= {"CallDuration": f"{seconds}", "Duration": f"{-(-seconds // 60)}"}
        progress["SipResponseCode"] = SIP.get(status, "500")
    return progress


def _code(plan: ReceiptPlan) -> dict[str, str]:
    return {"ErrorCode": plan.code} if plan.code else {}
