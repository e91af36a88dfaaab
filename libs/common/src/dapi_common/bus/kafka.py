"""The log on Kafka, through aiokafka. The order of the steps in `open` is what made hand-overs exact (design.md 3):

fence (start the transactional producer of this very task)   nobody else can commit any more
read the changelog to its end                                nobody else can append any more, and nobody else ever
                                                             does: no open transaction of others hides its end
go on from the progress in it (progress.py)                  what was known before the fence may be stale
"""

import asyncio
import time
from collections.abc import Collection, Iterable, Mapping, Sequence

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.structs import ConsumerRecord

from dapi_common.bus.encode import Encoded, Encoder
from dapi_common.bus.kafka_batches import Batches
from dapi_common.bus.kafka_clients import (
    CONSUMER,
    TRANSACTIONAL,
    KafkaPublisher,
    KafkaReader,
    begin,
    bounded,
    check,
    record_of,
    transacting,
)
from dapi_common.bus.port import Assignment, Committed, Opened, Output, Record, Transaction
from dapi_common.bus.progress import KEY, Progress
from dapi_common.topics import Topic

COMMIT_SECONDS = 15.0
"""A transaction that takes longer ends the process: its successor starts from what is committed. The broker gives it up
after 20 s in any case; whoever left before waits for the broker already when it is back."""

READ_SECONDS = 30.0
"""Without another record of a changelog whose end is not reached."""


class KafkaBus:
    """One cluster. Every topic has `partitions` partitions."""

    def __init__(self, bootstrap: str, partitions: int) -> None:
        self._bootstrap, self._partitions = bootstrap, partitions

    def feed(self, service: str, inputs: Sequence[Topic], changelog: Topic, instance: str) -> "KafkaFeed":
        """A member of the service's group; `instance` names it for ever (static membership: a restart owns its tasks
        again without waiting for a session to end)."""
        names = [topic.name for topic in inputs]
        return KafkaFeed(self._bootstrap, service, names, changelog.name, instance)

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

    def __init__(self, bootstrap: str, service: str, inputs: Sequence[str], changelog: str, instance: str) -> None:
        self._bootstrap, self._service, self._inputs, self._changelog = bootstrap, service, inputs, changelog
        self._instance = instance
        self._assignment: Assignment | None = None

    async def start(self, assignment: Assignment) -> None:
        self._assignment = assignment
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap,
            group_id=self._service,
            group_instance_id=f"{self._service}-{self._instance}",
            session_timeout_ms=30_000,
            rebalance_timeout_ms=60_000,
            max_poll_interval_ms=2**31 - 1,  # who has more than enough to do does not poll, and is no dead member
            partition_assignment_strategy=(RangePartitionAssignor,),
            **CONSUMER,
        )
        self._consumer.subscribe(self._inputs, listener=self)
        await begin(self._consumer)

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
        state = await _read_table(self._bootstrap, self._changelog, partition)
        if state and KEY not in state:
            raise RuntimeError(f"{self._changelog} is of before decision 0011: nobody knows how far its task was")
        log.progress = progress = Progress.read(state.pop(KEY, None))
        starts = await self._consumer.beginning_offsets([TopicPartition(name, partition) for name in self._inputs])
        positions = {tp.topic: start for tp, start in starts.items()}
        positions |= {name: at.offset for name, at in progress.committed.items() if name in positions}
        self.seek(partition, positions)
        return Opened(log, progress.committed, positions, state, progress.suspects)

    async def poll(self, wanted: Mapping[int, int], timeout: float) -> Mapping[int, Sequence[Record]]:
        check(self._consumer)
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


class KafkaTaskLog:
    """The transactional producer of one task."""

    def __init__(self, bootstrap: str, service: str, partition: int, changelog: str) -> None:
        self._name, self._partition, self._changelog = f"{service}-{partition}", partition, changelog
        self._encoder = Encoder(service)
        self.progress = Progress()
        """What the last transaction wrote of it, or tried to: then the process ends."""
        self._producer = AIOKafkaProducer(
            bootstrap_servers=bootstrap,
            transactional_id=self._name,
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
        async with transacting(self._producer, self._name, COMMIT_SECONDS):
            await self._write(transaction)

    async def suspect(self, suspects: Mapping[str, Committed]) -> None:
        async with transacting(self._producer, self._name, COMMIT_SECONDS):
            self.progress, batches = self.progress.after({}, suspects), Batches(self._producer)
            await batches.alone(self._entry())
            await batches.written()

    async def _write(self, transaction: Transaction) -> None:
        now, batches = time.time(), Batches(self._producer)
        places = [await batches.add(self._placed(output, now), now) for output in transaction.outputs]
        for encoded in self._encoder.bookkeeping(transaction, self._changelog, self._partition):
            await batches.add(encoded, now)
        if transaction.offsets or transaction.state:
            self.progress = self.progress.after(transaction.offsets, {})
            await batches.add(self._entry(), now)
        await batches.send()
        for reply in transaction.replies:
            cause = await places[reply.cause]() if reply.cause is not None else None
            await batches.alone(self._encoder.reply(reply, cause, now))
        await batches.written()

    def _entry(self) -> Encoded:
        return Encoded(self._changelog, KEY.encode(), self.progress.written(), (), self._partition)

    def _placed(self, output: Output, now: float) -> Encoded:
        """What an account's task writes about the account stays in the account's partition, of every topic: nobody has
        to hash the key again."""
        encoded = self._encoder.output(output, now)
        return encoded if output.key else encoded._replace(partition=self._partition)

    async def close(self) -> None:
        await bounded(self._producer.stop())


async def _read_table(bootstrap: str, topic: str, partition: int) -> dict[str, bytes]:
    """The last value of every key. The task must be fenced: nobody appends meanwhile. Raises TimeoutError when what is
    written is not readable up to its end: the end of a transaction is missing."""
    tp = TopicPartition(topic, partition)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, **CONSUMER)
    consumer.assign([tp])
    await begin(consumer)
    try:
        end, at, came_at = (await consumer.end_offsets([tp]))[tp], -1, time.monotonic()
        await consumer.seek_to_beginning(tp)
        state: dict[str, bytes] = {}
        while (position := await consumer.position(tp)) < max(end, consumer.highwater(tp) or 0):
            if position > at:
                at, came_at = position, time.monotonic()
            if time.monotonic() > came_at + READ_SECONDS:
                raise TimeoutError(f"{topic}-{partition} cannot be read beyond {position}")
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
