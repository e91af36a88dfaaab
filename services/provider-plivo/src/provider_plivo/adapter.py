"""Plivo SMS and voice. 202 with `message_uuid`, 201 with `request_uuid`, or an HTTP error that may tell why.

Not verified by the vendor's documents, and read leniently: the shape of an error's body (text, an object, or none; its
text is looked at for the two things that its status does not tell), `Retry-After`, the status of a refusal by country
(403 is one unless its text is about the account), the status of a call that was taken (any 2xx), `request_uuid` as a
list, some fields of voice callbacks, codes 300, 910 and any above 1000. Times without a zone are taken for UTC.

https://www.plivo.com/docs/messaging/api/message
https://www.plivo.com/docs/voice/api/call"""

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from pydantic import BaseModel

from dapi_common.events.shapes import Channel, JsonObject
from dapi_common.provider.adapter import Accepted, Message, Outcome, Refused, Unclear
from dapi_common.provider.callback import Callback, Received, Rejected
from dapi_common.provider.documented import PlivoKeys
from dapi_common.provider.http import Http, Response
from dapi_common.provider.verdict import by_status, judge, unanswered
from provider_plivo import lookups, requests, webhooks
from provider_plivo.arguments import Call, Sms
from provider_plivo.errors import ERRORS

_IDS: Final[Mapping[Channel, str]] = {"sms": "message_uuid", "voice": "request_uuid"}
_NO_CREDIT: Final = re.compile(r"insufficient\s+credit", re.IGNORECASE)
_ACCOUNT: Final = re.compile(
    r"authenticat|credential|auth[ _-]?(?:id|token)|account\s+(?:is\s+|has\s+been\s+)?(?:suspended|disabled)",
    re.IGNORECASE,
)


class Plivo:
    """The adapter."""

    name: ClassVar[str] = "plivo"
    recipient: ClassVar[Mapping[Channel, str]] = {"sms": "dst", "voice": "to"}
    arguments: ClassVar[Mapping[Channel, type[BaseModel]]] = {"sms": Sms, "voice": Call}
    credentials: ClassVar[type[BaseModel]] = PlivoKeys

    @staticmethod
    def url(credentials: Mapping[str, str]) -> str:
        """One host for all accounts."""
        return "https://api.plivo.com"

    async def send(self, message: Message, http: Http) -> Outcome:
        """One call to the provider, one truthful answer."""
        is_sms = message.channel == "sms"
        body = requests.sms(message) if is_sms else requests.call(message)
        if isinstance(body, Refused):
            return body
        user = message.credentials["AUTH_ID"]
        path = f"/v1/Account/{user}/{'Message' if is_sms else 'Call'}/"
        answer = await http.post_json(path, body, basic=(user, message.credentials["AUTH_TOKEN"]))
        if not isinstance(answer, Response):
            return unanswered(answer)
        if 200 <= answer.status < 300:
            return _read(answer.json(), _IDS[message.channel])
        return _refusal(answer)

    async def lookup(self, message: Message, since: float, http: Http) -> Sequence[Accepted]:
        """What Plivo has that may be this message."""
        return await lookups.find(message, since, http)

    async def receive(self, callback: Callback, http: Http) -> Received | Rejected:
        """A status callback, or what somebody sent to one of the account's numbers."""
        return webhooks.read(callback)


def _read(reply: JsonObject, name: str) -> Outcome:
    """One id for each valid recipient, of which there is one."""
    given = reply.get(name)
    ids = [one for one in (given if isinstance(given, list) else [given]) if isinstance(one, str) and one]
    if ids:
        return Accepted(",".join(ids), reply)
    if reply.get("invalid_number"):
        return Refused("invalid-number", "the recipient's number is invalid", reply)
    return Unclear(f"no-{name.replace('_', '-')}", "the answer does not say what became of the message")


def _refusal(answer: Response) -> Outcome:
    """A 5xx never says what became of the message."""
    reply = answer.json()
    if not 400 <= answer.status < 500 or answer.status == 408:
        return by_status(answer)
    code = _code(answer.status, str(reply.get("error", "")))
    return judge(code, ERRORS[code], answer, reply) if code in ERRORS else by_status(answer)


def _code(status: int, text: str) -> str:
    if _NO_CREDIT.search(text):
        return "insufficient-credit"
    return "forbidden" if status == 403 and _ACCOUNT.search(text) else f"http-{status}"
