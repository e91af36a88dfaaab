"""What people sent back: one document for each, by its number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api_gateway.views import pages
from api_gateway.views.documents import integer, packed, seen, times, unpacked
from api_gateway.views.pages import Page, Series, Slice
from dapi_common.bus.port import Record
from dapi_common.events.envelope import Payload
from dapi_common.events.inbound import InboundRecorded
from dapi_common.ids import AccountId
from dapi_common.store.port import Document, Index, Store, Upsert, Value, Write

COLLECTION = "inbound"
INDEXES: Mapping[str, Sequence[Index]] = {
    COLLECTION: (Index(("place",)), Index(("place_in_kind",)), Index(("place_in_provider",)))
}


@dataclass(frozen=True, slots=True)
class Filters:
    """None lets everything pass."""

    kind: str | None = None
    provider: str | None = None
    type: str | None = None


def fold(payload: Payload, record: Record) -> list[Write]:
    """What a fact changes here."""
    if not isinstance(payload, InboundRecorded):
        return []
    account, n = payload.account, payload.n
    said: dict[str, Value] = {
        "n": n,
        "kind": payload.kind,
        "provider": payload.provider,
        "type": payload.channel,
        "from": payload.sender,
        "to": payload.recipient,
        "text": payload.text,
        "reply": packed(payload.reply),
        "place": pages.keyed(account, n),
        "place_in_kind": pages.keyed(f"{account}/{payload.kind}", n),
        "place_in_provider": pages.keyed(f"{account}/{payload.provider}", n),
    }
    return [
        Upsert(COLLECTION, f"{account}/{n}", said, maximum=seen(payload.at)),
        pages.counted(_series(account), n),
    ]


def _series(account: str) -> str:
    return f"{account}/inbound"


async def get(store: Store, account: AccountId, inbound: str) -> dict[str, object] | None:
    """One, or None."""
    found = await store.get(COLLECTION, [f"{account}/{inbound}"])
    return next((_answer(document) for document in found.values()), None)


async def page(store: Store, account: AccountId, asked: Slice, filters: Filters | None = None) -> Page:
    """Newest first."""
    top, dense = await pages.extent(store, _series(account))
    where = _matching(filters or Filters())
    narrow = next((field for field in where if field in ("kind", "provider")), None)
    series = Series(
        COLLECTION,
        where,
        f"place_in_{narrow}" if narrow else "place",
        f"{account}/{where[narrow]}" if narrow else account,
        "n",
        top,
        descending=True,
        dense=dense and not where,
    )
    found, after = await pages.read(store, series, asked)
    return Page([_answer(document) for document in found], after)


def _matching(filters: Filters) -> dict[str, Value]:
    wanted = {"kind": filters.kind, "provider": filters.provider, "type": filters.type}
    return {field: value for field, value in wanted.items() if value is not None}


def _answer(document: Document) -> dict[str, object]:
    said = {field: document[field] for field in ("kind", "provider", "type", "from", "to", "text")}
    reply = {"provider_reply": unpacked(document["reply"])}
    return {"id": str(integer(document, "n")), **said, **reply, **times(document)}
