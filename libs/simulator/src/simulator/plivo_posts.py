"""What Plivo posts of messages, signed: status callbacks, and what people send back.

https://www.plivo.com/docs/messaging/concepts/message-status-callbacks and …/concepts/handling-incoming-messages
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from simulator import plivo_signature
from simulator.accounts import Account, Accounts
from simulator.plivo_messages import RATE, Message, stamp, units_of
from simulator.posts import Answer, Method, Post, Purpose, form, method_of, unread, with_query
from simulator.provider import Taken
from simulator.receipts import InboundPlan, ReceiptPlan

WORDS = {"accepted": "queued"}
"""Plivo's own words, where they differ from what they mean."""
FAILURES = {"undelivered": "80", "failed": "90", "rejected": "30"}
"""The words that come with a code, and which one without a better one."""
SEQUENCE = {"queued": 1, "sent": 2, "read": 4}
"""A status's place in a message's life; the final ones have 3."""
INTENTS = {"opt-out": "optout", "opt-in": "optin", "help": "help"}

Version = Literal["v2", "v3"]
Tokens = tuple[str, str]
"""The account's own token, and its main account's."""


def tokens_of(account: Account, accounts: Accounts) -> Tokens:
    """A subaccount names its main account in `extra["main"]`."""
    main = accounts.find("plivo", account.extra.get("main", ""))
    return account.secret, main.secret if main else account.secret


def versions_of(account: Account) -> Sequence[Version]:
    """V2 is what the page documents for messages; `extra["signature"]` may ask for `v3`, or `both`."""
    asked: dict[str, Sequence[Version]] = {"v3": ("v3",), "both": ("v2", "v3")}
    return asked.get(account.extra.get("signature", ""), ("v2",))


def code_of(plan: ReceiptPlan) -> str:
    return plan.code or FAILURES.get(plan.status, "")


def receipt(account: Account, tokens: Tokens, taken: Taken, message: Message, plan: ReceiptPlan, at: float) -> Post:
    """One recipient's. Its URL is the message's own, else the account's."""
    uuid = f"ffffffff{message.uuid[8:]}" if plan.unknown_message else message.uuid
    status = WORDS.get(plan.status, plan.status)
    fields = {
        "MessageUUID": uuid,
        "ParentMessageUUID": uuid,
        "PartInfo": "1 of 1",
        "From": message.sender,
        "To": message.to,
        "Type": message.kind,
        "Status": status,
        "Units": str(message.units),
        "TotalRate": f"{RATE:.5f}",
        "TotalAmount": message.amount,
        "MCC": "204",
        "MNC": "08",
        "Sequence": str(SEQUENCE.get(status, 3)),
        "MessageTime": stamp(message.at),
        "QueuedTime": stamp(message.at),
        "SentTime": stamp(message.at),
        "DeliveryReportTime": stamp(at),
        "requester_ip": "127.0.0.1",
    }
    if code := code_of(plan):
        fields["ErrorCode"] = code
    asked = taken.submission.fields
    url = asked.get("url") or account.webhook_url
    method = method_of(asked.get("method"))
    told = fields | plan.fields
    return signed(tokens, url, told, versions_of(account), nonce_of(at, uuid), method=method, forged=plan.forged)


def inbound(account: Account, tokens: Tokens, plan: InboundPlan, number: int, at: float) -> Sequence[Post]:
    """`MessageIntent` is told for the kinds opt-out, opt-in and help."""
    url = plan.url or account.webhook_url
    uuid = f"{number:08x}-0000-4000-b000-000000000000"
    fields = {
        "MessageUUID": uuid,
        "From": plan.sender.lstrip("+"),
        "To": plan.to.lstrip("+"),
        "Text": plan.text,
        "Type": "sms",
        "Units": str(units_of(plan.text)),
        "TotalRate": "0.00000",
        "TotalAmount": "0.00000",
        "MessageIntent": INTENTS.get(plan.kind, ""),
        "PowerpackUUID": "",
    }
    told, nonce = fields | plan.fields, nonce_of(at, uuid)
    return [signed(tokens, url, told, versions_of(account), nonce, "inbound", forged=plan.forged)] if url else ()


def nonce_of(at: float, uuid: str) -> str:
    return f"{int(at * 1e6):020d}{uuid[:8]}"


def signed(
    tokens: Tokens,
    url: str,
    fields: Mapping[str, str],
    versions: Sequence[Version],
    nonce: str,
    purpose: Purpose = "receipt",
    *,
    method: Method = "POST",
    forged: bool = False,
    on_answer: Callable[[Answer], str] = unread,
) -> Post:
    url = url.partition("#")[0]
    headers: dict[str, str] = {}
    for version in versions:
        own, main = (_signature(version, f"{token}{'forged' * forged}", method, url, fields, nonce) for token in tokens)
        name = version.upper()
        headers |= {f"X-Plivo-Signature-{name}": own, f"X-Plivo-Signature-Ma-{name}": main}
        headers[f"X-Plivo-Signature-{name}-Nonce"] = nonce
    if method == "GET":
        return Post(with_query(url, fields), b"", headers, method, purpose, on_answer, purpose != "document")
    body, kind = form(fields)
    return Post(url, body, headers | kind, method, purpose, on_answer, purpose != "document")


def _signature(version: Version, token: str, method: Method, url: str, fields: Mapping[str, str], nonce: str) -> str:
    if version == "v2":
        return plivo_signature.v2(token, url, nonce)
    return plivo_signature.v3(token, method, url, fields, nonce)
