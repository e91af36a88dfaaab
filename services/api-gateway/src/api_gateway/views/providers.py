"""An account's providers. Credentials are ciphertext here: whoever shows them opens them."""

from collections.abc import Mapping, Sequence

from api_gateway.views.documents import part, seen, times
from dapi_common.bus.port import Record
from dapi_common.events.account import ProviderPut, ProviderRemoved
from dapi_common.events.envelope import Payload
from dapi_common.ids import AccountId
from dapi_common.store.port import Document, Index, Store, Upsert, Value, Write

COLLECTION = "providers"
INDEXES: Mapping[str, Sequence[Index]] = {COLLECTION: (Index(("account",)),)}


def fold(payload: Payload, record: Record) -> list[Write]:
    """What a fact changes here: the last one in the log says what the provider is."""
    match payload:
        case ProviderPut():
            return [_upsert(payload, {"stand": _stand(record, payload.credentials), **seen(payload.at)})]
        case ProviderRemoved():
            return [_upsert(payload, {"stand": _stand(record, "")})]
        case _:
            return []


def _upsert(fact: ProviderPut | ProviderRemoved, growing: Mapping[str, Value]) -> Upsert:
    static: dict[str, Value] = {"account": fact.account, "name": fact.name}
    return Upsert(COLLECTION, _id(fact.account, fact.name), static, growing)


def _stand(record: Record, credentials: str) -> dict[str, Value]:
    return {"position": record.offset, "credentials": credentials}


def _id(account: str, name: str) -> str:
    return f"{account}/{name}"


async def get(store: Store, account: AccountId, name: str) -> dict[str, object] | None:
    """One provider with its credentials sealed, or None."""
    found = await store.get(COLLECTION, [_id(account, name)])
    return next((_answer(document) for document in found.values() if _stands(document)), None)


async def every(store: Store, account: AccountId) -> list[dict[str, object]]:
    """All of the account's providers by name, their credentials sealed."""
    found = await store.find(COLLECTION, {"account": account}, order=("name",))
    return [_answer(document) for document in found if _stands(document)]


def _stands(document: Document) -> bool:
    return bool(part(document, "stand")["credentials"])


def _answer(document: Document) -> dict[str, object]:
    return {"name": document["name"], "credentials": part(document, "stand")["credentials"], **times(document)}
