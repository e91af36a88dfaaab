"""Contacts to whom an account sends nothing. One that was lifted leaves a document that is not shown: nothing brings it
back, and the contact's next suppression is another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api_gateway.views import pages
from api_gateway.views.documents import seen, times
from api_gateway.views.pages import Page, Series, Slice
from dapi_common.bus.port import Record
from dapi_common.events.envelope import Payload
from dapi_common.events.inbound import ContactSuppressed, SuppressionLifted
from dapi_common.ids import AccountId, SuppressionId
from dapi_common.store.port import Document, Index, Store, Upsert, Value, Write

COLLECTION = "suppressions"
INDEXES: Mapping[str, Sequence[Index]] = {COLLECTION: (Index(("place",)), Index(("place_in_contact",)))}


@dataclass(frozen=True, slots=True)
class Filters:
    """None lets everything pass. `contact` is as the answers have it."""

    type: str | None = None
    contact: str | None = None


def fold(payload: Payload, record: Record) -> list[Write]:
    """What a fact changes here."""
    match payload:
        case ContactSuppressed():
            return [_suppressed(payload), pages.counted(_series(payload.account), int(payload.suppression_id))]
        case SuppressionLifted():
            key = f"{payload.account}/{payload.suppression_id}"
            lifted = Upsert(COLLECTION, key, maximum={"lifted": True, "updated": payload.at})
            return [lifted, pages.holed(_series(payload.account))]
        case _:
            return []


def _suppressed(fact: ContactSuppressed) -> Upsert:
    account, number = fact.account, int(fact.suppression_id)
    static: dict[str, Value] = {
        "number": number,
        "type": fact.channel,
        "contact": fact.address,
        "reason": fact.reason,
        "provider": fact.provider,
        "place": pages.keyed(account, number),
        "place_in_contact": pages.keyed(f"{account}/{fact.address}", number),
    }
    return Upsert(COLLECTION, f"{account}/{number}", static, {"lifted": False, **seen(fact.at)})


def _series(account: str) -> str:
    return f"{account}/suppressions"


async def get(store: Store, account: AccountId, suppression: SuppressionId) -> dict[str, object] | None:
    """One, or None."""
    found = await store.get(COLLECTION, [f"{account}/{suppression}"])
    return next((_answer(d) for d in found.values() if "number" in d and not d["lifted"]), None)


async def page(store: Store, account: AccountId, asked: Slice, filters: Filters | None = None) -> Page:
    """Those that hold, newest first."""
    top, dense = await pages.extent(store, _series(account))
    where = _matching(filters or Filters())
    series = Series(
        COLLECTION,
        {"lifted": False, **where},
        "place_in_contact" if "contact" in where else "place",
        f"{account}/{where['contact']}" if "contact" in where else account,
        "number",
        top,
        descending=True,
        dense=dense and not where,
    )
    found, after = await pages.read(store, series, asked)
    return Page([_answer(document) for document in found], after)


def _matching(filters: Filters) -> dict[str, Value]:
    wanted = {"contact": filters.contact, "type": filters.type}
    return {field: value for field, value in wanted.items() if value is not None}


def _answer(document: Document) -> dict[str, object]:
    said = {field: document[field] for field in ("type", "contact", "reason", "provider")}
    return {"id": str(document["number"]), **said, **times(document)}
