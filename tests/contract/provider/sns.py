"""SNS's side of the envelope: a key of the tests' own (a fixture, no secret), and what it signs."""

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import orjson
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from dapi_common.provider.callback import Callback
from dapi_common.provider.http import NoAnswer, NotSent, Response
from dapi_common.testing.callback_cases import AT

_FOLDER = Path(__file__).parent
CERTIFICATE = (_FOLDER / "sns_certificate.pem").read_bytes()
FOUND = Response(200, {}, CERTIFICATE)
TOPIC = "arn:aws:sns:eu-west-1:123456789012:dapi"
HOST = "https://sns.eu-west-1.amazonaws.com"
CERTIFICATE_PATH = "/SimpleNotificationService-0000.pem"
SUBSCRIBE_PATH = f"/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=t0k3n"
CREDENTIALS = {"ACCESS_KEY": "AKIDEXAMPLE", "SECRET_KEY": "SECRETEXAMPLE", "REGION_NAME": "eu-west-1"}
URL = "https://hooks.example.org/callbacks/acme/a1/t0k3n"

Answer = Response | NotSent | NoAnswer


@cache
def key() -> RSAPrivateKey:
    """Signs what CERTIFICATE shows to be SNS's."""
    loaded = load_pem_private_key((_FOLDER / "sns_key.pem").read_bytes(), None)
    assert isinstance(loaded, RSAPrivateKey)
    return loaded


def sealed(envelope: Mapping[str, object], names: str) -> dict[str, object]:
    """The envelope with the signature over these of its names, in their order."""
    text = "".join(f"{name}\n{envelope[name]}\n" for name in names.split())
    digest = SHA256() if envelope["SignatureVersion"] == "2" else SHA1()
    signature = key().sign(text.encode(), PKCS1v15(), digest)
    return {**envelope, "Signature": base64.b64encode(signature).decode()}


def notification(message: str, **changes: object) -> dict[str, object]:
    """What SNS posts of one message; `Subject` only where it is given."""
    envelope = {**_common("Notification", message), **changes}
    subject = "Subject " if "Subject" in envelope else ""
    return sealed(envelope, f"Message MessageId {subject}Timestamp TopicArn Type")


def confirmation(kind: str = "SubscriptionConfirmation", **changes: object) -> dict[str, object]:
    """What SNS posts to ask whether we want a topic's messages, or no more of them."""
    asked = {"Token": "t0k3n", "SubscribeURL": f"{HOST}{SUBSCRIBE_PATH}"}
    envelope = {**_common(kind, "You have chosen to subscribe."), **asked, **changes}
    return sealed(envelope, "Message MessageId SubscribeURL Timestamp Token TopicArn Type")


def posted(envelope: Mapping[str, object], topic: str = TOPIC, at: float = AT) -> Callback:
    """The envelope as SNS posts it, to an account that takes messages of `topic` ("" for none)."""
    credentials = {**CREDENTIALS, "TOPIC_ARN": topic} if topic else CREDENTIALS
    headers = {"content-type": "text/plain; charset=UTF-8", "x-amz-sns-message-type": str(envelope.get("Type"))}
    return Callback("POST", URL, headers, orjson.dumps(envelope), credentials, at, is_of_message=False)


def _common(kind: str, message: str) -> dict[str, object]:
    moment = datetime.fromtimestamp(AT - 2.5, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "Type": kind,
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": TOPIC,
        "Message": message,
        "Timestamp": moment,
        "SignatureVersion": "1",
        "SigningCertURL": f"{HOST}{CERTIFICATE_PATH}",
        "UnsubscribeURL": f"{HOST}/?Action=Unsubscribe",
    }
