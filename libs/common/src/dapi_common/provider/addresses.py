"""The URLs at which vendors reach an adapter's process, and what they prove.

    <public>/callbacks/<provider>/<account>/<message>/<token>      about one message
    <public>/callbacks/<provider>/<account>/<token>                the account's, to be configured at the vendor
    <public>/callbacks/<provider>/<account>/document/<sealed>      a document that we serve to the vendor

A token is an HMAC of the rest, so nobody makes up a URL; one message's token carries what a fact about the message
needs (its number, its place in its invoke, channel and attempt), so nothing has to be looked up, however late a receipt
comes. A document is in its URL, compressed and sealed: every replica can serve it, and no log of URLs can read it."""

import hmac
import re
import zlib
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, get_args

from cryptography.fernet import Fernet, InvalidToken

from dapi_common.events.sends import SendRequested
from dapi_common.events.shapes import Channel
from dapi_common.ids import AccountId, InvokeId, MessageId
from dapi_common.provider.hooks import Hooks

PREFIX: Final = "/callbacks"
DOCUMENT: Final = "document"
_CHANNELS: Final[Mapping[str, Channel]] = {channel[0]: channel for channel in get_args(Channel)}
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_PAIRS: Final = tuple(high + low for high in _DIGITS for low in _DIGITS)
_BASE: Final = len(_PAIRS)
_TOKEN: Final = re.compile(r"([svep])([0-9a-z]{1,12})-([0-9a-z]{0,8})-([0-9a-z]{1,6})-([0-9a-z]{1,13})")
_LARGEST_DOCUMENT: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Try:
    """Which try of which message a callback is about."""

    message_id: MessageId
    n: int
    invoke_id: InvokeId | None
    index: int | None
    channel: Channel
    attempt: int


class Addresses:
    """Of one provider."""

    def __init__(self, provider: str, master_key: str, public_url: str) -> None:
        """`public_url`: "" when vendors cannot reach this installation. Raises ValueError for a key that is none."""
        self._provider, self._public = provider, public_url.rstrip("/")
        self._key = hmac.digest(urlsafe_b64decode(master_key), b"callbacks", "sha256")
        self._fernet = Fernet(master_key)

    def hooks(self, send: SendRequested) -> Hooks:
        """Where the vendor reaches us about this try."""
        index = "" if send.index is None else _base36(send.index)
        text = f"{send.channel[0]}{_base36(send.n)}-{index}-{_base36(send.attempt)}"
        token = f"{text}-{self._mac(send.account, send.message_id, text)}"
        reference = f"{send.message_id}_{token}"
        if not self._public:
            return Hooks(reference=reference)
        base = f"{self._public}{PREFIX}/{self._provider}/{send.account}"
        return Hooks(f"{base}/{send.message_id}/{token}", reference, lambda content: self._document(base, content))

    def of_account(self, account: AccountId) -> str:
        """The account's own URL; "" when there is no public one."""
        return f"{self._public}{self.path_of_account(account)}" if self._public else ""

    def path_of_account(self, account: AccountId) -> str:
        """The path of the account's own URL."""
        return f"{PREFIX}/{self._provider}/{account}/{self._mac(account, 'account')}"

    def is_account_s(self, account: AccountId, token: str) -> bool:
        """Whether the token is the one of the account's own URL."""
        return hmac.compare_digest(self._mac(account, "account"), token)

    def read(self, account: AccountId, message: str, token: str) -> Try | None:
        """What one message's URL is about; None when it was not made here."""
        found = _TOKEN.fullmatch(token)
        if found is None:
            return None
        channel, n, index, attempt, mac = found.groups()
        if not hmac.compare_digest(self._mac(account, message, token.rpartition("-")[0]), mac):
            return None
        invoke, of_invoke, _ = message.partition("-")
        return Try(
            message_id=MessageId(message),
            n=int(n, 36),
            invoke_id=InvokeId(invoke) if of_invoke else None,
            index=int(index, 36) if index else None,
            channel=_CHANNELS[channel],
            attempt=int(attempt, 36),
        )

    def read_reference(self, account: AccountId, reference: str) -> Try | None:
        """What `Hooks.reference` was about; None when it was not made here."""
        message, _, token = reference.partition("_")
        return self.read(account, message, token)

    def open_document(self, sealed: str) -> str | None:
        """The document that the URL holds; None when it was not made here."""
        try:
            packed = zlib.decompressobj()
            content = packed.decompress(self._fernet.decrypt(sealed), _LARGEST_DOCUMENT)
        except (InvalidToken, zlib.error):
            return None
        return content.decode()

    def _document(self, base: str, content: str) -> str:
        return f"{base}/{DOCUMENT}/{self._fernet.encrypt(zlib.compress(content.encode(), 9)).decode()}"

    def _mac(self, *parts: str) -> str:
        """64 bits: more than anybody guesses over a network, few enough for the vendor with the shortest URLs."""
        mac = hmac.digest(self._key, "/".join((self._provider, *parts)).encode(), "sha256")
        return _base36(int.from_bytes(mac[:8]))


def _base36(number: int) -> str:
    """Two digits a step: it is asked for with every send."""
    text = ""
    while number >= _BASE:
        number, pair = divmod(number, _BASE)
        text = _PAIRS[pair] + text
    return _PAIRS[number].removeprefix("0") + text
