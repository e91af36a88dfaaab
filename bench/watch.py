"""The log as it grows, read by a consumer of its own: who looks through the API would be part of what is measured."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

from aiokafka import AIOKafkaConsumer, TopicPartition

from bench.result import BenchFailed
from bench.world import World
from dapi_common import topics
from dapi_common.bus.kafka import KafkaBus
from dapi_common.bus.kafka_clients import CONSUMER, KafkaReader
from dapi_common.bus.port import Record
from dapi_common.events.envelope import Payload
from dapi_common.events.invokes import InvokeProgressed
from dapi_common.runtime.settings import Settings
from dapi_common.store.mongo import MongoStore
from dapi_common.store.positions import Positions
from dapi_common.topics import Topic

PATIENCE = 600.0
PROJECTED = (topics.EVENTS, topics.SENDS, topics.DELIVERIES)
"""What the projector folds of a message."""
PATH = (
    topics.COMMANDS, *PROJECTED, topics.provider_topic("nexmo"), topics.OUTCOMES,
    topics.PLANNER_STATE, topics.DISPATCHER_STATE, topics.provider_state("nexmo"),
)  # fmt: skip
"""Where a message leaves records."""
_TAIL = 20
"""Offsets at the end of a partition that are looked at."""
Offsets = Mapping[TopicPartition, int]
P = TypeVar("P", bound=Payload)


class Watch:
    """What was written to the log of record since it was opened."""

    def __init__(self, reader: KafkaReader) -> None:
        self._reader = reader
        self._found: defaultdict[str, list[Record]] = defaultdict(list)

    async def until(self, kind: type[P], wanted: int) -> list[P]:
        """All facts of this kind, once there are so many. Raises BenchFailed when that takes too long."""
        try:
            async with asyncio.timeout(PATIENCE):
                while len(self._found[kind.TYPE]) < wanted:
                    for record in await self._reader.poll(0.05):
                        self._found[dict(record.headers)["ce_type"].decode()].append(record)
        except TimeoutError:
            raise BenchFailed(f"{len(self._found[kind.TYPE])} of {wanted} {kind.TYPE} in {PATIENCE:.0f} s") from None
        return self.so_far(kind)

    def so_far(self, kind: type[P]) -> list[P]:
        """The facts of this kind that were read."""
        return [kind.decode(record.value) for record in self._found[kind.TYPE] if record.value]

    def completed(self) -> int:
        """How many messages of invokes were taken by a provider, as far as was read."""
        most: dict[tuple[str, str], int] = {}
        for fact in self.so_far(InvokeProgressed):
            key = (fact.account, fact.invoke_id)
            most[key] = max(most.get(key, 0), fact.completed)
        return sum(most.values())


@asynccontextmanager
async def watching(world: World) -> AsyncIterator[Watch]:
    """From now on."""
    bus = KafkaBus(world.system.backends.kafka, world.partitions)
    reader = bus.reader((topics.EVENTS,), from_start=False)
    await reader.start()
    try:
        yield Watch(reader)
    finally:
        await reader.stop()


async def ends(world: World, wanted: Sequence[Topic] = PATH) -> Offsets:
    """Where each partition of these topics ends now."""
    all_of_them = [TopicPartition(topic.name, i) for topic in wanted for i in range(world.partitions)]
    consumer = AIOKafkaConsumer(bootstrap_servers=world.system.backends.kafka)
    consumer.assign(all_of_them)  # else it asks who leads each topic, one after the other, 0.1 s between two
    await consumer.start()
    try:
        found: Offsets = await consumer.end_offsets(all_of_them)
        return found
    finally:
        await consumer.stop()


async def visible(world: World) -> float:
    """Returns once the read models show all that the log has now: the time (monotonic) at which that was seen."""
    goal = await _last_records(world)
    store = MongoStore(world.system.backends.mongo, Settings().mongo_db)
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                known = await Positions.load(store, [topic.name for topic in PROJECTED])
                if all(known.get((tp.topic, tp.partition), 0) > last for tp, last in goal.items()):
                    return time.monotonic()
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise BenchFailed(f"the read models are behind the log after {PATIENCE:.0f} s") from None
    finally:
        await store.close()


async def _last_records(world: World) -> Offsets:
    """Of each partition that has any: a transaction's marker comes after them, and is folded by nobody."""
    stop = await ends(world, PROJECTED)
    last: dict[TopicPartition, int] = {}
    async with consuming(world.system.backends.kafka, list(stop)) as consumer:
        for tp, end in stop.items():
            consumer.seek(tp, max(0, end - _TAIL))
        while await behind(consumer, stop):
            for tp, records in (await consumer.getmany(timeout_ms=20)).items():
                last[tp] = records[-1].offset
    return last


@asynccontextmanager
async def consuming(address: str, partitions: Sequence[TopicPartition]) -> AsyncIterator[AIOKafkaConsumer]:
    """A bare client that reads these partitions as the services' clients do."""
    consumer = AIOKafkaConsumer(bootstrap_servers=address, **CONSUMER)
    consumer.assign(list(partitions))
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def behind(consumer: AIOKafkaConsumer, stop: Offsets) -> bool:
    """Whether the consumer has still to read what lies before these offsets."""
    for tp, end in stop.items():
        if await consumer.position(tp) < end:
            return True
    return False
