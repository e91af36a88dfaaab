"""Amazon SES by its API v2: 200 with a MessageId, or an error whose name is in a header. Its events come through SNS
to the account's callback URL: a configuration set with an SNS destination, raw message delivery off.

SES has no key against sending twice, and cannot be asked about a message: its tags tell ours in every event, which
settles what was unclear.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import ClassVar, Final, Self

import orjson
from pydantic import BaseModel, model_validator

from dapi_common.events.shapes import Channel, JsonObject
from dapi_common.provider import aws
from dapi_common.provider.adapter import Accepted, Message, Outcome, Refused, Unclear
from dapi_common.provider.callback import Callback, Received, Rejected
from dapi_common.provider.documented import SesKeys
from dapi_common.provider.fields import lacks
from dapi_common.provider.http import Http, Response
from dapi_common.provider.sns_envelope import Envelope, Envelopes
from dapi_common.provider.verdict import ErrorTable, Row, Verdict, by_status, judge, unanswered
from provider_amazon_ses.events import read
from provider_amazon_ses.request import Email, body_of

_RATE = Row(Verdict.RETRY, "the account's sending rate is exceeded", wait=1.0)
_QUOTA = Row(Verdict.RETRY, "the account's daily quota is used up", wait=3600.0)
# The errors of SendEmail in v2, those of v1 (which name the same), and those of every service of Amazon's:
# https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html#API_SendEmail_Errors
ERRORS: Final[ErrorTable] = {
    **aws.WHO_ASKS,
    "MessageRejected": Row(Verdict.PERMANENT, "the message was rejected: an unverified identity, or its content"),
    "MailFromDomainNotVerifiedException": Row(Verdict.AUTH, "the MAIL FROM domain is not verified"),
    "AccountSuspendedException": Row(Verdict.AUTH, "the account is suspended"),
    "SendingPausedException": Row(Verdict.AUTH, "the account's sending is paused"),
    "AccountSendingPausedException": Row(Verdict.AUTH, "the account's sending is paused"),
    "ConfigurationSetSendingPausedException": Row(Verdict.AUTH, "the configuration set's sending is paused"),
    "NotFoundException": Row(Verdict.AUTH, "a configuration set, identity or template does not exist"),
    "ConfigurationSetDoesNotExist": Row(Verdict.AUTH, "the configuration set does not exist"),
    "BadRequestException": Row(Verdict.PERMANENT, "a parameter is invalid"),
    "InvalidParameterValue": Row(Verdict.PERMANENT, "a parameter is invalid"),
    "TooManyRequestsException": _RATE,
    "Throttling": _RATE,
    "ThrottlingException": _RATE,
    "LimitExceededException": _QUOTA,
}
_MISSING: Final = frozenset({"NotFoundException", "ConfigurationSetDoesNotExist"})
_ITS_OWN: Final = Row(Verdict.PERMANENT, "the configuration set or the template that the message names does not exist")
_TEXTS: Final = {b"sending rate exceeded": _RATE, b"daily message quota exceeded": _QUOTA}
"""Of errors that stand for either. https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-errors.html"""


class Keys(SesKeys):
    """REGION_NAME chooses the host."""

    @model_validator(mode="after")
    def outside_china(self) -> Self:
        """SES has no endpoints there."""
        if self.REGION_NAME.startswith("cn-"):
            raise lacks("REGION_NAME", "SES is not available in the regions of China")
        return self


class AmazonSes:
    """The adapter."""

    name: ClassVar[str] = "amazon-ses"
    recipient: ClassVar[Mapping[Channel, str]] = {"email": "Destination.ToAddresses[]"}
    copies: ClassVar[Mapping[Channel, Sequence[str]]] = {
        "email": ("Destination.CcAddresses[]", "Destination.BccAddresses[]")
    }
    arguments: ClassVar[Mapping[Channel, type[BaseModel]]] = {"email": Email}
    credentials: ClassVar[type[BaseModel]] = Keys

    def __init__(self, now: Callable[[], datetime] = aws.now) -> None:
        """`now`: the time that signatures carry."""
        self._now = now
        self._envelopes = Envelopes()

    @staticmethod
    def url(credentials: Mapping[str, str]) -> str:
        """A host for each region."""
        return f"https://email.{credentials['REGION_NAME']}.amazonaws.com"

    async def send(self, message: Message, http: Http) -> Outcome:
        """One call to the provider, one truthful answer."""
        path, body = "/v2/email/outbound-emails", orjson.dumps(body_of(message))
        url, at = f"{http.base}{path}", self._now()
        answer = await http.post(path, body, aws.signed("ses", message.credentials, url, "application/json", body, at))
        if not isinstance(answer, Response):
            return unanswered(answer)
        if answer.status != 200:
            return _refusal(answer, message)
        ref = answer.json().get("MessageId")
        if not isinstance(ref, str) or not ref:
            return Unclear("no-id", "the answer does not say what became of the message")
        return Accepted(ref, answer.json())

    async def receive(self, callback: Callback, http: Http) -> Received | Rejected:
        """Checks that SNS sent it, from a topic of the account's, and says what it means."""
        opened = await self._envelopes.open(callback, http)
        return read(opened.Message) if isinstance(opened, Envelope) else opened


def _refusal(answer: Response, message: Message) -> Outcome:
    """The name decides where it is known; a 5xx never says what became of the message."""
    if not 400 <= answer.status < 500 or answer.status == 408:
        return by_status(answer)
    reply = answer.json()
    code = _code(answer, reply)
    row = ERRORS.get(code)
    if row is not None and row.verdict is Verdict.RETRY:
        said = answer.body.lower()
        row = next((by_text for text, by_text in _TEXTS.items() if text in said), row)
    if code in _MISSING and _names_one(message.arguments):
        row = _ITS_OWN
    if row is not None:
        return judge(code, row, answer, reply)
    if code and answer.status not in (401, 403, 429):
        return Refused(code, "the request was refused", reply)
    return by_status(answer)


def _names_one(arguments: JsonObject) -> bool:
    """Whether the message itself names a configuration set or a template, which may then be what does not exist."""
    content = arguments.get("Content")
    return "ConfigurationSetName" in arguments or (isinstance(content, dict) and "Template" in content)


def _code(answer: Response, reply: JsonObject) -> str:
    """The error's name: in a header, or by the older of Amazon's protocols in the body."""
    names = (answer.headers.get("x-amzn-errortype"), reply.get("__type"), reply.get("code"), reply.get("Code"))
    return next((code for code in map(aws.code_of, names) if code), "")
