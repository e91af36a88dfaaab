"""Money: a fee per message, reserved at acceptance, refunded when the provider did not accept. Every movement is an
event; the balance is their sum and never negative."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from dapi_common.events.account import CreditsMoved
from dapi_common.events.shapes import Channel
from invoke_planner.account import Account, Purse

MOST = Decimal(10) ** 11
"""What a top-up leaves a balance below. The events hold 12 digits before the point: refunds have room for one more."""


@dataclass(frozen=True, slots=True)
class Insufficient:
    """What it would take, and what there is."""

    needed: Decimal
    balance: Decimal


def fee(account: Account, counts: Mapping[Channel, int]) -> Decimal:
    """The price of so many messages by channel; a channel without a fee costs nothing."""
    return sum((account.fees.get(channel, Decimal(0)) * count for channel, count in counts.items()), Decimal(0))


def reserved(
    account: Account, purse: Purse, counts: Mapping[Channel, int], reference: str, at: float
) -> list[CreditsMoved] | Insufficient:
    """The reservation for so many messages ([] when they cost nothing)."""
    needed = fee(account, counts)
    if needed > purse.balance:
        return Insufficient(needed, purse.balance)
    return _moved(account, purse, "reserved", -needed, reference, at)


def refunded(
    account: Account, purse: Purse, counts: Mapping[Channel, int], reference: str, at: float
) -> list[CreditsMoved]:
    """The refund for so many messages ([] when they cost nothing)."""
    return _moved(account, purse, "refunded", fee(account, counts), reference, at)


def topped_up(account: Account, purse: Purse, amount: Decimal, reference: str, at: float) -> CreditsMoved:
    """`amount` more."""
    return CreditsMoved(
        account=account.id, kind="topped-up", amount=amount, balance=purse.balance + amount, reference=reference, at=at
    )


def _moved(account: Account, purse: Purse, kind: str, amount: Decimal, reference: str, at: float) -> list[CreditsMoved]:
    if not amount:
        return []
    values = {"kind": kind, "amount": amount, "balance": purse.balance + amount, "reference": reference, "at": at}
    return [CreditsMoved.model_validate({"account": account.id, **values})]
