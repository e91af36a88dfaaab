"""Who is asking: HTTP Basic against a table of accounts in memory, so that it works with the store down."""

import binascii
from base64 import b64decode
from collections import Counter, OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from api_gateway.errors import try_later, unauthorized
from dapi_common import secrets
from dapi_common.bus.port import Record
from dapi_common.events import ACCOUNTS
from dapi_common.events.outcomes import AccountSnapshot
from dapi_common.ids import AccountId

_NOBODY: Final = "0" * 64
"""The hash that an unknown user is measured against: no secret has it."""
_FREE: Final = 5
_LONGEST: Final = 2.0
_FORGIVEN_AFTER: Final = 60.0
MOST_HELD: Final = 64
"""Answers to one address that are held back at a time."""


class Accounts:
    """The last word on every account: a new snapshot kills the old secret with the next request."""

    def __init__(self) -> None:
        self._snapshots: dict[AccountId, AccountSnapshot] = {}

    def apply(self, record: Record) -> None:
        """Takes one record of dapi.accounts. Raises Undecodable: then the account keeps what it had."""
        account = AccountId(record.key.decode("utf-8", "replace"))
        if record.value is None:
            self._snapshots.pop(account, None)
        else:
            self._snapshots[account] = ACCOUNTS.decode(record.headers, record.value)

    def known(self, account: AccountId) -> AccountSnapshot | None:
        """What this process knows of the account."""
        return self._snapshots.get(account)

    def authenticate(self, header: str | None) -> AccountSnapshot:
        """The account that the Authorization header proves. Raises Problem unauthorized, after the same work whether
        the user exists or not."""
        user, secret = _basic(header or "")
        snapshot = self._snapshots.get(user)
        kept = snapshot.secret_hash if snapshot else _NOBODY
        if not secrets.proves(user, secret, kept) or snapshot is None:
            raise unauthorized()
        return snapshot


def _basic(header: str) -> tuple[AccountId, str]:
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "basic":
        raise unauthorized()
    try:
        user, colon, secret = b64decode(token.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        raise unauthorized() from None
    if not colon:
        raise unauthorized()
    return AccountId(user), secret


class Failures:
    """Failed proofs by source address: the more of them, the later their answers. Right secrets never wait."""

    def __init__(self, size: int = 4096) -> None:
        self._size = size
        self._seen: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._held: Counter[str] = Counter()

    def delay(self, address: str, now: float) -> float:
        """Counts one failure; how many seconds its answer is to be held back."""
        count, last = self._seen.pop(address, (0, now))
        count = 1 if now - last > _FORGIVEN_AFTER else count + 1
        self._seen[address] = (count, now)
        if len(self._seen) > self._size:
            self._seen.popitem(last=False)
        return min(_LONGEST, 0.05 * 2 ** min(count - _FREE, 10)) if count > _FREE else 0.0

    @contextmanager
    def holding(self, address: str) -> Iterator[None]:
        """One more answer to the address is held back. Raises Problem rate-limited beyond MOST_HELD: whoever guesses
        must not fill this process with waiting."""
        if self._held[address] >= MOST_HELD:
            raise try_later("rate-limited", round(_LONGEST))
        self._held[address] += 1
        try:
            yield
        finally:
            self._held[address] -= 1
            if not self._held[address]:
                del self._held[address]

    def __len__(self) -> int:
        """How many addresses are remembered."""
        return len(self._seen)
