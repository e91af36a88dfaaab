"""Accounts: what each may do, pays and has; for itself, and for operators, who see all of them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from api_gateway.views.documents import part, seen, times
from api_gateway.views.pages import Page, Slice
from dapi_common.bus.port import Record
from dapi_common.events.account import AccountOpened, CreditsMoved, LimitsChanged
from dapi_common.events.envelope import Payload
from dapi_common.ids import AccountId
from dapi_common.store.port import Document, Index, Range, Store, Upsert, Value, Write

COLLECTION = "accounts"
_MOST_READ: Final = 2**31 - 1
"""Documents in one answer, which servers count in 32 bits."""
INDEXES: Mapping[str, Sequence[Index]] = {COLLECTION: ()}


def fold(payload: Payload, record: Record) -> list[Write]:
    """What a fact changes here: the last one in the log says what the limits and the balance are."""
    match payload:
        case AccountOpened():
            fees: dict[str, Value] = {channel: money(fee) for channel, fee in payload.fees.items()}
            return [_limited(payload, record, {"opened": True, "fees": fees})]
        case LimitsChanged():
            return [_limited(payload, record, {"opened": True})]
        case CreditsMoved():
            balance: dict[str, Value] = {"position": record.offset, "amount": money(payload.balance)}
            return [Upsert(COLLECTION, payload.account, maximum={"balance": balance})]
        case _:
            return []


def _limited(fact: AccountOpened | LimitsChanged, record: Record, constant: dict[str, Value]) -> Upsert:
    stand: dict[str, Value] = {"position": record.offset, **fact.limits.model_dump()}
    return Upsert(COLLECTION, fact.account, constant, {"limits": stand, **seen(record.timestamp)})


def money(amount: Decimal) -> str:
    """Exact, with at least two digits after the point."""
    plain = f"{amount.normalize():f}"
    whole, _, fraction = plain.partition(".")
    return f"{whole}.{fraction:0<2}"


async def limits(store: Store, account: AccountId) -> dict[str, object] | None:
    """What the account may do, or None when nobody opened it."""
    document = await _opened(store, account)
    return None if document is None else _limits(document)


async def balance(store: Store, account: AccountId) -> dict[str, object] | None:
    """The account's credits, or None when nobody opened it."""
    document = await _opened(store, account)
    return None if document is None else {"balance": _balance(document)}


async def get(store: Store, account: AccountId) -> dict[str, object] | None:
    """All that an operator may know of the account, or None when nobody opened it."""
    document = await _opened(store, account)
    return None if document is None else _answer(document)


async def page(store: Store, asked: Slice, after: str | None) -> Page:
    """Accounts by id, beyond the id `after`; without it, beyond as many pages as `asked` says, which are read over.
    A server without ordered scans sorts them all: for operators, and for nobody else."""
    beyond, skipped = after or "", asked.page * asked.limit
    if after is None and skipped:
        passed = await _beyond(store, "", min(skipped, _MOST_READ), ("_id",))
        if len(passed) < skipped:
            return Page([], None)
        beyond = str(passed[-1]["_id"])
    found = await _beyond(store, beyond, asked.limit + 1)
    kept = found[: asked.limit]
    return Page([_answer(document) for document in kept], str(kept[-1]["_id"]) if len(found) > len(kept) else None)


async def _beyond(store: Store, account: str, limit: int, fields: tuple[str, ...] = ()) -> list[Document]:
    where: dict[str, Value | Range] = {"_id": Range(above=account), "opened": True}
    return await store.find(COLLECTION, where, order=("_id",), limit=limit, fields=fields)


def _answer(document: Document) -> dict[str, object]:
    said = {"user_id": document["_id"], "limits": _limits(document), "balance": _balance(document)}
    return {**said, "fees": part(document, "fees"), **times(document)}


def _limits(document: Document) -> dict[str, object]:
    stand = part(document, "limits")
    return {
        "mps": str(stand["mps"]),
        "lists": str(stand["lists"]),
        "contact-per-list": str(stand["contacts_per_list"]),
    }


def _balance(document: Document) -> Value:
    return part(document, "balance").get("amount", "0.00")


async def _opened(store: Store, account: AccountId) -> Document | None:
    found = await store.get(COLLECTION, [account])
    return next((document for document in found.values() if "opened" in document), None)
