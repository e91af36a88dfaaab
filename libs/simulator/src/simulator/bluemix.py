"""IBM Push Notifications, ended by its vendor: https://github.com/IBM-Bluemix-Docs/mobilepush"""

import re
import time
from collections.abc import Callable, Sequence

import orjson
from aiohttp import web

from simulator.accounts import Account, Accounts
from simulator.bluemix_errors import THROTTLED, error
from simulator.bluemix_requests import first_target, message_of
from simulator.bluemix_tokens import Tokens
from simulator.bluemix_webhooks import status_change
from simulator.posts import Post, Redelivery
from simulator.provider import Acceptance, Refusal, Submission, Taken
from simulator.receipts import InboundPlan, ReceiptPlan
from simulator.wire import Incoming, Reply, json_reply

_SEND = re.compile(r"/imfpush/v1/apps/([^/]+)/messages")


class Bluemix:
    """An account's user is its APP_GUID, its secret the APP_SECRET; `extra`: `api_key`, for tokens."""

    name = "bluemix-push-notifications"
    redelivery = Redelivery()

    def __init__(self, accounts: Accounts, clock: Callable[[], float] = time.time) -> None:
        self._accounts = accounts
        self._tokens = Tokens(accounts, clock)

    def sends(self, path: str) -> bool:
        return _SEND.fullmatch(path) is not None

    def read(self, request: Incoming) -> Submission | Refusal:
        to = first_target(request.body)
        code = self._stranger(request) or _strange_types(request)
        if code:
            return Refusal(error(code), to=to, channel="push")
        message = message_of(request.body)
        if isinstance(message, str):
            return Refusal(error(message), to=to, channel="push")
        fields = {"body": request.body.decode()}
        return Submission(request.path.split("/")[4], to, "", "", fields, channel="push")

    def _stranger(self, request: Incoming) -> str:
        if not request.headers.get("user-agent"):
            return "403"
        account = self._accounts.find("bluemix-push-notifications", request.path.split("/")[4])
        if account is None:
            return "FPWSE0001E"
        return "" if self._opens(account, request) else "401"

    def _opens(self, account: Account, request: Incoming) -> bool:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self._tokens.opens(account, token)
        return request.headers.get("appsecret") == account.secret

    def accept(self, submission: Submission, seq: int, at: float) -> Acceptance:
        message_id = f"b{seq:07x}"
        message = orjson.loads(submission.fields["body"])["message"]
        return Acceptance(message_id, json_reply(202, {"message": message, "messageId": message_id}))

    def refuse(self, code: str) -> Refusal:
        return Refusal(error(code), throttled=code in THROTTLED, channel="push")

    def throttle(self) -> Reply:
        return error("FPWSE0025E", status=429)

    def failure(self, status: int) -> Reply:
        return error("FPWSE0010E", status=status)

    def receipts(self, taken: Taken, plan: ReceiptPlan, number: int, at: float) -> Sequence[Post]:
        account = self._accounts.find("bluemix-push-notifications", taken.submission.account)
        return status_change(account, taken, plan, at) if account and account.webhook_url else ()

    def inbound(self, account: Account, plan: InboundPlan, number: int, at: float) -> Sequence[Post]:
        """There is none for push."""
        return ()

    def clear(self) -> None:
        """It remembers nothing."""

    def lookups(self) -> Sequence[web.RouteDef]:
        return (web.post("/identity/token", self._tokens.give),)


def _strange_types(request: Incoming) -> str:
    if not request.headers.get("content-type", "").startswith("application/json"):
        return "405"
    accept = request.headers.get("accept", "*/*")
    return "" if any(kind in accept for kind in ("*/*", "application/json", "application/*")) else "406"
