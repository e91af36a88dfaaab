"""The in-memory store keeps the contracts."""

import pytest

from dapi_common.store.memory import MemoryStore
from dapi_common.store.port import StoreUnavailable
from dapi_common.testing.contacts_contract import ContactsContract
from dapi_common.testing.generations_contract import GenerationsContract
from dapi_common.testing.positions_contract import PositionsContract
from dapi_common.testing.store_contract import StoreContract


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


class TestMemoryStore(StoreContract): ...


class TestPositionsInMemory(PositionsContract): ...


class TestContactsInMemory(ContactsContract): ...


class TestGenerationsInMemory(GenerationsContract): ...


async def test_a_store_that_is_switched_off_answers_nothing(store: MemoryStore) -> None:
    store.available = False
    with pytest.raises(StoreUnavailable):
        await store.get("things", ["1"])
    with pytest.raises(StoreUnavailable):
        await store.write([])
