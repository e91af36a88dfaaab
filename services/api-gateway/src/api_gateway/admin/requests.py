"""What operators may ask about accounts: each body's shape, and the command that it becomes."""

import re
from decimal import Decimal
from typing import Annotated, Final

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from api_gateway.commands import Stamp
from api_gateway.shapes import Body, Order, Positive, shaped
from dapi_common.events.commands import ChangeLimits, OpenAccount, TopUp
from dapi_common.events.shapes import Channel, JsonObject, Limits

DEFAULT_FEES: Final[dict[Channel, Decimal]] = {
    "sms": Decimal("0.01"),
    "voice": Decimal("0.02"),
    "email": Decimal("0.001"),
    "push": Decimal("0.001"),
}
_AMOUNT: Final = re.compile(r"[0-9]{1,12}(\.[0-9]{1,6})?", re.ASCII)


def _amount(value: object) -> Decimal:
    """The exact decimal that a string or an integer says; a float is never exact."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not _AMOUNT.fullmatch(text):
        raise PydanticCustomError("amount", "not an amount")
    return Decimal(text)


Mps = Annotated[Positive, Field(le=1_000_000)]
Amount = Annotated[Decimal, BeforeValidator(_amount)]


class LimitsBody(Body):
    """POST /admin/accounts/{account}/limits: all of them, so that none changes unseen."""

    mps: Mps
    lists: Order
    contacts_per_list: Order = Field(alias="contact-per-list")


class FirstLimits(LimitsBody):
    """Those of a new account; what is not given is as documented."""

    mps: Mps = 1
    lists: Order = 100
    contacts_per_list: Order = Field(default=100, alias="contact-per-list")


class AccountBody(Body):
    """POST /admin/accounts. A type without a fee costs nothing."""

    limits: FirstLimits = FirstLimits()
    credits: Amount = Decimal(0)
    fees: dict[Channel, Amount] = DEFAULT_FEES


class CreditsBody(Body):
    """POST /admin/accounts/{account}/credits."""

    amount: Amount


def account(value: JsonObject, stamp: Stamp, secret_hash: str) -> OpenAccount:
    """Raises Problem."""
    codes = {"limits": "limits-invalid", "credits": "credits-invalid"}
    body = shaped(AccountBody, value, "account-invalid", codes)
    return OpenAccount(
        **stamp, secret_hash=secret_hash, limits=_limits(body.limits), fees=body.fees, credits=body.credits
    )


def limits(value: JsonObject, stamp: Stamp) -> ChangeLimits:
    """Raises Problem."""
    return ChangeLimits(**stamp, limits=_limits(shaped(LimitsBody, value, "limits-invalid")))


def top_up(value: JsonObject, stamp: Stamp) -> TopUp:
    """Raises Problem."""
    return TopUp(**stamp, amount=shaped(CreditsBody, value, "credits-invalid").amount)


def _limits(body: LimitsBody) -> Limits:
    return Limits(mps=body.mps, lists=body.lists, contacts_per_list=body.contacts_per_list)
