"""Twilio SMS and voice. 201 with the resource, or an HTTP error with a `code`.

Not verified by the vendor's documents, and read leniently: `Retry-After` on 429, `OptOutType`, statuses and callback
fields beyond those that are named here (news without a status), and whether a list by `DateSent` shows what is still
queued (if not, a look-up finds nothing, and the send stays unclear).

https://www.twilio.com/docs/messaging/api/message-resource
https://www.twilio.com/docs/voice/api/call-resource"""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from pydantic import BaseModel

from dapi_common.events.shapes import Channel
from dapi_common.provider.adapter import Accepted, Message, Outcome, Refused, Unclear
from dapi_common.provider.callback import Callback, Received, Rejected
from dapi_common.provider.documented import TwilioKeys
from dapi_common.provider.http import Http, Response
from dapi_common.provider.verdict import Row, Verdict, by_status, judge, unanswered
from provider_twilio import lookups, requests, webhooks
from provider_twilio.arguments import Call, Sms
from provider_twilio.errors import ERRORS, KNOWN, code_of

_FAILED: Final = ("failed", "undelivered", "canceled")
_AT_ONCE: Final = Row(Verdict.PERMANENT, "the message failed at once")
_EDGES: Final[Mapping[str, str]] = {
    "au1": "sydney",
    "br1": "sao-paulo",
    "de1": "frankfurt",
    "ie1": "dublin",
    "jp1": "tokyo",
    "sg1": "singapore",
    "us2": "umatilla",
}
"""A region's own edge: api.<region>.twilio.com is gone since April 2026 everywhere but in us1.
https://www.twilio.com/docs/global-infrastructure/understanding-edge-locations"""


class Twilio:
    """The adapter."""

    name: ClassVar[str] = "twilio"
    recipient: ClassVar[Mapping[Channel, str]] = {"sms": "To", "voice": "To"}
    arguments: ClassVar[Mapping[Channel, type[BaseModel]]] = {"sms": Sms, "voice": Call}
    credentials: ClassVar[type[BaseModel]] = TwilioKeys

    @staticmethod
    def url(credentials: Mapping[str, str]) -> str:
        """The region's host, by way of an edge: an edge alone means us1, a region alone its own edge."""
        edge, region = credentials.get("EDGE"), credentials.get("REGION")
        path = [edge, region or "us1"] if edge else [_EDGES.get(region), region] if region else []
        return f"https://{'.'.join(['api', *(label for label in path if label), 'twilio.com'])}"

    async def send(self, message: Message, http: Http) -> Outcome:
        """One call to the provider, one truthful answer."""
        is_sms = message.channel == "sms"
        form = requests.sms(message) if is_sms else requests.call(message)
        if isinstance(form, Refused):
            return form
        sid = message.credentials["ACCOUNT_SID"]
        path = f"/2010-04-01/Accounts/{sid}/{'Messages' if is_sms else 'Calls'}.json"
        answer = await http.post_form(path, form, basic=(sid, message.credentials["AUTH_TOKEN"]))
        if not isinstance(answer, Response):
            return unanswered(answer)
        return _read(answer) if 200 <= answer.status < 300 else _refusal(answer)

    async def lookup(self, message: Message, since: float, http: Http) -> Sequence[Accepted]:
        """What Twilio has that may be this message."""
        return await lookups.find(message, since, http)

    async def receive(self, callback: Callback, http: Http) -> Received | Rejected:
        """A status callback, or what somebody sent to one of the account's numbers."""
        return webhooks.read(callback)


def _read(answer: Response) -> Outcome:
    """A resource that failed at once was taken all the same: sending it again would be another message."""
    reply = answer.json()
    sid = reply.get("sid")
    if not isinstance(sid, str) or not sid:
        return Unclear("no-sid", "the answer does not say what became of the message")
    if reply.get("status") not in _FAILED:
        return Accepted(sid, reply)
    code = code_of(reply.get("error_code"))
    verdict, description, _ = KNOWN.get(code, _AT_ONCE)
    return Refused(
        code or "failed", description, reply, auth=verdict is Verdict.AUTH, suppress=verdict is Verdict.SUPPRESS
    )


def _refusal(answer: Response) -> Outcome:
    """The code decides where it is known; a 5xx never says what became of the message."""
    reply = answer.json()
    code = code_of(reply.get("code"))
    if not 400 <= answer.status < 500 or answer.status == 408:
        return by_status(answer)
    if code in ERRORS:
        return judge(code, ERRORS[code], answer, reply)
    if answer.status == 404:
        return Refused(code or "http-404", "no such account", reply, auth=True)
    if answer.status == 400 and code:
        return Refused(code, "the request was refused", reply)
    return by_status(answer)
