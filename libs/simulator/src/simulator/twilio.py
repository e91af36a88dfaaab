"""Twilio: https://www.twilio.com/docs/messaging/api/message-resource and …/docs/voice/api/call-resource"""

import re
from collections.abc import Iterable, Sequence

from aiohttp import web

from simulator import twilio_calls, twilio_posts, twilio_voice
from simulator.accounts import Account, Accounts
from simulator.answers import answered
from simulator.forms import fields as all_fields
from simulator.posts import Post, Redelivery
from simulator.provider import Acceptance, Refusal, Submission, Taken
from simulator.receipts import InboundPlan, ReceiptPlan
from simulator.twilio_calls import Call, Calls
from simulator.twilio_checks import call_problem, message_problem
from simulator.twilio_errors import THROTTLED, error
from simulator.twilio_messages import Message, Messages, resource
from simulator.wire import Incoming, Reply, json_reply

_SEND = re.compile(r"/2010-04-01/Accounts/\w+/(?:Messages|Calls)\.json")


class Twilio:
    name = "twilio"
    redelivery = Redelivery(waits=(60,), fails=lambda status: status == 0)  # one, after a failed connection

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._messages = Messages()
        self._calls = Calls()

    def sends(self, path: str) -> bool:
        return _SEND.fullmatch(path) is not None

    def read(self, request: Incoming) -> Submission | Refusal:
        return self._call(request) if request.path.endswith("/Calls.json") else self._message(request)

    def _message(self, request: Incoming) -> Submission | Refusal:
        fields = request.form()
        to, sender = fields.get("To", ""), fields.get("From", "")
        code = self._stranger(request) or message_problem(fields)
        if code:
            return Refusal(error(code), to=to, sender=sender)
        media = request.body.count(b"MediaUrl=") if "MediaUrl" in fields else 0
        return Submission(_owner(request.path), to, sender, "", fields | {"NumMedia": str(media)})

    def _call(self, request: Incoming) -> Submission | Refusal:
        fields = request.form()
        if events := [value for name, value in all_fields(request) if name == "StatusCallbackEvent"]:
            fields["StatusCallbackEvent"] = " ".join(events)
        to, sender = fields.get("To", ""), fields.get("From", "")
        code = self._stranger(request) or call_problem(fields)
        if code:
            return Refusal(error(code), to=to, sender=sender, channel="voice")
        return Submission(_owner(request.path), to, sender, "", fields, "voice")

    def _stranger(self, request: Incoming) -> str:
        """The code for who may not use this path; empty for its owner."""
        user, secret = request.basic() or ("", "")
        if not self._accounts.valid("twilio", user, secret):
            return "20003"
        return "" if _owner(request.path) == user else "20404"

    def accept(self, submission: Submission, seq: int, at: float) -> Acceptance:
        if submission.channel == "voice":
            call = Call(f"CA{seq:032x}", submission.account, at, submission.fields)
            self._calls.add(call)
            return Acceptance(call.sid, json_reply(201, twilio_calls.resource(call)))
        message = Message.of(submission, seq, at)
        self._messages.add(message)
        return Acceptance(message.sid, json_reply(201, resource(message, "queued")))

    def refuse(self, code: str) -> Refusal:
        return Refusal(error(code), throttled=code in THROTTLED)

    def throttle(self) -> Reply:
        return error("20429")

    def failure(self, status: int) -> Reply:
        body = {"code": 20500, "message": "An internal server error has occurred", "status": status}
        return json_reply(status, body | {"more_info": "https://www.twilio.com/docs/errors/20500"})

    def receipts(self, taken: Taken, plan: ReceiptPlan, number: int, at: float) -> Iterable[Post]:
        account = self._accounts.find("twilio", taken.submission.account)
        if account is None:
            return ()
        if taken.submission.channel == "voice":
            call = self._calls.find(account.user, taken.id)
            return twilio_voice.receipts(account, taken, call, plan, at) if call else ()
        if not plan.forged and not plan.unknown_message:
            status = twilio_posts.WORDS.get(plan.status, plan.status)
            self._messages.note(taken.id, status, twilio_posts.code_of(plan))
        return twilio_posts.receipts(account, taken, plan)

    def inbound(self, account: Account, plan: InboundPlan, number: int, at: float) -> Iterable[Post]:
        return twilio_posts.inbound(account, plan, number)

    def clear(self) -> None:
        self._messages = Messages()
        self._calls = Calls()

    def lookups(self) -> Sequence[web.RouteDef]:
        base = "/2010-04-01/Accounts/{account}"
        return (
            web.get(f"{base}/{{list:Messages|Calls}}.json", self._list),
            web.get(f"{base}/Messages/{{sid}}.json", self._one_message),
            web.get(f"{base}/Calls/{{sid}}.json", self._one_call),
        )

    async def _list(self, request: web.Request) -> web.Response:
        if code := self._stranger(_asked(request)):
            return answered(error(code))
        store = self._messages if request.match_info["list"] == "Messages" else self._calls
        try:
            page = store.page(request.match_info["account"], request.path, request.query)
        except ValueError:
            return answered(error("20001"))
        return answered(json_reply(200, page))

    async def _one_message(self, request: web.Request) -> web.Response:
        code = self._stranger(_asked(request))
        message = self._messages.find(request.match_info["account"], request.match_info["sid"])
        if code or message is None:
            return answered(error(code or "20404"))
        return answered(json_reply(200, self._messages.shown(message)))

    async def _one_call(self, request: web.Request) -> web.Response:
        code = self._stranger(_asked(request))
        call = self._calls.find(request.match_info["account"], request.match_info["sid"])
        if code or call is None:
            return answered(error(code or "20404"))
        return answered(json_reply(200, twilio_calls.resource(call)))


def _asked(request: web.Request) -> Incoming:
    return Incoming(request.path, request.headers, b"", "GET")


def _owner(path: str) -> str:
    return path.split("/")[3]
