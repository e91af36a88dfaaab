"""Twilio SMS. 201 with the message's resource, or an HTTP error with a `code`.

https://www.twilio.com/docs/messaging/api/message-resource"""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from dapi_common.events.shapes import Channel
from dapi_common.provider import fields
from dapi_common.provider.adapter import Accepted, Message, Outcome, Refused, Unclear
from dapi_common.provider.http import Http, Response
from dapi_common.provider.verdict import ErrorTable, Row, Verdict, by_status, judge, unanswered

# https://www.twilio.com/docs/api/errors
ERRORS: ErrorTable = {
    "20003": Row(Verdict.AUTH, "the credentials are invalid"),
    "20404": Row(Verdict.AUTH, "no such account"),
    "20429": Row(Verdict.RETRY, "too many concurrent requests"),
    "21211": Row(Verdict.PERMANENT, "the recipient's number is invalid"),
    "21212": Row(Verdict.PERMANENT, "the sender is invalid"),
    "21408": Row(Verdict.PERMANENT, "the account may not send to this region"),
    "21601": Row(Verdict.PERMANENT, "the sender cannot send SMS"),
    "21602": Row(Verdict.PERMANENT, "the message has no body"),
    "21606": Row(Verdict.PERMANENT, "the sender is not the account's, or cannot send SMS"),
    "21608": Row(Verdict.PERMANENT, "a trial account may not send to this number"),
    "21610": Row(Verdict.SUPPRESS, "the recipient has opted out"),
    "21611": Row(Verdict.RETRY, "the sender's queue is full", wait=300.0),
    "21612": Row(Verdict.PERMANENT, "the recipient cannot be reached from this sender"),
    "21614": Row(Verdict.PERMANENT, "the recipient's number is no mobile"),
    "21617": Row(Verdict.PERMANENT, "the message is too long"),
}
_FAILED = ("failed", "undelivered", "canceled")


class Keys(fields.Credentials):
    """ACCOUNT_SID is part of the path."""

    ACCOUNT_SID: fields.PathKey
    AUTH_TOKEN: fields.Key


class Sms(fields.Arguments):
    """`StatusCallback` is missing on purpose: receipts are ours to receive."""

    To: fields.PhoneNumber
    From: fields.Text | None = None
    MessagingServiceSid: fields.PathKey | None = None
    Body: Annotated[str, StringConstraints(min_length=1, max_length=1600)] | None = None
    MediaUrl: Annotated[fields.Urls, Field(min_length=1, max_length=10)] | None = None
    ContentSid: fields.PathKey | None = None
    ContentVariables: Annotated[str, StringConstraints(min_length=1, max_length=10_000)] | None = None
    ApplicationSid: fields.PathKey | None = None
    ValidityPeriod: Annotated[int, Field(ge=1, le=36_000)] | None = None
    SmartEncoded: bool | None = None
    ShortenUrls: bool | None = None
    RiskCheck: Literal["enable", "disable"] | None = None
    ContentRetention: Literal["retain", "discard"] | None = None
    AddressRetention: Literal["retain", "obfuscate"] | None = None
    ScheduleType: Literal["fixed"] | None = None
    SendAt: fields.Text | None = None

    @model_validator(mode="after")
    def complete(self) -> Self:
        """A sender and something to say."""
        if not (self.From or self.MessagingServiceSid):
            raise fields.lacks("From", "From or MessagingServiceSid is required")
        if not (self.Body or self.MediaUrl or self.ContentSid):
            raise fields.lacks("Body", "Body, MediaUrl or ContentSid is required")
        return self


class Twilio:
    """The adapter."""

    name: ClassVar[str] = "twilio"
    recipient: ClassVar[Mapping[Channel, str]] = {"sms": "To"}
    arguments: ClassVar[Mapping[Channel, type[Sms]]] = {"sms": Sms}
    credentials: ClassVar[type[Keys]] = Keys

    @staticmethod
    def url(credentials: Mapping[str, str]) -> str:
        """One host for all accounts."""
        return "https://api.twilio.com"

    async def send(self, message: Message, http: Http) -> Outcome:
        """One call to the provider, one truthful answer."""
        sid = message.credentials["ACCOUNT_SID"]
        answer = await http.post_form(
            f"/2010-04-01/Accounts/{sid}/Messages.json",
            fields.parameters(message.arguments),
            basic=(sid, message.credentials["AUTH_TOKEN"]),
        )
        if not isinstance(answer, Response):
            return unanswered(answer)
        if 200 <= answer.status < 300:
            return _read(answer)
        return _refusal(answer)


def _read(answer: Response) -> Outcome:
    reply = answer.json()
    sid = reply.get("sid")
    if not isinstance(sid, str) or not sid:
        return Unclear("no-sid", "the answer does not say what became of the message")
    if reply.get("status") in _FAILED:
        return Refused(_code(reply.get("error_code")) or "failed", "the message failed at once", reply)
    return Accepted(sid, reply)


def _refusal(answer: Response) -> Outcome:
    """The code decides where it is known; a 5xx never says what became of the message."""
    reply = answer.json()
    code = _code(reply.get("code"))
    if not 400 <= answer.status < 500 or answer.status == 408:
        return by_status(answer)
    if code in ERRORS:
        return judge(code, ERRORS[code], answer, reply)
    if answer.status == 404:
        return Refused(code or "http-404", "no such account", reply, auth=True)
    if answer.status == 400 and code:
        return Refused(code, "the request was refused", reply)
    return by_status(answer)


def _code(value: object) -> str:
    text = str(value)
    return text if text.isdecimal() and len(text) < 7 else ""
