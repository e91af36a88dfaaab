"""The embedded broker keeps transactions whole, also those that are under way when it is frozen or told to end.

Apache Kafka 4.3.0 does not: a transaction that is committed while its partitions have no leader is recorded as complete
without its end markers, and its records become visible with those of the next one, or not at all (decision 0010,
https://github.com/apache/kafka/pull/22680)."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError

from local_stack.kafka import NAME, kafka_answers, start_kafka
from local_stack.paths import cache_folder
from local_stack.processes import Supervisor

TOPICS = ("left", "right")
WRITERS = 12
OTHERS = 400
"""Partitions that make it take longer until a broker has given up its own: that is when it goes wrong."""
MORE = 30
"""Transactions that each of them commits between two faults."""
FROZEN = 4.0
"""Longer than a broker's session."""


class Broker:
    def __init__(self, supervisor: Supervisor, address: str) -> None:
        self.supervisor, self.address = supervisor, address

    async def back(self) -> None:
        async with asyncio.timeout(60):
            while not await kafka_answers(self.address):
                await asyncio.sleep(0.1)


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Broker]:
    supervisor = Supervisor(tmp_path / "logs")
    try:
        address = await start_kafka(supervisor, tmp_path / "kafka", cache_folder(os.environ))
        admin = AIOKafkaAdminClient(bootstrap_servers=address)
        await admin.start()
        sizes = {**dict.fromkeys(TOPICS, WRITERS), "others": OTHERS}
        await admin.create_topics([NewTopic(name, num_partitions=n, replication_factor=1) for name, n in sizes.items()])
        await admin.close()
        yield Broker(supervisor, address)
    finally:
        await supervisor.stop()


async def write(broker: Broker, number: int, over: asyncio.Event, committed: list[int]) -> None:
    """`committed`: what was, as far as the writer is told: each transaction is the next number, in each topic. As a
    task does, it goes on from what it finds when it has fenced its former life."""
    while not over.is_set():
        producer = AIOKafkaProducer(
            bootstrap_servers=broker.address,
            transactional_id=f"writer-{number}",
            transaction_timeout_ms=10_000,
            retry_backoff_ms=5,
        )
        with suppress(KafkaError, OSError, TimeoutError):
            async with asyncio.timeout(60):
                await producer.start()
            last = max(await read(broker, TOPICS[0], number), default=0)
            while not over.is_set():
                last += 1
                async with asyncio.timeout(15), producer.transaction():
                    for topic in TOPICS:
                        await producer.send(topic, b"%d" % last, partition=number)
                committed.append(last)
        with suppress(KafkaError, OSError, TimeoutError):
            async with asyncio.timeout(5):
                await producer.stop()


async def read(broker: Broker, topic: str, number: int) -> Sequence[int]:
    """What readers of committed records see."""
    consumer = AIOKafkaConsumer(bootstrap_servers=broker.address, isolation_level="read_committed")
    partition = TopicPartition(topic, number)
    consumer.assign([partition])
    await consumer.start()
    try:
        await consumer.seek_to_beginning(partition)
        end, found = (await consumer.end_offsets([partition]))[partition], list[int]()
        async with asyncio.timeout(30):
            while await consumer.position(partition) < end:
                fetched = await consumer.getmany(partition, timeout_ms=200)
                found += [int(record.value) for records in fetched.values() for record in records]
        return found
    finally:
        await consumer.stop()


async def more_from_all(committed: Sequence[list[int]]) -> None:
    """Returns when every writer has committed some more."""
    before = [len(one) for one in committed]
    async with asyncio.timeout(60):
        while any(len(one) < count + MORE for one, count in zip(committed, before, strict=True)):
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("sig", [signal.SIGSTOP, signal.SIGTERM])
async def test_a_transaction_is_seen_whole_or_not_at_all(broker: Broker, sig: signal.Signals) -> None:
    over, committed = asyncio.Event(), [list[int]() for _ in range(WRITERS)]
    writers = [asyncio.create_task(write(broker, number, over, committed[number])) for number in range(WRITERS)]
    for _ in range(2):
        await more_from_all(committed)
        broker.supervisor.kill(NAME, sig)
        await asyncio.sleep(FROZEN)
        broker.supervisor.kill(NAME, signal.SIGCONT)
        await broker.back()
    await more_from_all(committed)
    over.set()
    await asyncio.gather(*writers)
    for number in range(WRITERS):
        left, right = await read(broker, "left", number), await read(broker, "right", number)
        assert left == right
        assert set(committed[number]) <= set(left)
        assert len(left) == len(set(left))
