"""Twilio SMS: https://www.twilio.com/docs/messaging/api/message-resource"""

import re
from collections.abc import Sequence

from aiohttp import web

from simulator.accounts import Accounts
from simulator.provider import Acceptance, Refusal, Submission
from simulator.twilio_messages import Message, Messages, resource
from simulator.wire import Incoming, Reply, json_reply

# code: (HTTP status, message). Any other code is played with 400.
ERRORS = {
    "20001": (400, "Invalid parameter"),
    "20003": (401, "Authenticate"),
    "20404": (404, "The requested resource was not found"),
    "20429": (429, "Too Many Requests"),
    "21211": (400, "Invalid 'To' Phone Number"),
    "21212": (400, "Invalid 'From' Number"),
    "21408": (
        400,
        "Permission to send an SMS has not been enabled for the region indicated by the 'To' number",
    ),
    "21601": (400, "Phone number is not a valid SMS-capable inbound phone number"),
    "21602": (400, "Message body is required"),
    "21603": (400, "A 'From' phone number is required"),
    "21604": (400, "A 'To' phone number is required"),
    "21606": (400, "The 'From' phone number provided is not a valid, message-capable Twilio phone number"),
    "21608": (400, "The number is unverified. Trial accounts cannot send messages to unverified numbers"),
    "21609": (400, "Invalid 'StatusCallback' URL"),
    "21610": (400, "Attempt to send to unsubscribed recipient"),
    "21611": (400, "This 'From' number has exceeded the maximum number of queued messages"),
    "21612": (400, "The 'To' phone number is not currently reachable using the 'From' phone number"),
    "21614": (400, "'To' number is not a valid mobile number"),
    "21617": (400, "The concatenated message body exceeds the 1600 character limit"),
}
THROTTLED = frozenset({"20429", "21611"})
_TO = re.compile(r"\+[1-9]\d{6,14}")
_FROM = re.compile(r"\+[1-9]\d{6,14}|\d{3,8}|(?=.*[A-Za-z])[A-Za-z0-9 +_&-]{1,11}")
_SEND = re.compile(r"/2010-04-01/Accounts/(\w+)/Messages\.json")


class Twilio:
    name = "twilio"

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._messages = Messages()

    def sends(self, path: str) -> bool:
        return _SEND.fullmatch(path) is not None

    def read(self, request: Incoming) -> Submission | Refusal:
        fields = request.form()
        to, sender = fields.get("To", ""), fields.get("From", "")
        code = self._stranger(request) or _missing(fields) or _invalid(fields)
        if code:
            return Refusal(_error(code), to=to, sender=sender)
        media = request.body.count(b"MediaUrl=") if "MediaUrl" in fields else 0
        return Submission(request.path.split("/")[3], to, sender, "", fields | {"NumMedia": str(media)})

    def _stranger(self, request: Incoming) -> str:
        """The code for who may not use this path; empty for its owner."""
        user, secret = request.basic() or ("", "")
        if not self._accounts.valid("twilio", user, secret):
            return "20003"
        return "" if request.path.split("/")[3] == user else "20404"

    def accept(self, submission: Submission, seq: int, at: float) -> Acceptance:
        message = Message.of(submission, seq, at)
        self._messages.add(message)
        return Acceptance(message.sid, json_reply(201, resource(message, "queued")))

    def refuse(self, code: str) -> Refusal:
        return Refusal(_error(code), throttled=code in THROTTLED)

    def throttle(self) -> Reply:
        return _error("20429")

    def failure(self, status: int) -> Reply:
        body = {"code": 20500, "message": "An internal server error has occurred", "status": status}
        return json_reply(status, body | {"more_info": "https://www.twilio.com/docs/errors/20500"})

    def clear(self) -> None:
        self._messages = Messages()

    def lookups(self) -> Sequence[web.RouteDef]:
        base = "/2010-04-01/Accounts/{account}/Messages"
        return web.get(f"{base}.json", self._list), web.get(f"{base}/{{sid}}.json", self._one)

    async def _list(self, request: web.Request) -> web.Response:
        if code := self._stranger(Incoming(request.path, request.headers, b"")):
            return _response(_error(code))
        try:
            page = self._messages.page(request.match_info["account"], request.path, request.query)
        except ValueError:
            return _response(_error("20001"))
        return _response(json_reply(200, page))

    async def _one(self, request: web.Request) -> web.Response:
        if code := self._stranger(Incoming(request.path, request.headers, b"")):
            return _response(_error(code))
        message = self._messages.find(request.match_info["account"], request.match_info["sid"])
        return _response(json_reply(200, resource(message, "sent")) if message else _error("20404"))


def _response(reply: Reply) -> web.Response:
    return web.Response(status=reply.status, body=reply.body, content_type=reply.content_type)


def _error(code: str) -> Reply:
    status, text = ERRORS.get(code, (400, "Bad request"))
    more = f"https://www.twilio.com/docs/errors/{code}"
    return json_reply(status, {"code": int(code), "message": text, "more_info": more, "status": status})


def _missing(fields: dict[str, str]) -> str:
    if not fields.get("To"):
        return "21604"
    if not (fields.get("From") or fields.get("MessagingServiceSid")):
        return "21603"
    return "" if any(fields.get(name) for name in ("Body", "MediaUrl", "ContentSid")) else "21602"


def _invalid(fields: dict[str, str]) -> str:
    if not _TO.fullmatch(fields["To"]):
        return "21211"
    if fields.get("From") and not _FROM.fullmatch(fields["From"]):
        return "21212"
    if len(fields.get("Body", "")) > 1600:
        return "21617"
    if not _callback_is_fine(fields.get("StatusCallback")):
        return "21609"
    return "" if _validity_is_fine(fields.get("ValidityPeriod")) else "20001"


def _callback_is_fine(url: str | None) -> bool:
    """Twilio takes no host with an underscore."""
    if url is None:
        return True
    scheme, _, rest = url.partition("://")
    return scheme in ("http", "https") and "_" not in rest.partition("/")[0]


def _validity_is_fine(seconds: str | None) -> bool:
    return seconds is None or (seconds.isdecimal() and 1 <= int(seconds) <= 36_000)
