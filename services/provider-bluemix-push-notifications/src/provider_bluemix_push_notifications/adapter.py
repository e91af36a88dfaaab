"""IBM Push Notifications, on Bluemix as it was called. 202 with the message's id, or an error with a code `FPWSE…`.

IBM RETIRED THIS SERVICE: there were no new instances after 2021-07-30, and IBM announced to delete the remaining ones
after 2022-06-15. The adapter is kept for the contract's sake and speaks to the simulator; its wire contract is the last
that IBM published (github.com/IBM-Bluemix-Docs/mobilepush, May 2021). What IBM told on its own is in `webhooks`."""

import re
import time
from collections.abc import Callable, Mapping
from typing import ClassVar

from dapi_common.events.shapes import Channel, JsonObject
from dapi_common.provider.adapter import Accepted, Deferred, Message, Outcome, Refused, Unclear
from dapi_common.provider.callback import Callback, Received, Rejected
from dapi_common.provider.documented import BLUEMIX_SUFFIXES, BluemixKeys
from dapi_common.provider.http import Http, Response
from dapi_common.provider.verdict import ErrorTable, Row, Verdict, by_status, judge, unanswered
from provider_bluemix_push_notifications import webhooks
from provider_bluemix_push_notifications.arguments import Push, without_nulls
from provider_bluemix_push_notifications.tokens import Token, Tokens

_BAD = Row(Verdict.PERMANENT, "the request's JSON or query is bad or incomplete")
# https://github.com/IBM-Bluemix-Docs/mobilepush (service errors). The code decides: which HTTP status goes with which
# code is documented in part only.
ERRORS: ErrorTable = {
    "FPWSE0001E": Row(Verdict.PERMANENT, "the application or the tag does not exist"),
    "FPWSE0003E": Row(Verdict.AUTH, "the application has no push credentials"),
    "FPWSE0004E": _BAD,
    "FPWSE0005E": _BAD,
    "FPWSE0006E": _BAD,
    "FPWSE0007E": _BAD,
    "FPWSE0008E": _BAD,
    "FPWSE0009E": Row(Verdict.PERMANENT, "no device is registered"),
    "FPWSE0013E": _BAD,
    "FPWSE0025E": Row(Verdict.RETRY, "the service is too busy", wait=5.0),
    "FPWSE1007E": Row(Verdict.AUTH, "the service is disabled"),
}
_INTERNAL = "FPWSE0010E"
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class BluemixPush:
    """The adapter. Remembers nothing but access tokens."""

    name: ClassVar[str] = "bluemix-push-notifications"
    recipient: ClassVar[Mapping[Channel, str]] = {"push": "target.deviceIds[]"}
    arguments: ClassVar[Mapping[Channel, type[Push]]] = {"push": Push}
    credentials: ClassVar[type[BluemixKeys]] = BluemixKeys

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._tokens = Tokens(monotonic)

    @staticmethod
    def url(credentials: Mapping[str, str]) -> str:
        """By region, in IBM's newer words or in its older ones."""
        region = credentials["REGION_NAME"]
        host = f"imfpush{region}" if region in BLUEMIX_SUFFIXES else f"{region}.imfpush.cloud.ibm.com"
        return f"https://{host}"

    async def send(self, message: Message, http: Http) -> Outcome:
        """One call to the provider, and before it one for a token where the account has an API key."""
        key = message.credentials.get("API_KEY")
        if key is None:
            return await _sent(message, {"appSecret": message.credentials["APP_SECRET"]}, http)
        kept = self._tokens.kept(key)
        token = kept or await self._tokens.fetched(key, http)
        if not isinstance(token, Token):
            return token
        outcome = await _sent(message, {"Authorization": f"Bearer {token.value}"}, http)
        return self._judged(outcome, key, token, is_new=kept is None)

    async def receive(self, callback: Callback, http: Http) -> Received | Rejected:
        """What became of a message on some devices."""
        return webhooks.read(callback)

    def _judged(self, outcome: Outcome, key: str, token: Token, is_new: bool) -> Outcome:
        """A 401 is the token's fault before it is the key's: it is fetched anew for the next try."""
        if not isinstance(outcome, Refused) or outcome.code != "http-401":
            return outcome
        self._tokens.drop(key, token)
        return outcome if is_new else Deferred(outcome.code, "the access token is no longer accepted")


async def _sent(message: Message, headers: Mapping[str, str], http: Http) -> Outcome:
    body = {name: without_nulls(value) for name, value in message.arguments.items() if value is not None}
    path = f"/imfpush/v1/apps/{message.credentials['APP_GUID']}/messages"
    answer = await http.post_json(path, body, headers=headers)
    if not isinstance(answer, Response):
        return unanswered(answer)
    return _read(answer) if 200 <= answer.status < 300 else _refusal(answer)


def _read(answer: Response) -> Outcome:
    """Where in a 202 the id stands is not documented for sure."""
    reply = answer.json()
    for place in (reply, reply.get("message")):
        if ref := _id(place):
            return Accepted(ref, reply)
    return Unclear("no-id", "the answer does not say what became of the message")


def _id(place: object) -> str:
    given = place.get("messageId") if isinstance(place, dict) else None
    return given if isinstance(given, str) and _ID.fullmatch(given) else ""


def _refusal(answer: Response) -> Outcome:
    reply: JsonObject = answer.json()
    code = str(reply.get("code", ""))
    if code == _INTERNAL:
        return Unclear(code, "internal error at the provider")
    return judge(code, ERRORS[code], answer, reply) if code in ERRORS else by_status(answer)
