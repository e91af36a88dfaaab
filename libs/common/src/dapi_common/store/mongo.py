"""The store in production: MongoDB. The only module that knows a driver.

PyMongo's own asyncio client (decision 0013). Only calls that Motor shares are used, the types below say so, and the
contract suite runs over both."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from bson.errors import BSONError
from pymongo import AsyncMongoClient, DeleteMany, InsertOne, UpdateMany, UpdateOne
from pymongo.errors import BulkWriteError, ConnectionFailure, OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from dapi_common.runtime import metrics
from dapi_common.store.inserts import Inserts
from dapi_common.store.merge import by_collection, merged, order_matters
from dapi_common.store.port import (
    ATOMIC,
    Change,
    Document,
    Index,
    Range,
    Remove,
    StoreRefused,
    StoreUnavailable,
    Upsert,
    Value,
    Where,
    Write,
)

if TYPE_CHECKING:
    from motor.motor_asyncio import AsyncIOMotorClient

Client: TypeAlias = "AsyncIOMotorClient[Document] | AsyncMongoClient[Document]"
Operation = InsertOne[Document] | UpdateOne | UpdateMany | DeleteMany

_IDS = 100
"""Ids in one read: the embedded Python server's cost grows with their square (100: 10 ms, 1,000: 700 ms)."""
_ROWS = 5000
"""Documents in one answer of a cursor."""
_PIECE = 1000
"""Documents in one piece of a scan."""
_THERE_ALREADY = 11000
_PASSING = frozenset({6, 7, 50, 64, 89, 91, 112, 134, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436})
"""Server codes that say: not now (elections, shutdowns, time limits, write conflicts)."""


class MongoStore:
    """Acknowledged by a majority's journals, read from a majority. Each piece of a call is bounded by `timeout`."""

    def __init__(
        self,
        uri: str,
        database: str,
        timeout: float = 5.0,
        writer: str = "",
        connect: Callable[..., Client] = AsyncMongoClient,
    ) -> None:
        """To be made inside the running loop. Connects when first used. `writer` names the one process that writes
        what this one writes: it ends the transaction that a former life of it left open, which would stand in the way
        until the server gives it up (60 s)."""
        self._timeout, self._writer = timeout, writer
        self._writing = asyncio.Lock()
        self._inserts = Inserts()
        self._session: Any = None
        self._client: Client = connect(
            uri,
            tz_aware=True,
            timeoutMS=int(timeout * 1000),
            # Measured after 37 s of silence: noticed within 0.01 s that it is over (else 10), closed within 4 (30).
            connectTimeoutMS=2000,
            heartbeatFrequencyMS=2000,
        )
        self._database = self._client.get_database(
            database, write_concern=WriteConcern(w="majority", j=True), read_concern=ReadConcern("majority")
        )

    async def ensure(self, indexes: Mapping[str, Sequence[Index]]) -> None:
        for collection, wanted in indexes.items():
            for index in wanted:
                async with self._call("ensure"):
                    await self._database[collection].create_index(_ascending(index.fields), **_expiry(index))

    async def write(self, writes: Sequence[Write]) -> None:
        rest = [write for its_writes in by_collection(writes).values() for write in merged(its_writes)]
        for at in range(0, len(rest), ATOMIC):
            piece = by_collection(rest[at : at + ATOMIC])
            async with self._writing, self._call("write"):
                await self._written(piece)

    async def _written(self, piece: Mapping[str, Sequence[Write]]) -> None:
        """A transaction. Where a document is there against all likelihood, another one, without inserts: the server has
        aborted the first, and says so (11000), or says of a later operation that there is none any more (251, which
        the driver repeats)."""
        session = await self._own_session()
        try:
            await session.with_transaction(partial(self._write, piece))
        except BulkWriteError as error:
            if _codes(error) != {_THERE_ALREADY}:
                raise
            for its_writes in piece.values():
                self._inserts.note(its_writes)
            await session.with_transaction(partial(self._write, piece))

    async def _own_session(self) -> Any:
        if self._session is None:
            session = await _awaited(self._client.start_session())
            if self._writer:
                await self._take_over(session.session_id["id"])
            self._session = session
        return self._session

    async def _take_over(self, session_id: Any) -> None:
        writers, name = self._database["writers"], {"_id": self._writer}
        if former := await writers.find_one(name):
            await self._client.admin.command("killSessions", [{"id": former["session"]}])
        await writers.update_one(name, {"$set": {"session": session_id}}, upsert=True)

    async def _write(self, writes: Mapping[str, Sequence[Write]], session: Any) -> None:
        for collection, its_writes in writes.items():
            operations = [self._operation(write) for write in its_writes]
            self._inserts.note(its_writes)
            ordered = order_matters(its_writes)
            await self._database[collection].bulk_write(operations, ordered=ordered, session=session)

    def _operation(self, write: Write) -> Operation:
        match write:
            case Upsert():
                document = self._inserts.document(write)
                return _upsert(write) if document is None else InsertOne(document)
            case Change():
                return UpdateMany(_filter(write.where), {"$set": dict(write.constant)})
            case Remove():
                return DeleteMany(_filter(write.where))

    async def get(self, collection: str, ids: Sequence[str]) -> dict[str, Document]:
        found: dict[str, Document] = {}
        for at in range(0, len(ids), _IDS):
            where = {"_id": {"$in": list(ids[at : at + _IDS])}}
            async with self._call("get"):
                for document in await self._database[collection].find(where).to_list(None):
                    found[str(document["_id"])] = document
        return found

    async def find(
        self,
        collection: str,
        where: Where,
        order: Sequence[str] = (),
        descending: bool = False,
        limit: int = 0,
        fields: Sequence[str] = (),
    ) -> list[Document]:
        projection = {"_id": "_id" in fields, **dict.fromkeys(fields, True)} if fields else None
        async with self._call("find"):
            cursor = self._database[collection].find(_filter(where), projection, limit=limit, batch_size=_ROWS)
            if order:
                cursor = cursor.sort([(field, -1 if descending else 1) for field in order])
            return await cursor.to_list(None)

    async def scan(self, collection: str, fields: Sequence[str] = ()) -> AsyncIterator[list[Document]]:
        projection = {"_id": "_id" in fields, **dict.fromkeys(fields, True)} if fields else None
        cursor = self._database[collection].find({}, projection, batch_size=_PIECE)
        while True:
            async with self._call("scan"):
                piece: list[Document] = await cursor.to_list(_PIECE)
            if not piece:
                return
            yield piece

    async def drop(self, collection: str) -> None:
        async with self._call("drop"):
            await self._database.drop_collection(collection)

    async def close(self) -> None:
        await _awaited(await asyncio.to_thread(self._client.close))  # Motor's blocks while a server is silent

    @asynccontextmanager
    async def _call(self, name: str) -> AsyncIterator[None]:
        """Bounds the block, measures it and translates what it raises; the driver's texts hold documents."""
        try:
            with metrics.timed(metrics.STORE_SECONDS.labels(name)):
                async with asyncio.timeout(self._timeout + 1):
                    yield
        except TimeoutError:
            metrics.STORE_FAILURES.labels(name).inc()
            raise StoreUnavailable("no answer in time") from None
        except (PyMongoError, BSONError, OverflowError, UnicodeError) as error:
            if not _passes(error):
                raise StoreRefused(f"{type(error).__name__} {sorted(_codes(error))}") from None
            metrics.STORE_FAILURES.labels(name).inc()
            raise StoreUnavailable(type(error).__name__) from None


async def _awaited(answer: Any) -> Any:
    """Motor awaits where PyMongo does not, and the other way round."""
    return await answer if inspect.isawaitable(answer) else answer


def _passes(error: Exception) -> bool:
    """Whether the same call may succeed later."""
    if not isinstance(error, PyMongoError):
        return False
    codes = _codes(error)
    return isinstance(error, ConnectionFailure) or error.timeout or (bool(codes) and codes <= _PASSING)


def _codes(error: Exception) -> set[int]:
    if isinstance(error, BulkWriteError):
        found: list[dict[str, Any]] = [
            *error.details.get("writeErrors", []),
            *error.details.get("writeConcernErrors", []),
        ]
        return {int(item.get("code", 0)) for item in found}
    return {error.code or 0} if isinstance(error, OperationFailure) else set()


def _ascending(fields: Sequence[str]) -> list[tuple[str, int]]:
    return [(field, 1) for field in fields]


def _expiry(index: Index) -> dict[str, Any]:
    return {} if index.expire_seconds is None else {"expireAfterSeconds": index.expire_seconds}


def _upsert(write: Upsert) -> Operation:
    named = {"$set": write.constant, "$max": write.maximum, "$setOnInsert": write.initial}
    update = {operator: dict(values) for operator, values in named.items() if values}
    return UpdateOne({"_id": write.id}, update or {"$setOnInsert": {}}, upsert=True)


def _filter(where: Where) -> dict[str, Any]:
    conditions = {path: _condition(wanted) for path, wanted in where.items()}
    return {path: condition for path, condition in conditions.items() if condition != {}}


def _condition(wanted: Value | Range) -> Any:
    if not isinstance(wanted, Range):
        return {"$eq": wanted}
    bounds = {"$gt": wanted.above, "$lte": wanted.upto}
    return {operator: bound for operator, bound in bounds.items() if bound is not None}
