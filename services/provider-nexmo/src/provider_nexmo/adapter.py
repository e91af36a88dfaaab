"""Nexmo / Vonage SMS. HTTP 200 for whatever it decides itself; the truth is in `messages[].status`, one for each part.

https://developer.vonage.com/en/api/sms; what it tells us on its own is in `callbacks`."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from dapi_common.events.shapes import Channel, JsonObject
from dapi_common.provider import fields
from dapi_common.provider.adapter import Accepted, Message, Outcome, Refused, Unclear
from dapi_common.provider.callback import Callback, Received, Rejected
from dapi_common.provider.http import Http, Response
from dapi_common.provider.verdict import ErrorTable, Row, Verdict, by_status, judge, unanswered
from provider_nexmo import callbacks

# https://developer.vonage.com/en/messaging/sms/guides/troubleshooting-sms
ERRORS: ErrorTable = {
    "1": Row(Verdict.RETRY, "throttled", wait=1.0),
    "2": Row(Verdict.PERMANENT, "a parameter is missing"),
    "3": Row(Verdict.PERMANENT, "a parameter is invalid"),
    "4": Row(Verdict.AUTH, "the credentials are invalid"),
    "5": Row(Verdict.RETRY, "internal error at the provider"),
    "6": Row(Verdict.PERMANENT, "the message is invalid, or its prefix unknown"),
    "7": Row(Verdict.SUPPRESS, "the number is barred"),
    "8": Row(Verdict.AUTH, "the account is suspended"),
    "9": Row(Verdict.AUTH, "the account has no credit"),
    "10": Row(Verdict.RETRY, "too many connections of the account", wait=1.0),
    "11": Row(Verdict.AUTH, "the account may not use HTTP"),
    "12": Row(Verdict.PERMANENT, "the message is too long"),
    "14": Row(Verdict.AUTH, "the signature is invalid"),
    "15": Row(Verdict.PERMANENT, "the sender is not allowed"),
    "22": Row(Verdict.PERMANENT, "the network code is invalid"),
    "23": Row(Verdict.PERMANENT, "the callback URL is invalid"),
    "29": Row(Verdict.PERMANENT, "a demo account may not send to this number"),
    "32": Row(Verdict.AUTH, "both a signature and a secret were sent"),
    "33": Row(Verdict.SUPPRESS, "the number is de-activated"),
}
_ACCEPTED = "0"
_LONGEST_CALLBACK = 100
_LONGEST_REFERENCE = 40

# GSM 03.38 with its extension table: https://developer.vonage.com/en/messaging/sms/guides/concatenation-and-encoding
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà\f^{}\\[~]|€"
)


class Keys(fields.Credentials):
    """The last two are for the signatures of callbacks."""

    API_KEY: fields.Key
    API_SECRET: fields.Key
    SIGNATURE_SECRET: fields.Key | None = None
    SIGNATURE_METHOD: Literal["md5hash", "md5", "sha1", "sha256", "sha512"] | None = None


class Sms(fields.Arguments):
    """`callback` is missing on purpose: receipts are ours to receive."""

    sender: Annotated[str, StringConstraints(min_length=1, max_length=20)] = Field(alias="from")
    to: fields.LoosePhoneNumber
    text: Annotated[str, StringConstraints(min_length=1, max_length=3200)]
    type: Literal["text", "unicode"] | None = None
    client_ref: Annotated[str, StringConstraints(min_length=1, max_length=40)] | None = Field(None, alias="client-ref")
    status_report_req: bool | None = Field(None, alias="status-report-req")
    ttl: Annotated[int, Field(ge=20_000, le=604_800_000)] | None = None
    message_class: Annotated[int, Field(ge=0, le=3)] | None = Field(None, alias="message-class")
    account_ref: fields.Text | None = Field(None, alias="account-ref")
    entity_id: fields.Text | None = Field(None, alias="entity-id")
    content_id: fields.Text | None = Field(None, alias="content-id")


class Nexmo:
    """The adapter."""

    name: ClassVar[str] = "nexmo"
    recipient: ClassVar[Mapping[Channel, str]] = {"sms": "to"}
    arguments: ClassVar[Mapping[Channel, type[Sms]]] = {"sms": Sms}
    credentials: ClassVar[type[Keys]] = Keys

    @staticmethod
    def url(credentials: Mapping[str, str]) -> str:
        """One host for all accounts."""
        return "https://rest.nexmo.com"

    async def send(self, message: Message, http: Http) -> Outcome:
        """One call to the provider, one truthful answer."""
        arguments = message.arguments
        encoding = {} if _GSM.issuperset(str(arguments["text"])) else {"type": "unicode"}
        form = {
            "api_key": message.credentials["API_KEY"],
            "api_secret": message.credentials["API_SECRET"],
            **encoding,
            **_tracking(message),
            **dict(fields.parameters(arguments)),
            "to": str(arguments["to"]).removeprefix("+"),
        }
        answer = await http.post_form("/sms/json", form)
        if not isinstance(answer, Response):
            return unanswered(answer)
        if answer.status != 200:
            return by_status(answer)
        return _read(answer)

    async def receive(self, callback: Callback, http: Http) -> Received | Rejected:
        """A delivery receipt of one part, or (a piece of) a message that somebody sent."""
        return callbacks.read(callback)


def _tracking(message: Message) -> dict[str, str]:
    """Receipts come to the message's own URL where Vonage takes one of that length; else they come to the account's,
    and `client-ref` has to name the message."""
    hooks = message.hooks
    if 0 < len(hooks.receipts) <= _LONGEST_CALLBACK:
        return {"callback": hooks.receipts, "client-ref": message.id[:_LONGEST_REFERENCE]}
    if 0 < len(hooks.reference) <= _LONGEST_REFERENCE:
        return {"client-ref": hooks.reference}
    return {"client-ref": message.id[:_LONGEST_REFERENCE]}


def _read(answer: Response) -> Outcome:
    """One part refused among accepted ones is a refusal: the handset gets fragments or nothing, and sending the message
    again would deliver (and charge) the accepted parts twice."""
    parts = answer.json().get("messages")
    if not isinstance(parts, list) or not parts or not all(_is_part(part) for part in parts):
        return Unclear("no-status", "the answer does not say what became of the message")
    refused = [part for part in parts if part["status"] != _ACCEPTED]
    if not refused:
        return Accepted(",".join(str(part.get("message-id", "")) for part in parts), parts[0])
    if len(refused) < len(parts):
        return Refused("partial", f"{len(refused)} of {len(parts)} parts were refused", refused[0])
    outcomes = [_refusal(part, answer) for part in refused]
    return next((outcome for outcome in outcomes if isinstance(outcome, Refused)), outcomes[0])


def _is_part(part: object) -> bool:
    return isinstance(part, dict) and isinstance(part.get("status"), str)


def _refusal(part: JsonObject, answer: Response) -> Outcome:
    code = str(part["status"])
    row = ERRORS.get(code)
    if row is None:
        return Refused(f"status-{code}" if code.isdecimal() and len(code) < 5 else "status-unknown", "refused", part)
    return judge(code, row, answer, part)
