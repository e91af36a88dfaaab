"""The embedded broker and document store keep what they were given, over restarts and kill -9."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.write_concern import WriteConcern

from dapi_common.topics import MAX_RECORD_BYTES
from local_stack.backends import Backends
from local_stack.backends import backends as started
from local_stack.kafka import kafka_answers
from local_stack.mongo import mongo_answers

TOPIC = "kept"
ENVIRONMENT = {key: value for key, value in os.environ.items() if key not in {"DAPI_KAFKA", "DAPI_MONGO"}}


@asynccontextmanager
async def producer_of(kafka: str) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(
        bootstrap_servers=kafka, acks="all", enable_idempotence=True, max_request_size=MAX_RECORD_BYTES
    )
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def create_topic(kafka: str, name: str, config: dict[str, str]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, num_partitions=1, replication_factor=1, topic_configs=config)])
    finally:
        await admin.close()


async def end_offset(kafka: str, topic: str) -> int:
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka)
    await consumer.start()
    try:
        partition = TopicPartition(topic, 0)
        ends = await consumer.end_offsets([partition])
        return int(ends[partition])
    finally:
        await consumer.stop()


async def insert(mongo: str, first: int, count: int) -> None:
    client: AsyncIOMotorClient[dict[str, object]] = AsyncIOMotorClient(mongo)
    try:
        collection = client.test.get_collection(TOPIC, write_concern=WriteConcern("majority", j=True))
        for number in range(first, first + count):
            await collection.insert_one({"_id": number})
    finally:
        client.close()


async def stored(mongo: str) -> int:
    client: AsyncIOMotorClient[dict[str, object]] = AsyncIOMotorClient(mongo)
    try:
        return await client.test[TOPIC].count_documents({})
    finally:
        client.close()


async def answering(found: Backends) -> None:
    async with asyncio.timeout(60):
        while not (await kafka_answers(found.kafka) and await mongo_answers(found.mongo)):
            await asyncio.sleep(0.2)


async def test_what_was_acknowledged_survives_kill_9_and_a_restart_of_the_stack(tmp_path: Path) -> None:
    async with started(tmp_path, ENVIRONMENT) as found:
        await create_topic(found.kafka, TOPIC, {})
        async with producer_of(found.kafka) as producer:
            for number in range(100):
                await producer.send_and_wait(TOPIC, b"%d" % number)
        await insert(found.mongo, 0, 100)
        if found.embedded is not None:
            found.embedded.kill("mongo", signal.SIGKILL)
            found.embedded.kill("kafka", signal.SIGKILL)
            await asyncio.sleep(0.1)
        await answering(found)
        assert (await end_offset(found.kafka, TOPIC), await stored(found.mongo)) == (100, 100)
        kept = found.embedded is not None

    async with started(tmp_path, ENVIRONMENT) as again:
        if kept:
            assert (await end_offset(again.kafka, TOPIC), await stored(again.mongo)) == (100, 100)


async def test_the_shared_backends_answer(backends: Backends) -> None:
    assert await kafka_answers(backends.kafka)
    assert await mongo_answers(backends.mongo)


async def test_a_record_as_long_as_the_longest_request_fits(backends: Backends) -> None:
    await create_topic(backends.kafka, "long", {"max.message.bytes": str(MAX_RECORD_BYTES)})
    async with producer_of(backends.kafka) as producer:
        await producer.send_and_wait("long", b"x" * 10 * 1024 * 1024)
    assert await end_offset(backends.kafka, "long") == 1
