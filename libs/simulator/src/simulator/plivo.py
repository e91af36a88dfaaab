"""Plivo: https://www.plivo.com/docs/messaging/api/message and https://www.plivo.com/docs/voice/api/call"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from aiohttp import web

from simulator import plivo_posts, plivo_requests, plivo_voice
from simulator.accounts import Account, Accounts
from simulator.answers import answered
from simulator.plivo_errors import THROTTLED, error
from simulator.plivo_messages import Message, Messages, resource, units_of
from simulator.plivo_voice import Call
from simulator.posts import Post, Redelivery
from simulator.provider import Acceptance, Refusal, Submission, Taken
from simulator.receipts import InboundPlan, ReceiptPlan
from simulator.wire import Incoming, Reply, json_reply

Item = TypeVar("Item", Call, Message)
_SEND = re.compile(r"/v1/Account/\w+/(?:Message|Call)/")


class Plivo:
    name = "plivo"
    redelivery = Redelivery(waits=(60, 120, 240), timeout=8.0)

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self.clear()

    def clear(self) -> None:
        self._messages = Messages()
        self._calls: dict[str, Sequence[Call]] = {}

    def sends(self, path: str) -> bool:
        return _SEND.fullmatch(path) is not None

    def read(self, request: Incoming) -> Submission | Refusal:
        is_call = request.path.endswith("/Call/")
        recipient, sender = ("to", "from") if is_call else ("dst", "src")
        body = plivo_requests.parsed(request)
        fields = plivo_requests.texts(body or {})
        to = fields.get(recipient, "").partition("<")[0]
        reply = self._stranger(request) or _problem(body, is_call=is_call)
        if reply:
            return Refusal(reply, to=to, sender=fields.get(sender, ""), channel="voice" if is_call else "sms")
        return Submission(_owner(request.path), to, fields.get(sender, ""), "", fields, "voice" if is_call else "sms")

    def _stranger(self, request: Incoming) -> Reply | None:
        user, secret = request.basic() or ("", "")
        if not self._accounts.valid("plivo", user, secret):
            return error("401")
        return None if _owner(request.path) == user else error("404")

    def accept(self, submission: Submission, seq: int, at: float) -> Acceptance:
        return self._call(submission, seq) if submission.channel == "voice" else self._message(submission, seq, at)

    def _message(self, submission: Submission, seq: int, at: float) -> Acceptance:
        """One id a recipient that can be reached."""
        fields = submission.fields
        good, bad = plivo_requests.numbers(fields["dst"])
        units, kind = units_of(fields.get("text", "")), fields.get("type", "sms")
        uuids = [f"{seq:08x}-0000-4000-8000-{n:012x}" for n in range(len(good))]
        for uuid, to in zip(uuids, good, strict=True):
            self._messages.add(Message(uuid, submission.account, to, submission.sender, units, kind, at))
        body: dict[str, object] = {"api_id": _api_id(seq), "message": "message(s) queued", "message_uuid": uuids}
        return Acceptance(uuids[0], json_reply(202, body | ({"invalid_number": bad} if bad else {})))

    def _call(self, submission: Submission, seq: int) -> Acceptance:
        """Several callees have an id each, in a list."""
        account = self._accounts.find("plivo", submission.account)
        url = account.webhook_url if account else ""
        callees = list(dict.fromkeys(submission.fields["to"].split("<")))
        calls = [Call(seq, n, to, submission.fields, url) for n, to in enumerate(callees)]
        self._calls[calls[0].request_uuid] = calls
        ids = [call.request_uuid for call in calls]
        given = ids[0] if len(ids) == 1 else ids
        body = {"api_id": _api_id(seq), "message": "call fired" if len(ids) == 1 else "calls fired"}
        return Acceptance(ids[0], json_reply(201, {**body, "request_uuid": given}))

    def refuse(self, code: str) -> Refusal:
        return Refusal(error(code), throttled=code in THROTTLED)

    def throttle(self) -> Reply:
        return error("429")

    def failure(self, status: int) -> Reply:
        return json_reply(status, {"api_id": _api_id(0), "error": "internal server error"})

    def receipts(self, taken: Taken, plan: ReceiptPlan, number: int, at: float) -> Iterable[Post]:
        account = self._accounts.find("plivo", taken.submission.account)
        if account is None:
            return ()
        if taken.submission.channel == "voice":
            return self._call_receipts(account, taken, plan, at)
        return self._message_receipts(account, taken, plan, at)

    def _call_receipts(self, account: Account, taken: Taken, plan: ReceiptPlan, at: float) -> Iterator[Post]:
        tokens = plivo_posts.tokens_of(account, self._accounts)
        for call in _part(self._calls.get(taken.id, ()), plan):
            yield from plivo_voice.receipts(call, tokens, plan, at)

    def _message_receipts(self, account: Account, taken: Taken, plan: ReceiptPlan, at: float) -> Iterator[Post]:
        tokens = plivo_posts.tokens_of(account, self._accounts)
        for message in _part(self._recipients(taken), plan):
            if not plan.forged and not plan.unknown_message:
                status = plivo_posts.WORDS.get(plan.status, plan.status)
                message.note(status, plivo_posts.code_of(plan))
            if taken.submission.fields.get("url") or account.webhook_url:
                yield plivo_posts.receipt(account, tokens, taken, message, plan, at)

    def _recipients(self, taken: Taken) -> Sequence[Message]:
        count = len(plivo_requests.numbers(taken.submission.fields["dst"])[0])
        uuids = [f"{taken.id[:-12]}{n:012x}" for n in range(count)]
        found = (self._messages.find(taken.submission.account, uuid) for uuid in uuids)
        return [message for message in found if message]

    def inbound(self, account: Account, plan: InboundPlan, number: int, at: float) -> Iterable[Post]:
        return plivo_posts.inbound(account, plivo_posts.tokens_of(account, self._accounts), plan, number, at)

    def lookups(self) -> Sequence[web.RouteDef]:
        base = "/v1/Account/{account}/Message"
        return web.get(f"{base}/", self._list), web.get(f"{base}/{{uuid}}/", self._one)

    async def _list(self, request: web.Request) -> web.Response:
        if refused := self._stranger(_asked(request)):
            return answered(refused)
        try:
            page = self._messages.page(request.match_info["account"], request.query)
        except ValueError:
            return answered(error("400"))
        return answered(json_reply(200, {"api_id": _api_id(0), **page}))

    async def _one(self, request: web.Request) -> web.Response:
        refused = self._stranger(_asked(request))
        message = self._messages.find(request.match_info["account"], request.match_info["uuid"])
        if refused or message is None:
            return answered(refused or error("404"))
        return answered(json_reply(200, {"api_id": _api_id(0), **resource(message)}))


def _problem(body: plivo_requests.Body | None, *, is_call: bool) -> Reply | None:
    if body is None:
        return error("400-json")
    text = plivo_requests.call_problem(body) if is_call else plivo_requests.message_problem(body)
    return error("400", text) if text else None


def _part(each: Sequence[Item], plan: ReceiptPlan) -> Sequence[Item]:
    """Whom the receipt is of: one of several recipients, or all."""
    return each if plan.part is None else each[plan.part - 1 : plan.part]


def _asked(request: web.Request) -> Incoming:
    return Incoming(request.path, request.headers, b"", "GET")


def _owner(path: str) -> str:
    return path.split("/")[3]


def _api_id(seq: int) -> str:
    return f"{seq:08x}-0000-4000-8000-0000000a0001"
