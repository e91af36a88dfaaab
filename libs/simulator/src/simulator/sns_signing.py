"""The key that signs as SNS does, with a certificate of its own making.

https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

_NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")


@dataclass(frozen=True, slots=True)
class Signer:
    key: rsa.RSAPrivateKey
    certificate: bytes
    """PEM."""
    path: str
    """Where the certificate is served."""

    def sign(self, envelope: Mapping[str, str]) -> str:
        """Base64, over what `SignatureVersion` says."""
        digest = SHA256() if envelope["SignatureVersion"] == "2" else SHA1()  # noqa: S303 - version 1 is SHA-1
        return base64.b64encode(self.key.sign(text_of(envelope).encode(), padding.PKCS1v15(), digest)).decode()


def text_of(envelope: Mapping[str, str]) -> str:
    """What is signed; a Subject only if there is one."""
    names = _NOTIFICATION if envelope["Type"] == "Notification" else _CONFIRMATION
    return "".join(f"{name}\n{envelope[name]}\n" for name in names if name in envelope)


@lru_cache(maxsize=1)
def own_signer() -> Signer:
    """The process's: a key takes a tenth of a second to make."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365))
        .sign(key, SHA256())
    )
    path = f"/SimpleNotificationService-{certificate.fingerprint(SHA256()).hex()[:32]}.pem"
    return Signer(key, certificate.public_bytes(Encoding.PEM), path)
