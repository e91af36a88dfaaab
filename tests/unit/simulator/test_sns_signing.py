"""The signatures are checked by `cryptography` against the certificate that is served, as a receiver would."""

import base64

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256

from simulator.sns_signing import own_signer, text_of

NOTIFICATION = {
    "Type": "Notification",
    "MessageId": "22b8",
    "TopicArn": "arn:t",
    "Message": "{}",
    "Timestamp": "2026-01-02T03:04:05.678Z",
    "UnsubscribeURL": "https://x.example.org/u",
}
CONFIRMATION = {
    "Type": "SubscriptionConfirmation",
    "MessageId": "22b8",
    "TopicArn": "arn:t",
    "Message": "You have chosen",
    "Timestamp": "2026-01-02T03:04:05.678Z",
    "Token": "t",
    "SubscribeURL": "https://x.example.org/s",
}


def is_signed(envelope: dict[str, str], signed: str, version: str) -> bool:
    key = x509.load_pem_x509_certificate(own_signer().certificate).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    digest = SHA1() if version == "1" else SHA256()
    try:
        key.verify(base64.b64decode(signed), text_of(envelope).encode(), padding.PKCS1v15(), digest)
    except InvalidSignature:
        return False
    return True


def test_a_notification_is_signed_over_these_lines() -> None:
    start, end = (
        "Message\n{}\nMessageId\n22b8\n",
        "Timestamp\n2026-01-02T03:04:05.678Z\nTopicArn\narn:t\nType\nNotification\n",
    )
    assert text_of(NOTIFICATION) == start + end
    assert text_of(NOTIFICATION | {"Subject": "s"}) == f"{start}Subject\ns\n{end}"


@pytest.mark.parametrize("kind", ["SubscriptionConfirmation", "UnsubscribeConfirmation"])
def test_a_confirmation_is_signed_over_its_own(kind: str) -> None:
    assert text_of(CONFIRMATION | {"Type": kind}) == (
        "Message\nYou have chosen\nMessageId\n22b8\nSubscribeURL\nhttps://x.example.org/s\n"
        f"Timestamp\n2026-01-02T03:04:05.678Z\nToken\nt\nTopicArn\narn:t\nType\n{kind}\n"
    )


@pytest.mark.parametrize("envelope", [NOTIFICATION, NOTIFICATION | {"Subject": "s"}, CONFIRMATION])
@pytest.mark.parametrize("version", ["1", "2"])
def test_the_certificate_that_is_served_verifies_it(envelope: dict[str, str], version: str) -> None:
    envelope = envelope | {"SignatureVersion": version}
    signed = own_signer().sign(envelope)
    assert is_signed(envelope, signed, version)
    assert not is_signed(envelope | {"Message": "other"}, signed, version)
    assert not is_signed(envelope, signed, "2" if version == "1" else "1")


def test_the_certificate_has_amazons_kind_of_name() -> None:
    signer = own_signer()
    assert signer.path.startswith("/SimpleNotificationService-")
    assert signer.path.endswith(".pem")
    assert signer is own_signer()
