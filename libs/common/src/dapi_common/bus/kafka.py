"""The log on Kafka, through aiokafka. The order of the steps in `open` is what made hand-overs exact (design.md 3):

fence (start the transactional producer of this very task)   nobody else can commit any more
read the committed offsets, again                            what was known before the fence may be stale
read the changelog to its end                                nobody else can append any more
"""

import asyncio
import time
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import ProducerFenced
from aiokafka.structs import ConsumerRecord, OffsetAndMetadata

from dapi_common.bus.encode import Encoded, Encoder
from dapi_common.bus.kafka_batches import Batches
from dapi_common.bus.kafka_clients import (
    CONSUMER,
    TRANSACTIONAL,
    KafkaPublisher,
    KafkaReader,
    begin,
    bounded,
    record_of,
    sent_alone,
)
from dapi_common.bus.kafka_offsets import committed_offsets
from dapi_common.bus.port import Assignment, Committed, Fenced, Opened, Output, Record, Transaction
from dapi_common.bus.suspects import suspects_of
from dapi_common.topics import Topic

COMMIT_SECONDS = 15.0
"""A transaction that takes longer ends the process: its successor starts from what is committed. The broker gives it up
after 20 s in any case; whoever left before waits for the broker already when it is back."""


class KafkaBus:
    """One cluster. Every topic has `partitions` partitions."""

    def __init__(self, bootstrap: str, partitions: int) -> None:
        self._bootstrap, self._partitions = bootstrap, partitions

    def feed(self, service: str, inputs: Sequence[Topic], changelog: Topic | None, instance: str) -> "KafkaFeed":
        """A member of the service's group; `instance` names it for ever (static membership: a restart owns its tasks
        again without waiting for a session to end)."""
        names = [topic.name for topic in inputs]
        return KafkaFeed(self._bootstrap, service, names, changelog.name if changelog else None, instance)

    def reader(
        self,
        topics: Sequence[Topic],
        from_start: bool = True,
        positions: Mapping[tuple[str, int], int] | None = None,
    ) -> "KafkaReader":
        """Reads whole topics: from their start, from their end, or from `positions` where given."""
        partitions = [TopicPartition(topic.name, i) for topic in topics for i in range(self._partitions)]
        return KafkaReader(self._bootstrap, partitions, from_start, positions or {})

    def publisher(self, source: str = "dapi") -> "KafkaPublisher":
        """Writes single records; an async context manager."""
        return KafkaPublisher(self._bootstrap, source)


class KafkaFeed(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka is untyped
    """A member of a worker's consumer group."""

    def __init__(
        self, bootstrap: str, service: str, inputs: Sequence[str], changelog: str | None, instance: str
    ) -> None:
        self._bootstrap, self._service, self._inputs, self._changelog = bootstrap, service, inputs, changelog
        self._instance = instance
        self._assignment: Assignment | None = None

    async def start(self, assignment: Assignment) -> None:
        self._assignment = assignment
        self._admin = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap)
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap,
            group_id=self._service,
            group_instance_id=f"{self._service}-{self._instance}",
            session_timeout_ms=30_000,
            rebalance_timeout_ms=60_000,
            partition_assignment_strategy=(RangePartitionAssignor,),
            **CONSUMER,
        )
        self._consumer.subscribe(self._inputs, listener=self)
        await self._admin.start()
        await self._consumer.start()

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """aiokafka's side of Assignment.revoked."""
        if self._assignment:
            await self._assignment.revoked()

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """aiokafka's side of Assignment.assigned: a task is a partition of all inputs."""
        if self._assignment:
            await self._assignment.assigned({tp.partition for tp in assigned})

    async def open(self, partition: int) -> Opened:
        log = KafkaTaskLog(self._bootstrap, self._service, partition, self._changelog)
        try:
            return await self._opened(log, partition)
        except BaseException:
            await log.close()
            raise

    async def _opened(self, log: "KafkaTaskLog", partition: int) -> Opened:
        await log.fence()
        inputs = [TopicPartition(name, partition) for name in self._inputs]
        committed = await self._committed(self._service, inputs)
        suspects = await self._committed(suspects_of(self._service), inputs)
        starts = await self._consumer.beginning_offsets(inputs)
        positions = {tp.topic: committed[tp.topic].offset if tp.topic in committed else starts[tp] for tp in inputs}
        self.seek(partition, positions)
        state = await _read_changelog(self._bootstrap, self._changelog, partition) if self._changelog else {}
        return Opened(log, committed, positions, state, suspects)

    async def _committed(self, group: str, inputs: Sequence[TopicPartition]) -> dict[str, Committed]:
        found = await committed_offsets(self._admin, group, inputs)
        return {tp.topic: Committed(at.offset, at.metadata or "") for tp, at in found.items() if at.offset >= 0}

    async def poll(self, wanted: Mapping[int, int], timeout: float) -> Mapping[int, Sequence[Record]]:
        partitions = [tp for tp in self._consumer.assignment() if tp.partition in wanted and tp.topic in self._inputs]
        if not partitions:
            await asyncio.sleep(timeout)
            return {}
        most = max(1, min(wanted.values()) * len(wanted))
        fetched = await self._consumer.getmany(*partitions, timeout_ms=int(timeout * 1000), max_records=most)
        found: dict[int, list[Record]] = {}
        for tp, records in fetched.items():
            found.setdefault(tp.partition, []).extend(map(record_of, records))
        return found

    def seek(self, partition: int, positions: Mapping[str, int]) -> None:
        for name, offset in positions.items():
            self._consumer.seek(TopicPartition(name, partition), offset)

    async def stop(self) -> None:
        await bounded(self._consumer.stop())
        await bounded(self._admin.close())


class KafkaTaskLog:
    """The transactional producer of one task."""

    def __init__(self, bootstrap: str, service: str, partition: int, changelog: str | None) -> None:
        self._service, self._partition, self._changelog = service, partition, changelog
        self._encoder = Encoder(service)
        self._producer = AIOKafkaProducer(
            bootstrap_servers=bootstrap,
            transactional_id=f"{service}-{partition}",
            transaction_timeout_ms=20_000,
            retry_backoff_ms=5,
            linger_ms=0,
            **TRANSACTIONAL,
        )

    async def fence(self) -> None:
        """Ends whoever had the task before: its open transaction is aborted, its next one fails."""
        async with asyncio.timeout(COMMIT_SECONDS):
            await self._producer.start()

    async def commit(self, transaction: Transaction) -> None:
        async with self._transaction():
            await self._write(transaction)

    async def suspect(self, suspects: Mapping[str, Committed]) -> None:
        async with self._transaction():
            await self._pass(suspects, suspects_of(self._service))

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[None]:
        """aiokafka's can name one consumer group only."""
        try:
            async with asyncio.timeout(COMMIT_SECONDS), self._producer.transaction():
                yield
        except ProducerFenced:
            raise Fenced(f"{self._service}-{self._partition}") from None

    async def _pass(self, offsets: Mapping[str, Committed], group: str) -> None:
        named = {
            TopicPartition(topic, self._partition): OffsetAndMetadata(at.offset, at.metadata)
            for topic, at in offsets.items()
        }
        await self._producer.send_offsets_to_transaction(named, group)

    async def _write(self, transaction: Transaction) -> None:
        now, batches = time.time(), Batches(self._producer)
        places = [await batches.add(self._placed(output, now), now) for output in transaction.outputs]
        for encoded in self._encoder.bookkeeping(transaction, self._changelog, self._partition):
            await batches.add(encoded, now)
        await batches.send()
        for reply in transaction.replies:
            cause = await places[reply.cause]() if reply.cause is not None else None
            await sent_alone(self._producer, self._encoder.reply(reply, cause, now))
        if transaction.offsets:
            await self._pass(transaction.offsets, self._service)

    def _placed(self, output: Output, now: float) -> Encoded:
        """What an account's task writes about the account stays in the account's partition, of every topic: nobody has
        to hash the key again."""
        encoded = self._encoder.output(output, now)
        return encoded if output.key else encoded._replace(partition=self._partition)

    async def close(self) -> None:
        await bounded(self._producer.stop())


async def _read_changelog(bootstrap: str, topic: str, partition: int) -> dict[str, bytes]:
    """The last value of every key. The task must be fenced: nobody appends meanwhile."""
    tp = TopicPartition(topic, partition)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, **CONSUMER)
    consumer.assign([tp])
    await begin(consumer)
    try:
        end = (await consumer.end_offsets([tp]))[tp]
        await consumer.seek_to_beginning(tp)
        state: dict[str, bytes] = {}
        while await consumer.position(tp) < end:
            fetched = await consumer.getmany(tp, timeout_ms=500)
            _fold(state, (record for records in fetched.values() for record in records))
        return state
    finally:
        await bounded(consumer.stop())


def _fold(state: dict[str, bytes], records: Iterable[ConsumerRecord]) -> None:
    for record in records:
        key = record.key.decode()
        state.pop(key, None)
        if record.value is not None:
            state[key] = record.value
