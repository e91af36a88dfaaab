"""Facts about an account, its providers and its money."""

from typing import ClassVar, Literal

from dapi_common.events.envelope import Payload
from dapi_common.events.shapes import Channel, Limits, Money


class AccountOpened(Payload):
    """An account exists. `secret_hash` is all that is ever known of its secret."""

    TYPE: ClassVar[str] = "account.opened"
    secret_hash: str
    limits: Limits
    fees: dict[Channel, Money]


class SecretRegenerated(Payload):
    """The old secret is dead from here on."""

    TYPE: ClassVar[str] = "account.secret-regenerated"
    secret_hash: str


class LimitsChanged(Payload):
    """New limits hold for what is accepted from here on; what exists above them stays."""

    TYPE: ClassVar[str] = "account.limits-changed"
    limits: Limits


class CreditsMoved(Payload):
    """One line of the account's ledger. `amount` is signed; the balance is the sum of all amounts."""

    TYPE: ClassVar[str] = "account.credits-moved"
    kind: Literal["topped-up", "reserved", "refunded"]
    amount: Money
    balance: Money
    reference: str
    at: float


class ProviderPut(Payload):
    """Credentials of a provider were added or replaced. They are only ever ciphertext here."""

    TYPE: ClassVar[str] = "provider.put"
    name: str
    credentials: str
    at: float


class ProviderRemoved(Payload):
    """The provider is gone: messages already accepted for it fail with provider-not-found."""

    TYPE: ClassVar[str] = "provider.removed"
    name: str
    at: float
