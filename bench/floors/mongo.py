"""What the driver alone does with the documents that a scenario left in the store."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from statistics import median
from typing import Any

from pymongo import AsyncMongoClient, InsertOne
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from bench.result import BenchFailed, Figures, percentiles
from bench.world import World
from dapi_common.runtime.settings import Settings
from dapi_common.unreached import MESSAGES

SAMPLE = 20_000
BATCH = 1000
_COLLECTION = "bench_floor"
Database = AsyncDatabase[dict[str, Any]]


@asynccontextmanager
async def _database(world: World) -> AsyncIterator[tuple[AsyncMongoClient[dict[str, Any]], Database]]:
    """As durable as the services ask for."""
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(world.system.backends.mongo)
    durable = WriteConcern(w="majority", j=True)
    try:
        yield (
            client,
            client.get_database(Settings().mongo_db, write_concern=durable, read_concern=ReadConcern("majority")),
        )
    finally:
        await client.close()


async def bulk_written(world: World, messages: int) -> Figures:
    """So many messages' documents, at most SAMPLE, written again in unordered bulks, each bulk a transaction as the
    services' are: on the embedded store that is the cheaper way."""
    async with _database(world) as (client, database):
        documents = await database[MESSAGES].find({}).limit(min(messages, SAMPLE)).to_list(None)
        if not documents:
            raise BenchFailed("no documents to write again")
        await database.drop_collection(_COLLECTION)
        await database.create_collection(_COLLECTION)
        cpu, started = time.process_time(), time.perf_counter()
        async with client.start_session() as session:
            for at in range(0, len(documents), BATCH):
                bulk = [InsertOne(document) for document in documents[at : at + BATCH]]
                async with await session.start_transaction():
                    await database[_COLLECTION].bulk_write(bulk, ordered=False, session=session)
        seconds, spent = time.perf_counter() - started, time.process_time() - cpu
    return {
        "floor_mongo_messages_per_s": round(len(documents) / seconds),
        "floor_mongo_us_per_message": round(spent / len(documents) * 1e6, 1),
    }


async def found_by_id(world: World, ids: Callable[[], str], at_once: int, seconds: float) -> Figures:
    """Reads a second, and what each took, of one message's document."""
    taken: list[float] = []
    async with _database(world) as (_, database):
        until = time.perf_counter() + seconds

        async def reading() -> None:
            while (started := time.perf_counter()) < until:
                if await database[MESSAGES].find_one({"_id": ids()}) is None:
                    raise BenchFailed("a message's document is not there")
                taken.append(time.perf_counter() - started)

        await asyncio.gather(*(reading() for _ in range(at_once)))
    return {"floor_find_per_s": len(taken) / seconds, **percentiles(taken, "floor_find")}


async def page_ms(world: World, account: str, newest: int, times: int) -> float:
    """The usual milliseconds of reading 100 messages' documents by the range of their places."""
    places = {"$gt": f"{account}/{newest - 100:018}", "$lte": f"{account}/{newest:018}"}
    taken: list[float] = []
    async with _database(world) as (_, database):
        for _ in range(times):
            started = time.perf_counter()
            found = await database[MESSAGES].find({"place": places}).to_list(None)
            taken.append((time.perf_counter() - started) * 1000)
            if len(found) != 100:
                raise BenchFailed(f"{len(found)} documents instead of 100")
    return median(taken)
