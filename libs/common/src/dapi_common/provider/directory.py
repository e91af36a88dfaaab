"""The account's credentials of one provider, as dapi.accounts has them now: callbacks are checked with them, and what
was asked for with older ones goes out with these."""

from typing import NamedTuple

from dapi_common.bus.port import Record
from dapi_common.events import ACCOUNTS
from dapi_common.events.envelope import Undecodable
from dapi_common.events.outcomes import AccountSnapshot
from dapi_common.events.sends import SendRequested
from dapi_common.ids import AccountId


class Sealed(NamedTuple):
    """Credentials as ciphertext, and the planner's time of the word that brought them."""

    at: float
    credentials: str


class Directory:
    """By account. Fed from the start of the topic, so that a new process knows them all."""

    def __init__(self, provider: str) -> None:
        self._provider = provider
        self._sealed: dict[AccountId, Sealed] = {}

    def apply(self, record: Record) -> None:
        """Takes one record. What cannot be read is left out: the account keeps what it had."""
        account = AccountId(record.key.decode("utf-8", "replace"))
        try:
            snapshot: AccountSnapshot | None = ACCOUNTS.decode(record.headers, record.value) if record.value else None
        except Undecodable:
            return
        if snapshot and (sealed := snapshot.providers.get(self._provider)):
            self._sealed[account] = Sealed(snapshot.at, sealed)
        else:
            self._sealed.pop(account, None)

    def find(self, account: AccountId) -> str | None:
        """The ciphertext; None when the account has not added the provider."""
        known = self._sealed.get(account)
        return known.credentials if known else None

    def newest(self, send: SendRequested) -> str:
        """The ciphertext to send with: what is known here, if it was said after the send was asked for."""
        known = self._sealed.get(send.account)
        return known.credentials if known and known.at >= send.at else send.credentials
