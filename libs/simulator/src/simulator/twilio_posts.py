"""What Twilio posts of messages, signed: status callbacks, and what people send back.

https://www.twilio.com/docs/messaging/guides/track-outbound-message-status and
https://www.twilio.com/docs/messaging/guides/webhook-request
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from simulator import gsm
from simulator.accounts import Account
from simulator.posts import Answer, Method, Post, Purpose, form, unread, with_query
from simulator.provider import Taken
from simulator.receipts import InboundPlan, ReceiptPlan
from simulator.twilio_signature import signature

WORDS = {"accepted": "queued"}
"""Twilio's own words, where they differ from what they mean."""
FAILURES = {"undelivered": "30003", "failed": "30008"}
"""The words that come with a code, and which one without a better one."""
OPT_OUT_TYPES = {"opt-out": "STOP", "opt-in": "START", "help": "HELP"}


def callback_of(fields: Mapping[str, str], account: Account) -> str:
    return fields.get("StatusCallback") or account.webhook_url


def code_of(plan: ReceiptPlan) -> str:
    return plan.code or FAILURES.get(plan.status, "")


def receipts(account: Account, taken: Taken, plan: ReceiptPlan) -> Sequence[Post]:
    url = callback_of(taken.submission.fields, account)
    sid = unknown(taken.id) if plan.unknown_message else taken.id
    status = WORDS.get(plan.status, plan.status)
    fields = {
        "SmsSid": sid,
        "SmsStatus": status,
        "MessageStatus": status,
        "To": taken.submission.to,
        "MessageSid": sid,
        "AccountSid": account.user,
        "From": taken.submission.sender,
        "ApiVersion": "2010-04-01",
    }
    if service := taken.submission.fields.get("MessagingServiceSid"):
        fields["MessagingServiceSid"] = service
    if code := code_of(plan):
        fields["ErrorCode"] = code
    return [signed(account, url, fields | plan.fields, forged=plan.forged)] if url else ()


def inbound(account: Account, plan: InboundPlan, number: int) -> Sequence[Post]:
    """`OptOutType` comes with Advanced Opt-Out only: ask for it with the kinds opt-out, opt-in, help."""
    url = plan.url or account.webhook_url
    sid = f"SM{number | 1 << 120:032x}"
    fields = {
        "ToCountry": "NL",
        "MessageSid": sid,
        "SmsSid": sid,
        "SmsMessageSid": sid,
        "SmsStatus": "received",
        "AccountSid": account.user,
        "From": plan.sender,
        "To": plan.to,
        "Body": plan.text,
        "NumMedia": "0",
        "NumSegments": str(gsm.parts(plan.text, unicode=not gsm.fits_gsm(plan.text))),
        "ApiVersion": "2010-04-01",
    }
    if plan.kind in OPT_OUT_TYPES:
        fields["OptOutType"] = OPT_OUT_TYPES[plan.kind]
    return [signed(account, url, fields | plan.fields, "inbound", forged=plan.forged)] if url else ()


def unknown(sid: str) -> str:
    """An id that is never given."""
    return f"{sid[:2]}{int(sid[2:], 16) | 1 << 124:032x}"


def signed(
    account: Account,
    url: str,
    fields: Mapping[str, str],
    purpose: Purpose = "receipt",
    *,
    method: Method = "POST",
    forged: bool = False,
    on_answer: Callable[[Answer], str] = unread,
) -> Post:
    """With the auth token; an account that has a signature secret uses that, and SHA-256."""
    url = url.partition("#")[0]
    body, headers = form(fields) if method == "POST" else (b"", {})
    url = url if method == "POST" else with_query(url, fields)
    over = fields.items() if method == "POST" else ()
    secret = (account.signature_secret or account.secret) + ("forged" if forged else "")
    algorithm: Literal["sha1", "sha256"] = "sha256" if account.signature_secret else "sha1"
    headers = headers | {"X-Twilio-Signature": signature(secret, url, over, algorithm)}
    if account.signature_secret:
        headers["X-Twilio-Webhooks-Signature-Settings"] = "key=demo,algorithm=HMAC_SHA256"
    return Post(url, body, headers, method, purpose, on_answer, is_retried=purpose != "document")
