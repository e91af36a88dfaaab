"""Amazon SNS, mobile push: Publish to a platform's endpoint. 200 says that SNS has it, not that a device does.

SNS has no callback for one message, no key against sending twice (outside of FIFO topics), and cannot be asked about a
message. What failed on its way it tells to the topic that is the platform application's attribute
EventDeliveryFailure, to be subscribed to the account's callback URL.

https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import ClassVar, Final

from pydantic import BaseModel

from dapi_common.events.shapes import Channel
from dapi_common.provider import aws
from dapi_common.provider.adapter import Accepted, Message, Outcome, Refused, Unclear
from dapi_common.provider.callback import Callback, Received, Rejected
from dapi_common.provider.documented import SnsKeys
from dapi_common.provider.http import Http, Response
from dapi_common.provider.sns_envelope import Envelope, Envelopes
from dapi_common.provider.verdict import ErrorTable, Row, Verdict, by_status, judge, unanswered
from provider_amazon_sns.events import read
from provider_amazon_sns.reply import flat
from provider_amazon_sns.request import Push, body_of, region_of

# https://docs.aws.amazon.com/sns/latest/api/API_Publish.html#API_Publish_Errors, and those of every service of Amazon's
ERRORS: Final[ErrorTable] = {
    **aws.WHO_ASKS,
    "InvalidParameter": Row(Verdict.PERMANENT, "a parameter is invalid"),
    "ParameterValueInvalid": Row(Verdict.PERMANENT, "a parameter is invalid"),
    "ValidationException": Row(Verdict.PERMANENT, "a parameter is invalid"),
    "EndpointDisabled": Row(Verdict.SUPPRESS, "the endpoint is disabled until its token is renewed"),
    "PlatformApplicationDisabled": Row(Verdict.AUTH, "the platform application is disabled: its credentials expired"),
    "NotFound": Row(Verdict.SUPPRESS, "the endpoint was deleted"),
    "AuthorizationError": Row(Verdict.AUTH, "the access key may not publish to this account's endpoints"),
    "InvalidSecurity": Row(Verdict.AUTH, "the signature is invalid, or not for HTTPS"),
    "KMSOptInRequired": Row(Verdict.AUTH, "the account is not subscribed to the key service"),
    "KMSAccessDenied": Row(Verdict.AUTH, "the key is not accessible"),
    "KMSDisabled": Row(Verdict.AUTH, "the key is disabled"),
    "KMSInvalidState": Row(Verdict.AUTH, "the key is in a state that does not allow this"),
    "KMSNotFound": Row(Verdict.AUTH, "the key was not found"),
    "KMSThrottling": Row(Verdict.RETRY, "the key service is throttled", wait=1.0),
    "Throttled": Row(Verdict.RETRY, "throttled", wait=1.0),
    "Throttling": Row(Verdict.RETRY, "throttled", wait=1.0),
    "ThrottlingException": Row(Verdict.RETRY, "throttled", wait=1.0),
    "OptedOut": Row(Verdict.SUPPRESS, "the recipient has opted out"),
}
_FORM: Final = "application/x-www-form-urlencoded; charset=utf-8"
# The client asks for JSON unless it is told otherwise, which some of Amazon's XML services then answer.
_ACCEPT: Final = {"Accept": "*/*"}


class AmazonSns:
    """The adapter."""

    name: ClassVar[str] = "amazon-sns"
    recipient: ClassVar[Mapping[Channel, str]] = {"push": "TargetArn"}
    arguments: ClassVar[Mapping[Channel, type[BaseModel]]] = {"push": Push}
    credentials: ClassVar[type[BaseModel]] = SnsKeys

    def __init__(self, now: Callable[[], datetime] = aws.now) -> None:
        """`now`: the time that signatures carry."""
        self._now = now
        self._envelopes = Envelopes()

    @staticmethod
    def url(credentials: Mapping[str, str]) -> str:
        """A host for each region."""
        region = credentials["REGION_NAME"]
        return f"https://sns.{region}.amazonaws.com{'.cn' if region.startswith('cn-') else ''}"

    async def send(self, message: Message, http: Http) -> Outcome:
        """One call to the provider, one truthful answer."""
        if region_of(message.arguments["TargetArn"]) != message.credentials["REGION_NAME"]:
            return Refused("foreign-target", "the target is no endpoint in the region REGION_NAME")
        body = body_of(message.arguments)
        headers = aws.signed("sns", message.credentials, f"{http.base}/", _FORM, body, self._now())
        answer = await http.post("/", body, {**headers, **_ACCEPT})
        if not isinstance(answer, Response):
            return unanswered(answer)
        if answer.status != 200:
            return _refusal(answer)
        reply = flat(answer.body)
        if not reply.get("MessageId"):
            return Unclear("no-id", "the answer does not say what became of the message")
        return Accepted(str(reply["MessageId"]), reply)

    async def receive(self, callback: Callback, http: Http) -> Received | Rejected:
        """Checks that SNS sent it, from a topic of the account's, and says what it means."""
        opened = await self._envelopes.open(callback, http)
        return read(opened.Message) if isinstance(opened, Envelope) else opened


def _refusal(answer: Response) -> Outcome:
    """The code decides where it is known; a 5xx never says what became of the message."""
    if not 400 <= answer.status < 500 or answer.status == 408:
        return by_status(answer)
    reply = flat(answer.body)
    code = aws.code_of(reply.get("Code"))
    if code in ERRORS:
        return judge(code, ERRORS[code], answer, reply)
    if code and answer.status not in (401, 403, 429):
        return Refused(code, "the request was refused", reply)
    return by_status(answer)
