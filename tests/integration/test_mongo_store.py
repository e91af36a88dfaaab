"""The MongoDB store keeps the contracts, over both drivers, and comes back when the server does."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from itertools import cycle
from typing import TypeVar
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import AsyncMongoClient, MongoClient
from pymongo.uri_parser import parse_uri

from dapi_common.clock import SystemClock
from dapi_common.store.inserts import Inserts
from dapi_common.store.memory import MemoryStore
from dapi_common.store.mongo import Client, MongoStore
from dapi_common.store.port import Document, Remove, StoreUnavailable, Upsert, Write
from dapi_common.store.positions import SILENCE, Barrier, Positions
from dapi_common.testing.contacts_contract import ContactsContract
from dapi_common.testing.generations_contract import GenerationsContract
from dapi_common.testing.positions_contract import PositionsContract
from dapi_common.testing.store_contract import StoreContract
from dapi_common.testing.store_writes import COLLECTIONS, calls, contents
from local_stack.backends import Backends
from tests.integration.relay import Mood, Relay, relay

DRIVERS: list[Callable[..., Client]] = [AsyncIOMotorClient, AsyncMongoClient]
RECOVERY_SECONDS = 10.0
T = TypeVar("T")
FIRST = Upsert("things", "1", constant={"a": 1})


@pytest.fixture
def database(backends: Backends) -> Iterator[str]:
    name = f"test-{uuid4().hex}"
    yield name
    with MongoClient[Document](backends.mongo) as client:
        client.drop_database(name)


@pytest.fixture(params=DRIVERS, ids=["motor", "pymongo"])
async def store(request: pytest.FixtureRequest, backends: Backends, database: str) -> AsyncIterator[MongoStore]:
    opened = MongoStore(backends.mongo, database, connect=request.param)
    yield opened
    await opened.close()


@pytest.fixture
async def other(backends: Backends, database: str) -> AsyncIterator[MongoStore]:
    """Another process's: it knows nothing of what the first one wrote."""
    opened = MongoStore(backends.mongo, database)
    yield opened
    await opened.close()


class TestMongoStore(StoreContract): ...


class TestPositionsInMongo(PositionsContract): ...


class TestContactsInMongo(ContactsContract): ...


class TestGenerationsInMongo(GenerationsContract): ...


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(history=st.lists(calls(), max_size=3))
async def test_any_history_of_writes_leaves_what_memory_has(
    store: MongoStore, other: MongoStore, history: list[list[Write]]
) -> None:
    memory, store._inserts, other._inserts = MemoryStore(), Inserts(), Inserts()
    await store.write([Remove(name, {}) for name in COLLECTIONS])
    for writes, writer in zip(history, cycle([store, other]), strict=False):
        await memory.write(writes)
        await writer.write(writes)
    assert await contents(store) == await contents(memory)


async def test_what_another_process_made_is_changed_though_it_is_said_to_be_new(
    store: MongoStore, other: MongoStore
) -> None:
    """Also beside what is no insert: that is sent after the server has given the transaction up."""
    await other.write([Upsert("things", "1", {"a": 1}, {"m": 5})])
    for _ in range(2):
        new = [Upsert("things", str(n), {"b": n}, {"m": 4}, new=True) for n in range(3)]
        await store.write([*new, Upsert("things", "3", {"c": 1}), Upsert("others", "1", {"a": 1}, new=True)])
        assert await store.find("things", {}, order=["_id"]) == [
            {"_id": "0", "b": 0, "m": 4},
            {"_id": "1", "a": 1, "b": 1, "m": 5},
            {"_id": "2", "b": 2, "m": 4},
            {"_id": "3", "c": 1},
        ]
        assert await store.get("others", ["1"]) == {"1": {"_id": "1", "a": 1}}


@pytest.mark.parametrize("connect", DRIVERS, ids=["motor", "pymongo"])
async def test_a_writers_next_life_ends_the_transaction_of_the_last(
    backends: Backends, database: str, connect: Callable[..., Client]
) -> None:
    killed, successor = (MongoStore(backends.mongo, database, writer="w", connect=connect) for _ in range(2))
    await killed.write([FIRST])
    session = await killed._own_session()
    begun = session.start_transaction()
    if asyncio.iscoroutine(begun):
        await begun
    await killed._write({"things": [Upsert("things", "1", constant={"a": 2})]}, session)
    await successor.write([Upsert("things", "1", constant={"a": 3})])
    assert (await successor.get("things", ["1"]))["1"]["a"] == 3
    await killed.close()
    await successor.close()


@pytest.fixture
async def between(backends: Backends) -> AsyncIterator[Relay]:
    host, port = parse_uri(backends.mongo)["nodelist"][0]
    async with relay(host, port or 27017) as opened:
        yield opened


@pytest.fixture(params=DRIVERS, ids=["motor", "pymongo"])
async def far(request: pytest.FixtureRequest, between: Relay, database: str) -> AsyncIterator[MongoStore]:
    """A store behind a relay, with calls of half a second."""
    uri = f"mongodb://127.0.0.1:{between.port}/?directConnection=true"
    opened = MongoStore(uri, database, timeout=0.5, connect=request.param)
    yield opened
    await opened.close()


async def answered(ask: Callable[[], Awaitable[T]]) -> T:
    """What the store says, as soon as it says so in time."""
    async with asyncio.timeout(RECOVERY_SECONDS):
        while True:
            with suppress(StoreUnavailable):
                return await ask()


async def comes_back(store: MongoStore, writes: Sequence[Write] = (FIRST,)) -> None:
    await answered(lambda: store.write(writes))


async def known(store: MongoStore, *keys: str) -> set[str]:
    """Which of them there are."""
    return set(await answered(lambda: store.get("things", keys)))


@pytest.mark.parametrize("mood", ["cut", "silent"])
async def test_every_call_is_bounded_and_the_store_comes_back(far: MongoStore, between: Relay, mood: Mood) -> None:
    await comes_back(far)
    between.become(mood)
    for call in (lambda: far.write([FIRST]), lambda: far.get("things", ["1"]), lambda: far.find("things", {})):
        async with asyncio.timeout(10):
            with pytest.raises(StoreUnavailable):
                await call()
    between.become("open")
    await comes_back(far)
    assert await known(far, "1") == {"1"}


async def test_what_was_written_without_an_answer_is_written_again(
    far: MongoStore, other: MongoStore, between: Relay
) -> None:
    """`other` plays the server that took it and could not say so."""
    writes = [Upsert("things", "2", {"a": 1}, new=True), Upsert("things", "3", {"a": 1})]
    await comes_back(far)
    between.become("silent")
    with pytest.raises(StoreUnavailable):
        await far.write(writes)
    await other.write(writes)
    between.become("open")
    await comes_back(far, writes)
    assert await known(far, "1", "2", "3") == {"1", "2", "3"}


async def test_a_server_that_was_silent_for_long_is_noticed_when_it_is_back(far: MongoStore, between: Relay) -> None:
    await comes_back(far)
    between.become("silent")
    with suppress(StoreUnavailable, TimeoutError):
        async with asyncio.timeout(6):
            while True:
                with suppress(StoreUnavailable):
                    await far.write([FIRST])
    between.become("open")
    await comes_back(far)


async def test_a_barrier_gives_up_on_a_store_that_is_away_and_works_again_after(
    far: MongoStore, between: Relay
) -> None:
    barrier = Barrier(far, SystemClock())
    await comes_back(far, [Positions.write_for("events", 0, 1)])
    between.become("cut")
    async with asyncio.timeout(SILENCE + 5):
        assert not await barrier.wait("events", 0, 0, timeout=SILENCE + 20)
    between.become("open")
    await comes_back(far)
    assert await barrier.wait("events", 0, 0, timeout=RECOVERY_SECONDS)
    await barrier.close()
