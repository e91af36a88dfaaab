"""Secrets: how an account proves who it is, and how providers' credentials rest in topics and documents."""

import hmac
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from secrets import token_urlsafe

import orjson
from cryptography.fernet import Fernet, InvalidToken

from dapi_common.ids import AccountId


class Unreadable(ValueError):
    """Ciphertext that this installation's key cannot open."""


def new_secret() -> str:
    """256 bits from the operating system, safe in a URL and in a header."""
    return token_urlsafe(32)


def secret_hash(account: AccountId, secret: str) -> str:
    """What is kept of a secret: HMAC-SHA256, hex. A 256-bit random secret needs no slow hash."""
    return hmac.new(account.encode(), secret.encode("utf-8", "surrogatepass"), sha256).hexdigest()


def proves(account: AccountId, secret: str, kept: str) -> bool:
    """Whether `secret` is the one of which `kept` is the hash. Constant time."""
    return hmac.compare_digest(secret_hash(account, secret), kept)


class Vault:
    """Seals credentials with the installation's key (Fernet: AES-128-CBC with HMAC-SHA256)."""

    def __init__(self, key: str) -> None:
        """Raises ValueError when `key` is not 32 bytes of URL-safe base64."""
        self._fernet = Fernet(key)
        self._unseal = lru_cache(maxsize=4096)(self._open)

    def seal(self, credentials: Mapping[str, str]) -> str:
        """The ciphertext of `credentials`."""
        return self._fernet.encrypt(orjson.dumps(dict(credentials))).decode()

    def unseal(self, sealed: str) -> Mapping[str, str]:
        """The credentials in clear. Raises Unreadable."""
        return self._unseal(sealed)

    def _open(self, sealed: str) -> Mapping[str, str]:
        try:
            credentials: dict[str, str] = orjson.loads(self._fernet.decrypt(sealed))
        except InvalidToken:
            raise Unreadable("sealed with another key") from None
        return credentials
