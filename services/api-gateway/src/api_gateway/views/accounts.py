"""Accounts: what each may do, and what it has."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from api_gateway.views.documents import part
from dapi_common.bus.port import Record
from dapi_common.events.account import AccountOpened, CreditsMoved, LimitsChanged
from dapi_common.events.envelope import Payload
from dapi_common.events.shapes import Limits
from dapi_common.ids import AccountId
from dapi_common.store.port import Document, Index, Store, Upsert, Value, Write

COLLECTION = "accounts"
INDEXES: Mapping[str, Sequence[Index]] = {COLLECTION: ()}


def fold(payload: Payload, record: Record) -> list[Write]:
    """What a fact changes here: the last one in the log says what the limits and the balance are."""
    match payload:
        case AccountOpened() | LimitsChanged():
            return [_limited(payload.account, payload.limits, record.offset)]
        case CreditsMoved():
            balance: dict[str, Value] = {"position": record.offset, "amount": money(payload.balance)}
            return [Upsert(COLLECTION, payload.account, maximum={"balance": balance})]
        case _:
            return []


def _limited(account: str, limits: Limits, position: int) -> Upsert:
    stand: dict[str, Value] = {"position": position, **limits.model_dump()}
    return Upsert(COLLECTION, account, {"opened": True}, {"limits": stand})


def money(amount: Decimal) -> str:
    """Exact, with at least two digits after the point."""
    plain = f"{amount.normalize():f}"
    whole, _, fraction = plain.partition(".")
    return f"{whole}.{fraction:0<2}"


async def limits(store: Store, account: AccountId) -> dict[str, object] | None:
    """What the account may do, or None when nobody opened it."""
    document = await _opened(store, account)
    if document is None:
        return None
    stand = part(document, "limits")
    return {
        "mps": str(stand["mps"]),
        "lists": str(stand["lists"]),
        "contact-per-list": str(stand["contacts_per_list"]),
    }


async def balance(store: Store, account: AccountId) -> dict[str, object] | None:
    """The account's credits, or None when nobody opened it."""
    document = await _opened(store, account)
    return None if document is None else {"balance": part(document, "balance").get("amount", "0.00")}


async def _opened(store: Store, account: AccountId) -> Document | None:
    found = await store.get(COLLECTION, [account])
    return next((document for document in found.values() if "opened" in document), None)
