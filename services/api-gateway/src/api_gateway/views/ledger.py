"""The ledger of an account: one document for each movement of its credits, numbered by its position in the log."""

from collections.abc import Mapping, Sequence

from api_gateway.views import pages
from api_gateway.views.accounts import money
from api_gateway.views.documents import number
from api_gateway.views.pages import Page, Series, Slice
from dapi_common.bus.port import Record
from dapi_common.clock import rfc3339
from dapi_common.events.account import CreditsMoved
from dapi_common.events.envelope import Payload
from dapi_common.ids import AccountId
from dapi_common.store.port import Document, Index, Store, Upsert, Value, Write

COLLECTION = "ledger"
INDEXES: Mapping[str, Sequence[Index]] = {COLLECTION: (Index(("place",)),)}


def fold(payload: Payload, record: Record) -> list[Write]:
    """What a fact changes here."""
    if not isinstance(payload, CreditsMoved):
        return []
    line = record.offset + 1
    movement: dict[str, Value] = {
        "line": line,
        "place": pages.keyed(payload.account, line),
        "kind": payload.kind,
        "amount": money(payload.amount),
        "balance": money(payload.balance),
        "reference": payload.reference,
        "at": payload.at,
    }
    key = f"{payload.account}/{line}"
    return [Upsert(COLLECTION, key, movement), pages.counted(_series(payload.account), line)]


def _series(account: str) -> str:
    return f"{account}/ledger"


async def page(store: Store, account: AccountId, asked: Slice) -> Page:
    """Movements, newest first. Positions are shared with other accounts, so that numbers have holes."""
    top, _ = await pages.extent(store, _series(account))
    series = Series(COLLECTION, {}, "place", account, "line", top, descending=True)
    found, after = await pages.read(store, series, asked)
    return Page([_answer(document) for document in found], after)


def _answer(document: Document) -> dict[str, object]:
    said = {key: document[key] for key in ("kind", "amount", "balance", "reference")}
    return {**said, "at": rfc3339(number(document, "at"))}
