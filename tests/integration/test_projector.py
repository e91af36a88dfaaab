"""The read models over MongoDB: what they answer is what they answer over memory."""

from collections.abc import AsyncIterator, Sequence
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from pymongo import MongoClient

from api_gateway import projection
from api_gateway.projector import Projector
from api_gateway.views import accounts, contacts, invokes, ledger, lists, messages, providers
from api_gateway.views.messages import Filters
from api_gateway.views.pages import Slice
from dapi_common import topics
from dapi_common.bus.memory import MemoryBus
from dapi_common.bus.port import Record
from dapi_common.clock import ManualClock
from dapi_common.events.account import ProviderPut
from dapi_common.events.deliveries import DeliveryUnknown
from dapi_common.events.invokes import InvokeDeleted, InvokeStopped
from dapi_common.events.lists import ContactRemoved, ContactUpdated, ListUpdated
from dapi_common.ids import ContactId, InvokeId, ListId
from dapi_common.runtime.health import Health
from dapi_common.store.memory import MemoryStore
from dapi_common.store.mongo import MongoStore
from dapi_common.store.port import Document, Rebuildable, Remove, Store
from local_stack.backends import Backends
from tests.unit.api_gateway.views.history import (
    ACCOUNT,
    SHOWN,
    START,
    History,
    about,
    accepted,
    added,
    contact,
    invoke,
    message,
    planned,
    send,
    shuffled,
    some_list,
)

ONE = ListId("1")
SENDS = [send(index, 1, 10) for index in range(4)]
HISTORY = History().add(
    ProviderPut(account=ACCOUNT, name="nexmo", credentials="sealed", at=START),
    some_list(1, **{"a.b": {"$set": 2**70}}),
    added(1, "a", "b", "c"),
    ContactUpdated(account=ACCOUNT, list_id=ONE, contact_id=ContactId("2"), contact=contact("b2"), at=START + 11),
    ContactRemoved(account=ACCOUNT, list_id=ONE, contact_id=ContactId("1"), at=START + 12),
    ListUpdated(account=ACCOUNT, list_id=ONE, metadata={}, at=START + 13),
    *(message(n) for n in range(1, 10)),
    invoke(6, 1, 10),
    planned(6),
    *SENDS,
    accepted(SENDS[0]),
    InvokeStopped(account=ACCOUNT, invoke_id=InvokeId("1"), released=4, at=START + 60),
    invoke(1, 2, 16),
    send(0, 2, 16),
    InvokeDeleted(account=ACCOUNT, invoke_id=InvokeId("2"), at=START + 70),
    accepted(message(3)),
    DeliveryUnknown(code="timeout", description="", **about(message(3))),
    message(17),
)
SINGLE = History().add(
    message(1), DeliveryUnknown(code="timeout", description="", **about(message(1))), accepted(message(1)), message(2)
)


@pytest.fixture
async def store(backends: Backends) -> AsyncIterator[MongoStore]:
    database = f"test-{uuid4().hex}"
    opened = MongoStore(backends.mongo, database)
    await opened.ensure(projection.INDEXES)
    yield opened
    await opened.close()
    with MongoClient[Document](backends.mongo) as client:
        client.drop_database(database)


async def fold(store: Rebuildable, batches: Sequence[Sequence[Record]]) -> None:
    bus = MemoryBus(1, ManualClock())
    works = Projector(lambda positions: bus.reader([topics.EVENTS]), bus.publisher(), store, Health())
    for batch in batches:
        await works.fold(batch)


async def answers(store: Store) -> list[object]:
    """What every query says."""
    found: list[object] = [
        await lists.page(store, ACCOUNT, Slice()),
        await contacts.page(store, ACCOUNT, ONE, Slice()),
        await contacts.get(store, ACCOUNT, ONE, ContactId("2")),
        await providers.every(store, ACCOUNT),
        await accounts.balance(store, ACCOUNT),
        await ledger.page(store, ACCOUNT, Slice()),
        await invokes.get(store, ACCOUNT, InvokeId("1"), Slice(4, page=1)),
        await invokes.page(store, ACCOUNT, Slice()),
    ]
    for page in range(6):
        found.append(await messages.page(store, ACCOUNT, Slice(3, page)))
        found.append(await messages.page(store, ACCOUNT, Slice(2, page), Filters(status="pending")))
    return [*found, await messages.page(store, ACCOUNT, Slice(), Filters(invoke_id="1", status="completed"))]


async def test_mongodb_answers_as_memory_does(store: MongoStore) -> None:
    memory = MemoryStore()
    await fold(memory, [HISTORY.records])
    await fold(store, [HISTORY.records[:17], HISTORY.records[17:]])
    assert await answers(store) == await answers(memory)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(batches=shuffled(SINGLE.records))
async def test_order_and_repetition_change_nothing_there_either(store: MongoStore, batches: list[list[Record]]) -> None:
    memory = MemoryStore()
    await store.write([Remove(name, {}) for name in SHOWN])
    await fold(memory, [SINGLE.records])
    await fold(store, batches)
    for name in SHOWN:
        assert await store.find(name, {}, order=("_id",)) == await memory.find(name, {}, order=("_id",))
