"""Receipts that name nothing but the vendor's own id. They are kept by that id, whether its message is known or not,
and a message looks them up when it is read: so nothing is written for a message that gets none.

An account's own document names the providers through which any came, so that messages through others cost no more than
to read it, which a process does once in REMEMBERED seconds: the first receipt of its kind is seen so much later."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from time import monotonic
from weakref import WeakKeyDictionary

from api_gateway.views import receipts
from api_gateway.views.documents import part
from api_gateway.views.receipts import Told
from dapi_common.bus.port import Record
from dapi_common.events.envelope import Payload
from dapi_common.events.receipts import ReferenceReported
from dapi_common.ids import AccountId
from dapi_common.store.port import Document, Index, Store, Upsert, Value, Write

COLLECTION = "references"
REMEMBERED = 1.0
_ACCOUNTS = 10_000
_known: WeakKeyDictionary[Store, dict[str, tuple[float, Collection[str]]]] = WeakKeyDictionary()
"""By store and account: when it was read, and what it said."""
INDEXES: Mapping[str, Sequence[Index]] = {COLLECTION: ()}


def fold(payload: Payload, record: Record) -> list[Write]:
    """What a fact changes here."""
    if not isinstance(payload, ReferenceReported) or not payload.provider_ref:
        return []
    growing = {**receipts.grown(payload, 0), "updated": payload.at}
    return [
        Upsert(COLLECTION, payload.account, {f"through.{payload.provider}": True}),
        Upsert(COLLECTION, _id(payload.account, payload.provider, payload.provider_ref), maximum=growing),
    ]


def refs(document: Document) -> list[str]:
    """The vendor's ids of a message that it accepted, one a part."""
    attempt = str(part(document, "outcome").get("attempt"))
    accepted = part(part(document, "attempts"), attempt)
    return [ref for ref in str(accepted.get("refs", "")).split(",") if ref]


async def _through(store: Store, account: AccountId) -> Collection[str]:
    """The providers through which anything was ever reported by reference."""
    known, now = _known.setdefault(store, {}), monotonic()
    asked_at, providers = known.get(account, (-REMEMBERED, ()))
    if now - asked_at < REMEMBERED:
        return providers
    found = await store.get(COLLECTION, [account])
    if len(known) >= _ACCOUNTS:
        known.clear()
    providers = tuple(part(found[account], "through")) if found else ()
    known[account] = now, providers
    return providers


async def told(store: Store, account: AccountId, messages: Iterable[Document]) -> dict[Value, list[Told]]:
    """What was reported by reference of these messages' documents, by `_id`; of those of which anything was."""
    accepted = [document for document in messages if refs(document)]
    providers = await _through(store, account) if accepted else ()
    keys = {
        document["_id"]: {_id(account, str(document["provider"]), ref): ref for ref in refs(document)}
        for document in accepted
        if document["provider"] in providers
    }
    wanted = [key for its_keys in keys.values() for key in its_keys]
    found = await store.get(COLLECTION, wanted) if wanted else {}
    by_message = {
        message: [Told(found[key], ref if len(its_keys) > 1 else "") for key, ref in its_keys.items() if key in found]
        for message, its_keys in keys.items()
    }
    return {message: its_told for message, its_told in by_message.items() if its_told}


def _id(account: str, provider: str, ref: str) -> str:
    return f"{account}/{provider}/{ref}"
