"""The calls Plivo took, and what it posts of them, signed V3: it fetches `answer_url` when somebody answers.

https://www.plivo.com/docs/voice/api/call/make-a-call and https://www.plivo.com/docs/voice/concepts/hangup-causes
"""

from collections.abc import Iterator
from dataclasses import dataclass

from simulator import documents
from simulator.plivo_messages import stamp
from simulator.plivo_posts import Tokens, nonce_of, signed
from simulator.posts import Answer, Post, method_of
from simulator.receipts import ReceiptPlan

WORDS = {"accepted": "ringing", "sent": "ringing", "delivered": "completed", "undelivered": "no-answer"}
"""A call's own words, where they differ from what they mean."""
CAUSES = {
    "completed": ("4000", "Normal Hangup"),
    "busy": ("3010", "Busy Line"),
    "no-answer": ("3000", "No Answer"),
    "timeout": ("3100", "Ring Timeout Reached"),
    "cancel": ("1000", "Cancelled"),
    "failed": ("5010", "Internal Error"),
}
UNREACHABLE, BROKEN = ("7011", "Error Reaching Answer URL"), ("8011", "Invalid Answer XML")
SECONDS = 12
"""How long every completed call lasts."""


@dataclass(slots=True)
class Call:
    """The `n`th callee's of a request. `webhook_url` is the account's; `broken` is why its document could not be
    played."""

    seq: int
    n: int
    to: str
    fields: dict[str, str]
    webhook_url: str
    is_connected: bool = False
    broken: tuple[str, str] | None = None

    @property
    def request_uuid(self) -> str:
        return f"{self.seq:08x}-0000-4000-9000-{self.n:012x}"

    @property
    def uuid(self) -> str:
        return f"{self.seq:08x}-0000-4000-a000-{self.n:012x}"

    def heard(self, answer: Answer) -> str:
        """What the document turned out to be."""
        if documents.problem(answer):
            self.broken = BROKEN if 200 <= answer.status < 300 else UNREACHABLE
        return documents.remark(answer)


def receipts(call: Call, tokens: Tokens, plan: ReceiptPlan, at: float) -> Iterator[Post]:
    """A call that is answered, or completed without having been, fetches its document first: if that is broken, the
    hangup says so."""
    status = WORDS.get(plan.status, plan.status)
    is_true = not plan.forged and not plan.unknown_message
    if is_true and status in ("in-progress", "completed") and not call.is_connected:
        call.is_connected = True
        told = _told(call, call.request_uuid, "in-progress", "StartApp")
        yield _post(call, tokens, "answer", told, at)
    if status == "in-progress":
        return
    hook = "ring" if status == "ringing" else "hangup"
    if call.fields.get(f"{hook}_url") or call.webhook_url:
        request = f"ffffffff{call.request_uuid[8:]}" if plan.unknown_message else call.request_uuid
        told = _told(call, request, status, "Ring" if status == "ringing" else "Hangup")
        told |= {} if status == "ringing" else _end(call, status, plan, at)
        yield _post(call, tokens, hook, told | plan.fields, at, forged=plan.forged)


def _told(call: Call, request_uuid: str, status: str, event: str) -> dict[str, str]:
    known = "ffffffff" + call.uuid[8:] if request_uuid != call.request_uuid else call.uuid
    return {
        "CallUUID": known,
        "RequestUUID": request_uuid,
        "ALegUUID": known,
        "ALegRequestUUID": request_uuid,
        "From": call.fields["from"],
        "To": call.to,
        "CallStatus": status,
        "Direction": "outbound",
        "Event": event,
    }


def _end(call: Call, status: str, plan: ReceiptPlan, at: float) -> dict[str, str]:
    code, name = (call.broken if status == "completed" else None) or CAUSES.get(status, CAUSES["failed"])
    seconds = SECONDS if status == "completed" and call.broken is None else 0
    return {
        "HangupCause": name.upper().replace(" ", "_"),
        "HangupCauseName": name,
        "HangupCauseCode": plan.code or code,
        "HangupSource": "Callee" if status in ("completed", "busy") else "Carrier",
        "Duration": str(seconds),
        "BillDuration": str(-(-seconds // 60) * 60),
        "BillRate": "0.01200",
        "TotalCost": f"{0.012 * -(-seconds // 60):.5f}",
        "StartTime": stamp(at - seconds),
        "EndTime": stamp(at),
    }


def _post(call: Call, tokens: Tokens, hook: str, told: dict[str, str], at: float, *, forged: bool = False) -> Post:
    url = call.fields.get(f"{hook}_url") or call.webhook_url
    method = method_of(call.fields.get(f"{hook}_method"))
    nonce = nonce_of(at, call.uuid)
    if hook == "answer":
        return signed(tokens, url, told, ("v3",), nonce, "document", method=method, on_answer=call.heard)
    return signed(tokens, url, told, ("v3",), nonce, method=method, forged=forged)
