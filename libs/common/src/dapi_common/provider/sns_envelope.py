"""The envelope in which Amazon SNS posts: notifications, and the questions whether we want them.

POST, `text/plain` though the body is JSON, signed with a key whose certificate SNS serves. Anybody who has an AWS
account gets such signatures, so the topic must be one that our account named (TOPIC_ARN). Raw message delivery has no
envelope and cannot be checked: it must be off.

https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html"""

from base64 import b64decode
from datetime import datetime
from typing import Final, Literal, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from dapi_common.provider.callback import Callback, Received, Rejected
from dapi_common.provider.fields import lacks
from dapi_common.provider.http import Http, Response
from dapi_common.provider.sns_places import Certificates, place_of

MAX_AGE: Final = 3600.0
"""Seconds. SNS gives up after as many."""
# SHA-1 is what SNS signs with unless a topic's attribute SignatureVersion says 2.
_HASHES: Final[dict[str, HashAlgorithm]] = {"1": SHA1(), "2": SHA256()}  # noqa: S303  # SNS chooses
_SIGNED: Final = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    "UnsubscribeConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}


class Envelope(BaseModel):
    """What SNS posted, by its own names."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    Type: Literal["Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"]
    MessageId: str
    TopicArn: str
    Message: str
    Timestamp: datetime
    SignatureVersion: str
    Signature: str
    SigningCertURL: str
    Subject: str | None = None
    Token: str | None = None
    SubscribeURL: str | None = None

    @model_validator(mode="after")
    def complete(self) -> Self:
        """A question comes with its answer's URL, and times say where they are."""
        if self.Type != "Notification" and (self.Token is None or self.SubscribeURL is None):
            raise lacks("SubscribeURL", "Token and SubscribeURL are required")
        if self.Timestamp.tzinfo is None:
            raise lacks("Timestamp", "Timestamp must have an offset")
        return self


class Envelopes:
    """Opens what one adapter's process gets."""

    def __init__(self) -> None:
        self._certificates = Certificates()

    async def open(self, callback: Callback, http: Http) -> Envelope | Received | Rejected:
        """A notification that SNS surely sent to a topic of the account's; or how to answer what is none. A
        subscription to such a topic is confirmed here."""
        given = callback.json()
        try:
            envelope = Envelope.model_validate(given)
        except ValidationError:
            return Rejected(400, "no SNS envelope (raw message delivery must be off)")
        text = canonical(envelope.Type, given)
        if refusal := _out_of_place(envelope, callback) or await self._forged(envelope, text, http):
            return refusal
        match envelope.Type:
            case "Notification":
                return envelope
            case "SubscriptionConfirmation":
                return await _confirmed(envelope, http)
            case "UnsubscribeConfirmation":
                return Received()

    async def _forged(self, envelope: Envelope, text: bytes, http: Http) -> Rejected | None:
        key = await self._certificates.key(envelope.SigningCertURL, http)
        if isinstance(key, Rejected):
            return key
        try:
            signature = b64decode(envelope.Signature, validate=True)
            key.verify(signature, text, PKCS1v15(), _HASHES[envelope.SignatureVersion])
        except (ValueError, InvalidSignature):
            return Rejected(403, "the signature is wrong")
        return None


def canonical(kind: str, given: dict[str, object]) -> bytes:
    """What is signed of an envelope of this type: each name and value on a line of its own, as they came, those that
    are there."""
    lines = ((name, given[name]) for name in _SIGNED[kind] if given.get(name) is not None)
    return "".join(f"{name}\n{value}\n" for name, value in lines).encode()


def _out_of_place(envelope: Envelope, callback: Callback) -> Rejected | None:
    topics = callback.credentials.get("TOPIC_ARN", "").split(",")
    if not envelope.TopicArn or envelope.TopicArn not in topics:
        return Rejected(403, "the topic is none of the account's TOPIC_ARN")
    if abs(callback.at - envelope.Timestamp.timestamp()) > MAX_AGE:
        return Rejected(403, "the time is not within an hour of now")
    if envelope.SignatureVersion not in _HASHES:
        return Rejected(403, "the signature's version is unknown")
    return None


async def _confirmed(envelope: Envelope, http: Http) -> Received | Rejected:
    """SNS asks again when it is not answered 200."""
    place = place_of(envelope.SubscribeURL or "", http)
    if place is None:
        return Rejected(403, "the subscription would be confirmed elsewhere than at SNS")
    answer = await place.http.get(place.path)
    if not isinstance(answer, Response) or answer.status != 200:
        return Rejected(503, "the subscription could not be confirmed now")
    return Received()
