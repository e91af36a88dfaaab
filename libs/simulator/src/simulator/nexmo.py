"""Nexmo / Vonage SMS: HTTP 200 for everything it decides itself, the truth is in `messages[].status`.

https://developer.vonage.com/en/api/sms and https://developer.vonage.com/en/messaging/sms/guides/troubleshooting-sms
"""

import re
from collections.abc import Callable, Sequence

from aiohttp import web

from simulator import nexmo_posts
from simulator.accounts import Account, Accounts
from simulator.nexmo_signature import signature
from simulator.posts import Post, Redelivery
from simulator.provider import Acceptance, Refusal, Submission, Taken
from simulator.receipts import InboundPlan, ReceiptPlan
from simulator.wire import Incoming, Reply, json_reply

ERRORS = {
    "1": "Throughput Rate Exceeded",
    "2": "Missing params",
    "3": "Invalid params",
    "4": "Bad Credentials",
    "5": "Internal error",
    "6": "Invalid message",
    "7": "Number barred",
    "8": "Partner account barred",
    "9": "Partner quota exceeded",
    "10": "Too many existing binds",
    "11": "Account not enabled for HTTP",
    "12": "Message too long",
    "14": "Invalid Signature",
    "15": "Invalid sender address",
    "22": "Invalid Network code",
    "23": "Invalid Callback Url",
    "29": "Non White-listed Destination",
    "32": "Signature and API Secret disallowed",
    "33": "Number de-activated",
}
THROTTLED = frozenset({"1", "10"})
PRICE_CENTS = 5
OPENING_BALANCE_CENTS = 1_000_000_00
_NUMBER = re.compile(r"[1-9]\d{6,14}")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")
_SEND = "/sms/json"

# What the documentation allows for a parameter that may be there.
_OPTIONAL: dict[str, Callable[[str], bool]] = {
    "type": lambda value: value in ("text", "unicode", "binary"),
    "ttl": lambda value: value.isdecimal() and 20_000 <= int(value) <= 604_800_000,
    "client-ref": lambda value: len(value) <= 100,
    "message-class": lambda value: value in ("0", "1", "2", "3"),
    "body": lambda value: _HEX.fullmatch(value) is not None,
    "udh": lambda value: _HEX.fullmatch(value) is not None,
}


class Nexmo:
    name = "nexmo"
    redelivery = Redelivery(waits=(60, 120, 240, 480, 960, 1920, 3600))  # for a day; the page gives no intervals

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._balance = OPENING_BALANCE_CENTS

    def sends(self, path: str) -> bool:
        return path == _SEND

    def read(self, request: Incoming) -> Submission | Refusal:
        fields = request.form()
        user, secret = request.basic() or (fields.get("api_key", ""), fields.get("api_secret", ""))
        to, sender, client_ref = fields.get("to", ""), fields.get("from", ""), fields.get("client-ref", "")
        problem = self._stranger(user, secret, fields) or _missing(fields) or _invalid(fields)
        if problem:
            code, text = problem
            return Refusal(_errors(code, text), to=to, sender=sender, client_ref=client_ref)
        return Submission(user, to, sender, client_ref, fields)

    def _stranger(self, user: str, secret: str, fields: dict[str, str]) -> tuple[str, str] | None:
        if "sig" in fields:
            return self._forged(user, fields)
        if not user:
            return "2", "Missing api_key"
        if not secret:
            return "2", "Missing api_secret"
        return None if self._accounts.valid("nexmo", user, secret) else ("4", ERRORS["4"])

    def _forged(self, user: str, fields: dict[str, str]) -> tuple[str, str] | None:
        if "api_secret" in fields:
            return "32", ERRORS["32"]
        account = self._accounts.find("nexmo", user)
        if account is None:
            return "4", ERRORS["4"]
        if not account.signature_secret or "timestamp" not in fields:
            return "14", ERRORS["14"]
        expected = signature(fields, account.signature_secret, account.signature_method)
        return None if fields["sig"].lower() == expected else ("14", ERRORS["14"])

    def accept(self, submission: Submission, seq: int, at: float) -> Acceptance:
        ids = nexmo_posts.part_ids(submission, seq)
        messages = [self._part(submission, message_id) for message_id in ids]
        body = {"message-count": str(len(ids)), "messages": messages}
        return Acceptance(messages[0]["message-id"], json_reply(200, body))

    def _part(self, submission: Submission, message_id: str) -> dict[str, str]:
        self._balance -= PRICE_CENTS
        part = {
            "to": submission.to,
            "message-id": message_id,
            "status": "0",
            "remaining-balance": f"{self._balance // 100}.{self._balance % 100:02d}000000",
            "message-price": f"0.{PRICE_CENTS:02d}000000",
            "network": "20408",
        }
        return part | {"client-ref": submission.client_ref} if submission.client_ref else part

    def refuse(self, code: str) -> Refusal:
        return Refusal(_errors(code, ERRORS.get(code, "Unknown error")), throttled=code in THROTTLED)

    def throttle(self) -> Reply:
        return _errors("1", ERRORS["1"], http=429)

    def failure(self, status: int) -> Reply:
        return _errors("5", ERRORS["5"], http=status)

    def receipts(self, taken: Taken, plan: ReceiptPlan, number: int, at: float) -> Sequence[Post]:
        account = self._accounts.find("nexmo", taken.submission.account)
        return nexmo_posts.receipts(account, taken, plan, at) if account else ()

    def inbound(self, account: Account, plan: InboundPlan, number: int, at: float) -> Sequence[Post]:
        return nexmo_posts.inbound(account, plan, number, at)

    def lookups(self) -> Sequence[web.RouteDef]:
        return ()

    def clear(self) -> None:
        self._balance = OPENING_BALANCE_CENTS


def _errors(code: str, text: str, http: int = 200) -> Reply:
    return json_reply(http, {"message-count": "1", "messages": [{"status": code, "error-text": text}]})


def _missing(fields: dict[str, str]) -> tuple[str, str] | None:
    wanted = ("body", "udh") if fields.get("type") == "binary" else ("text",)
    for name in ("from", "to", *wanted):
        if not fields.get(name):
            return "2", f"Missing {name} param"
    return None


def _invalid(fields: dict[str, str]) -> tuple[str, str] | None:
    if len(fields.get("text", "")) > 3200:
        return "12", ERRORS["12"]
    callback = fields.get("callback")
    if callback is not None and not (callback.startswith(("http://", "https://")) and len(callback) <= 100):
        return "23", ERRORS["23"]
    if not _NUMBER.fullmatch(fields["to"]):
        return "3", "Invalid to param"
    for name, value in fields.items():
        if name in _OPTIONAL and not _OPTIONAL[name](value):
            return "3", f"Invalid {name} param"
    return None
