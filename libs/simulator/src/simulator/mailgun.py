"""Mailgun: mail by form, one id a request, events a recipient.

https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/messages
"""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from aiohttp import web

from simulator.accounts import Account, Accounts
from simulator.answers import answered, read
from simulator.forms import fields, joined
from simulator.mailboxes import addresses
from simulator.mailgun_errors import error
from simulator.mailgun_messages import Message, Messages
from simulator.mailgun_requests import problem_of
from simulator.mailgun_webhooks import REDELIVERY, UNKNOWN, forwarded, happened, webhook
from simulator.posts import Post
from simulator.provider import Acceptance, Refusal, Submission, Taken
from simulator.receipts import InboundPlan, ReceiptPlan
from simulator.wire import Incoming, Reply, json_reply

_SEND = re.compile(r"/v3/([^/]+)/messages")


class Mailgun:
    """An account's user is its domain, its secret the key, its signature secret the webhook signing key."""

    name = "mailgun"
    redelivery = REDELIVERY

    def __init__(self, accounts: Accounts, clock: Callable[[], float] = time.time) -> None:
        self._accounts = accounts
        self._clock = clock
        self._messages = Messages()

    def sends(self, path: str) -> bool:
        return _SEND.fullmatch(path) is not None

    def read(self, request: Incoming) -> Submission | Refusal:
        form = joined(fields(request))
        domain = request.path.split("/")[2]
        code = self._stranger(request, domain) or problem_of(form, len(request.body), self._clock())
        to, sender = next(iter(addresses(form.get("to", ""))), ""), form.get("from", "")
        client_ref = next((value for name, value in form.items() if name.startswith("v:")), "")
        if code:
            return Refusal(error(code, self._clock()), to=to, sender=sender, client_ref=client_ref, channel="email")
        return Submission(domain, to, sender, client_ref, form, channel="email")

    def _stranger(self, request: Incoming, domain: str) -> str:
        """A key opens its own domains only: the account's domain is its user."""
        user, key = request.basic() or ("", "")
        domains = {account.user for account in self._owners(key)} if user == "api" else ()
        if not domains:
            return "401"
        return "" if domain in domains else "404"

    def _owners(self, key: str) -> Sequence[Account]:
        return [account for account in self._accounts.of("mailgun") if account.secret == key]

    def accept(self, submission: Submission, seq: int, at: float) -> Acceptance:
        message = Message.of(submission, seq, at)
        self._messages.add(message)
        taken = f"<{message.id}>"
        return Acceptance(taken, json_reply(200, {"id": taken, "message": "Queued. Thank you."}))

    def refuse(self, code: str) -> Refusal:
        return Refusal(error(code, self._clock()), throttled=code.startswith("429"), channel="email")

    def throttle(self) -> Reply:
        return error("429", self._clock())

    def failure(self, status: int) -> Reply:
        return json_reply(status, {"message": "Internal Server Error"})

    def receipts(self, taken: Taken, plan: ReceiptPlan, number: int, at: float) -> Sequence[Post]:
        """An event a recipient, which the events API knows from then on."""
        message, account = self._messages.find(taken.id), self._accounts.find("mailgun", taken.submission.account)
        if message is None or account is None:
            return ()
        chosen = message.recipients if plan.part is None else message.recipients[plan.part - 1 : plan.part]
        if plan.unknown_message:
            message = replace(message, id=UNKNOWN, variables={})
        events = [happened(message, recipient, plan, number, at) for recipient in chosen]
        if not (plan.unknown_message or plan.forged):
            for event in events:
                self._messages.note(message.id, event)
        return [webhook(account, event, plan, at) for event in events if account.webhook_url]

    def inbound(self, account: Account, plan: InboundPlan, number: int, at: float) -> Sequence[Post]:
        """A mail that a route forwards, or the event of another kind (`complaint`, `opt-out`) of the last message to
        its sender."""
        if not (plan.url or account.webhook_url):
            return ()
        if plan.kind == "message":
            return (forwarded(account, plan, number, at),)
        message = self._messages.last_to(plan.sender, account.user, at)
        receipt = ReceiptPlan.model_construct(status=plan.kind, forged=plan.forged, fields=plan.fields)
        event = happened(message, plan.sender, receipt, number, at)
        return (replace(webhook(account, event, receipt, at), url=plan.url or account.webhook_url, purpose="inbound"),)

    def clear(self) -> None:
        self._messages = Messages()

    def lookups(self) -> Sequence[web.RouteDef]:
        return (web.get("/v3/{domain}/events", self._events),)

    async def _events(self, request: web.Request) -> web.Response:
        domain = request.match_info["domain"]
        if code := self._stranger(await read(request), domain):
            return answered(error(code, self._clock()))
        try:
            items = self._messages.page(domain, request.query)
        except (ValueError, OverflowError):
            return answered(json_reply(400, {"message": "invalid parameter"}))
        here = str(request.url)
        paging = {"next": here, "previous": here, "first": here, "last": here}
        return answered(json_reply(200, {"items": items, "paging": paging}))
