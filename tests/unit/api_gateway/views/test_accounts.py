"""Limits, balance, ledger and providers as clients see them."""

from decimal import Decimal

import pytest
from hypothesis import given

from api_gateway.views import accounts, ledger, providers
from api_gateway.views.pages import Slice
from dapi_common.bus.port import Record
from dapi_common.events.account import AccountOpened, CreditsMoved, LimitsChanged, ProviderPut, ProviderRemoved
from dapi_common.events.shapes import Limits
from dapi_common.ids import AccountId
from tests.unit.api_gateway.views.history import (
    ACCOUNT,
    OTHER,
    START,
    History,
    documents,
    folded,
    patient,
    shuffled,
)

OPENED = AccountOpened(
    account=ACCOUNT,
    secret_hash="h",
    limits=Limits(mps=1, lists=100, contacts_per_list=100),
    fees={"sms": Decimal("0.05")},
)
CHANGED = LimitsChanged(account=ACCOUNT, limits=Limits(mps=10, lists=5, contacts_per_list=50))


def moved(amount: str, balance: str) -> CreditsMoved:
    return CreditsMoved.model_validate(
        {
            "account": ACCOUNT,
            "kind": "topped-up" if amount[0] != "-" else "reserved",
            "amount": amount,
            "balance": balance,
            "reference": "1",
            "at": START,
        }
    )


def put(name: str, sealed: str, at: float = START) -> ProviderPut:
    return ProviderPut(account=ACCOUNT, name=name, credentials=sealed, at=at)


async def test_limits_and_balance_answer_in_the_documented_shapes() -> None:
    store = await History().add(OPENED, moved("54.23", "54.23")).folded()
    assert await accounts.limits(store, ACCOUNT) == {"mps": "1", "lists": "100", "contact-per-list": "100"}
    assert await accounts.balance(store, ACCOUNT) == {"balance": "54.23"}
    assert await accounts.limits(store, OTHER) is None
    assert await accounts.balance(store, OTHER) is None


async def test_an_operator_sees_limits_balance_fees_and_times() -> None:
    store = await History().add(OPENED, moved("54.23", "54.23"), CHANGED).folded()
    assert await accounts.get(store, ACCOUNT) == {
        "user_id": ACCOUNT,
        "limits": {"mps": "10", "lists": "5", "contact-per-list": "50"},
        "balance": "54.23",
        "fees": {"sms": "0.05"},
        "created-at": "2023-11-14T22:13:20.000000Z",
        "updated-at": "2023-11-14T22:13:20.000000Z",
    }
    assert await accounts.get(store, OTHER) is None


@pytest.mark.parametrize(("page", "after"), [(1, None), (0, "b"), (7, "b")])
async def test_operators_find_the_next_page_by_number_and_by_cursor(page: int, after: str | None) -> None:
    opened = [OPENED.model_copy(update={"account": AccountId(name)}) for name in "cadbe"]
    store = await History().add(*opened).folded()
    found = await accounts.page(store, Slice(2, page), after)
    assert ([account["user_id"] for account in found.items], found.after) == (["c", "d"], "d")
    assert (await accounts.page(store, Slice(2), "d")).after is None
    for beyond in (3, 999_999_999):
        assert (await accounts.page(store, Slice(2, beyond), None)).items == []


async def test_a_new_account_has_nothing() -> None:
    assert await accounts.balance(await History().add(OPENED).folded(), ACCOUNT) == {"balance": "0.00"}


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("0", "0.00"),
        ("5", "5.00"),
        ("100", "100.00"),
        ("-0.05", "-0.05"),
        ("1.500000", "1.50"),
        ("0.012345", "0.012345"),
    ],
)
def test_money_is_exact_with_at_least_two_digits(amount: str, shown: str) -> None:
    assert accounts.money(Decimal(amount)) == shown


async def test_the_ledger_is_newest_first() -> None:
    history = History().add(OPENED, moved("1", "1"), put("nexmo", "s"), moved("-0.05", "0.95"), moved("-0.05", "0.90"))
    store = await history.folded()
    page = await ledger.page(store, ACCOUNT, Slice(2))
    assert [(line["amount"], line["balance"]) for line in page.items] == [("-0.05", "0.90"), ("-0.05", "0.95")]
    assert page.after
    rest = await ledger.page(store, ACCOUNT, Slice(2, page=1))
    assert [line["kind"] for line in rest.items] == ["topped-up"]
    assert (await ledger.page(store, OTHER, Slice())).items == []


async def test_providers_answer_with_their_credentials_sealed_until_they_are_removed() -> None:
    history = History().add(put("twilio", "t1"), put("nexmo", "n1"), put("twilio", "t2", START + 1))
    store = await history.folded()
    assert await providers.get(store, ACCOUNT, "twilio") == {
        "name": "twilio",
        "credentials": "t2",
        "created-at": "2023-11-14T22:13:20.000000Z",
        "updated-at": "2023-11-14T22:13:21.000000Z",
    }
    assert [shown["name"] for shown in await providers.every(store, ACCOUNT)] == ["nexmo", "twilio"]
    assert await providers.get(store, OTHER, "twilio") is None
    store = await history.add(ProviderRemoved(account=ACCOUNT, name="twilio", at=START + 2)).folded()
    assert await providers.get(store, ACCOUNT, "twilio") is None
    assert [shown["name"] for shown in await providers.every(store, ACCOUNT)] == ["nexmo"]
    store = await history.add(put("twilio", "t3")).folded()
    assert await providers.get(store, ACCOUNT, "twilio")


HISTORY = History().add(
    OPENED,
    moved("1", "1"),
    put("nexmo", "n1"),
    moved("-0.05", "0.95"),
    CHANGED,
    put("nexmo", "n2", START + 1),
    ProviderRemoved(account=ACCOUNT, name="nexmo", at=START + 2),
)


@patient
@given(shuffled(HISTORY.records))
async def test_order_and_repetition_change_nothing(batches: list[list[Record]]) -> None:
    assert await documents(await folded(batches)) == await documents(await HISTORY.folded())
