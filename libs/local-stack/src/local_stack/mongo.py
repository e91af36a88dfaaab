"""The embedded document store: whatever speaks MongoDB's protocol on this machine, one node on 127.0.0.1."""

import shutil
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorDatabase
from pymongo.errors import OperationFailure, PyMongoError

from local_stack.ports import HOST, free_port, listens
from local_stack.processes import Process, Supervisor

NAME = "mongo"
READY_WITHIN = 60.0
REPLICA_SET = "rs0"
ALREADY_INITIATED = 23


def mongo_command(environment: Mapping[str, str], cache: Path) -> tuple[str, ...]:
    """The server to run: `mongod` of the machine, else SecantusDB in Rust (`make mongo-fast`), else SecantusDB in
    Python, which this package brings along."""
    path = environment.get("PATH", "")
    if mongod := shutil.which("mongod", path=path):
        return (mongod,)
    built = (str(cache / "bin"), str(Path(environment.get("CARGO_HOME") or "~/.cargo").expanduser() / "bin"))
    if fast := shutil.which("secantusd-rs", path=":".join((path, *built))):
        return (fast,)
    return (str(Path(sys.executable).with_name("secantusd-py")),)


def mongo_arguments(program: str, data: Path, port: int, *, sync: bool) -> tuple[str, ...]:
    """Durable means: what was acknowledged with `j: true` survives kill -9 and a power cut. mongod does so by itself;
    SecantusDB only with --sync-on-commit. Measured without it, with kill -9: the one in Rust lost the last 14 ms of
    acknowledged writes, always a suffix; the one in Python lost none. The price is one fsync a commit: the one in Rust
    does 4,300 single upserts/s instead of 21,000, but 28,000 either way inside of transactions."""
    if Path(program).name == "mongod":
        return ("--bind_ip", HOST, "--port", str(port), "--dbpath", str(data), "--replSet", REPLICA_SET)
    durable = ("--sync-on-commit",) if sync else ()
    return ("--host", HOST, "--port", str(port), "--storage-path", str(data), "--cache-size", "1G", *durable)


async def start_mongo(
    supervisor: Supervisor, data: Path, command: tuple[str, ...], port: int | None = None, *, sync: bool = True
) -> str:
    """The address (a mongodb:// URL) of a server that answers, keeping what it had in `data`. Raises NotReady."""
    port = port or free_port()
    arguments = mongo_arguments(command[0], _made(data), port, sync=sync)
    await supervisor.start(Process(NAME, (*command, *arguments)))
    address = f"mongodb://{HOST}:{port}/?directConnection=true"

    async def ready() -> bool:
        return await listens(port) and await mongo_answers(address)

    await supervisor.wait_until(NAME, ready, READY_WITHIN)
    if Path(command[0]).name == "mongod":
        await _initiate(address, port)
        await supervisor.wait_until(NAME, lambda: _is_primary(address), READY_WITHIN)
    return address


async def _initiate(address: str, port: int) -> None:
    """Makes a mongod the replica set of one that transactions need, or tells it its new port."""
    config = {"_id": REPLICA_SET, "version": 1, "members": [{"_id": 0, "host": f"{HOST}:{port}"}]}
    async with _admin(address) as admin:
        try:
            await admin.command("replSetInitiate", config)
        except OperationFailure as failure:
            if failure.code != ALREADY_INITIATED:
                raise
            await admin.command("replSetReconfig", config, force=True)


async def _is_primary(address: str) -> bool:
    async with _admin(address) as admin:
        hello = await admin.command("hello")
        return bool(hello["isWritablePrimary"])


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


async def mongo_answers(address: str) -> bool:
    """Whether the server at this address answers a ping."""
    try:
        async with _admin(address) as admin:
            await admin.command("ping")
    except PyMongoError:
        return False
    return True


@asynccontextmanager
async def _admin(address: str) -> AsyncIterator[AsyncIOMotorDatabase[dict[str, Any]]]:
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(address, serverSelectionTimeoutMS=2000)
    try:
        yield client.admin
    finally:
        client.close()
