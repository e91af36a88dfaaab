"""The broker and the document store, wherever they come from: for `make run`, tests and benchmarks alike."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from local_stack.containers import engine_answers, kafka_container, mongo_container
from local_stack.kafka import start_kafka
from local_stack.mongo import mongo_command, start_mongo
from local_stack.paths import cache_folder
from local_stack.processes import Supervisor

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Backends:
    """Addresses of a broker (host:port) and a document store (mongodb:// URL) that answer."""

    kafka: str
    mongo: str
    embedded: Supervisor | None = None
    """Holds `kafka` and `mongo` when both are embedded, so that a test can kill or freeze them."""


@asynccontextmanager
async def backends(data: Path, environment: Mapping[str, str]) -> AsyncIterator[Backends]:
    """Addresses in the environment (DAPI_KAFKA, DAPI_MONGO), else a container engine if one answers, else embedded,
    with the data in `data`. Whatever it starts ends with it."""
    kafka, mongo = environment.get("DAPI_KAFKA"), environment.get("DAPI_MONGO")
    async with AsyncExitStack() as stack:
        if kafka and mongo:
            chosen, found = "as DAPI_KAFKA and DAPI_MONGO say", Backends(kafka, mongo)
        elif await asyncio.to_thread(engine_answers, environment):
            chosen, found = "in containers", await _contained(stack, kafka, mongo)
        else:
            chosen, found = "embedded", await _embedded(stack, data, environment)
        log.info("Kafka %s, MongoDB %s (%s)", found.kafka, found.mongo, chosen)
        yield found


async def _contained(stack: AsyncExitStack, kafka: str | None, mongo: str | None) -> Backends:
    if kafka is None:
        kafka = await stack.enter_async_context(kafka_container())
    if mongo is None:
        mongo = await stack.enter_async_context(mongo_container())
    return Backends(kafka, mongo)


async def _embedded(stack: AsyncExitStack, data: Path, environment: Mapping[str, str]) -> Backends:
    """Both at once: Kafka takes the longer."""
    supervisor = Supervisor(data / "logs")
    stack.push_async_callback(supervisor.stop)
    try:
        async with asyncio.TaskGroup() as starting:
            kafka = starting.create_task(_kafka(supervisor, data, environment))
            mongo = starting.create_task(_mongo(supervisor, data, environment))
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return Backends(kafka.result(), mongo.result(), supervisor)


async def _kafka(supervisor: Supervisor, data: Path, environment: Mapping[str, str]) -> str:
    if given := environment.get("DAPI_KAFKA"):
        return given
    return await start_kafka(supervisor, data / "kafka", cache_folder(environment))


async def _mongo(supervisor: Supervisor, data: Path, environment: Mapping[str, str]) -> str:
    """Each kind of server has a folder of its own: their files differ."""
    if given := environment.get("DAPI_MONGO"):
        return given
    command = mongo_command(environment, cache_folder(environment))
    sync = environment.get("DAPI_MONGO_SYNC", "on") != "off"
    return await start_mongo(supervisor, data / "mongo" / Path(command[0]).name, command, sync=sync)
