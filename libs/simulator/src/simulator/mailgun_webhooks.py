"""What Mailgun posts: signed events, and the mail that its routes forward.

https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/webhooks
https://documentation.mailgun.com/docs/mailgun/user-manual/receive-forward-store/receive-http
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

import orjson

from simulator.accounts import Account
from simulator.mailgun_messages import Event, Message
from simulator.merging import merged
from simulator.posts import Post, Redelivery
from simulator.receipts import InboundPlan, ReceiptPlan
from simulator.wire import FORM

REDELIVERY = Redelivery(waits=(600, 600, 900, 1800, 3600, 7200, 14_400), fails=lambda status: status not in (200, 406))
UNKNOWN = "20260102030405.0.0000000000000000@unknown.example.org"

# What a plan's word is to Mailgun: the webhooks' names, and what they mean. Others go out as they stand.
EVENTS = {
    "sent": "temporary_fail",
    "undelivered": "permanent_fail",
    "bounce": "delayed_bounce",
    "complaint": "complained",
    "opt-out": "unsubscribed",
}
_FAILURES = {"permanent_fail": "permanent", "temporary_fail": "temporary", "delayed_bounce": "permanent"}
_DESCRIPTIONS = {
    "delivered": {"code": 250, "message": "OK", "description": "", "attempt-no": 1},
    "permanent": {"code": 550, "message": "5.1.1 No such user", "description": "", "attempt-no": 1},
    "temporary": {
        "code": 452,
        "message": "4.2.2 Mailbox full",
        "description": "",
        "attempt-no": 1,
        "retry-seconds": 600,
    },
}
_SUPPRESSED = {"code": 605, "message": "", "description": "Not delivering to previously bounced address"}


def signature(key: str, timestamp: str, token: str) -> str:
    """Lower-case hex. It covers no word of what it comes with."""
    return hmac.new(key.encode(), f"{timestamp}{token}".encode(), hashlib.sha256).hexdigest()


def signed(account: Account, at: float, seed: str, *, forged: bool) -> dict[str, str]:
    """Timestamp, token (50 characters, of the seed alone) and signature."""
    timestamp, token = str(int(at)), hashlib.sha256(seed.encode()).hexdigest()[:50]
    key = "forged" if forged else account.signature_secret
    return {"timestamp": timestamp, "token": token, "signature": signature(key, timestamp, token)}


def happened(message: Message, recipient: str, plan: ReceiptPlan, number: int, at: float) -> Event:
    """The event of a plan, as webhooks and the events API both tell it."""
    word = EVENTS.get(plan.status, plan.status)
    event = message.event("failed" if word in _FAILURES else word, recipient, at, number + 1)
    if word in _FAILURES:
        event |= _failure(word, plan.code)
        event["flags"] = message.flags | ({"is-delayed-bounce": True} if word == "delayed_bounce" else {})
    elif word == "delivered":
        event["delivery-status"] = _DESCRIPTIONS["delivered"]
    elif word == "rejected":
        event |= {"reject": {"reason": plan.code or "Sandbox subdomains are for test purposes only", "description": ""}}
    elif word == "clicked":
        event["url"] = "https://example.org/"
    return merged(event, {name: value for name, value in plan.fields.items() if name not in ("timestamp", "token")})


def _failure(word: str, code: str) -> Event:
    """A code is SMTP's, or 605 and up: Mailgun's own, for addresses that it suppresses."""
    severity = _FAILURES[word]
    status: Event = dict(_DESCRIPTIONS[severity])
    reason = "generic" if severity == "temporary" else "bounce"
    if code.isdecimal():
        status |= {"code": int(code)}
    if code.startswith("6") and code.isdecimal():
        reason, status = "suppress-bounce", {**_SUPPRESSED, "code": int(code), "attempt-no": 1}
    return {"severity": severity, "reason": reason, "delivery-status": status, "log-level": "error"}


def webhook(account: Account, event: Event, plan: ReceiptPlan, at: float) -> Post:
    """Deliveries are told once; everything else until it is taken."""
    proof = signed(account, at, f"{event['id']}-{at}", forged=plan.forged)
    body = orjson.dumps({"signature": _replayed(account, proof, plan.fields), "event-data": event})
    is_retried = event["event"] != "delivered"
    return Post(account.webhook_url, body, {"Content-Type": "application/json"}, is_retried=is_retried)


def _replayed(account: Account, proof: dict[str, str], fields: Mapping[str, str]) -> dict[str, str]:
    """A plan's own `timestamp` or `token` makes an old or a repeated one, rightly signed."""
    own = {name: fields[name] for name in ("timestamp", "token") if name in fields}
    if not own:
        return proof
    proof = proof | own
    return proof | {"signature": signature(account.signature_secret, proof["timestamp"], proof["token"])}


def forwarded(account: Account, plan: InboundPlan, number: int, at: float) -> Post:
    """A mail that a route forwards. A URL that ends in `mime` gets it whole."""
    url = plan.url or account.webhook_url
    mail = {
        "recipient": plan.to or f"inbox@{account.user}",
        "sender": plan.sender,
        "from": plan.sender,
        "subject": plan.fields.get("subject", "Re: Hi"),
        "Message-Id": f"<inbound-{number}@{plan.sender.rpartition('@')[2]}>",
    }
    headers = [["From", mail["from"]], ["To", mail["recipient"]], ["Subject", mail["subject"]]]
    headers.append(["Message-Id", mail["Message-Id"]])
    mail["message-headers"] = orjson.dumps(headers).decode()
    content = _mime(headers, plan.text) if url.endswith("mime") else _plain(plan.text)
    proof = signed(account, at, f"inbound-{number}-{at}", forged=plan.forged)
    fields = {**mail, **content, **plan.fields, **_replayed(account, proof, plan.fields)}
    return Post(url, urlencode(fields).encode(), {"Content-Type": FORM}, purpose="inbound")


def _mime(headers: Sequence[Sequence[str]], text: str) -> dict[str, str]:
    head = "\r\n".join(f"{name}: {value}" for name, value in headers)
    return {"body-mime": f"{head}\r\n\r\n{text}\r\n"}


def _plain(text: str) -> dict[str, str]:
    return {"body-plain": text, "stripped-text": text, "stripped-signature": "", "body-html": "", "stripped-html": ""}
