"""Plain Kafka clients, readers of whole topics and the idempotent publisher; and how clients of every kind begin, run a
transaction and end."""

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from types import TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError, ProducerFenced
from aiokafka.structs import ConsumerRecord

from dapi_common.bus.encode import Encoded, Encoder, parked
from dapi_common.bus.port import Fenced, Output, Record
from dapi_common.topics import MAX_RECORD_BYTES

CLOSE_SECONDS = 5.0
ABORT_SECONDS = 1.0
_CANCEL_SECONDS = 1.0
PRODUCER = {"acks": "all", "enable_idempotence": True, "max_request_size": MAX_RECORD_BYTES, "max_batch_size": 262_144}
TRANSACTIONAL = {key: value for key, value in PRODUCER.items() if key not in ("acks", "enable_idempotence")}
"""Of a producer with a transactional id, which sets the others itself."""
CONSUMER = {
    "enable_auto_commit": False,
    "isolation_level": "read_committed",
    "auto_offset_reset": "earliest",
    "fetch_max_wait_ms": 500,
    "max_partition_fetch_bytes": 4 * 1024 * 1024,
}


class KafkaReader:
    """Reads whole topics without a group."""

    def __init__(
        self,
        bootstrap: str,
        partitions: Sequence[TopicPartition],
        from_start: bool,
        positions: Mapping[tuple[str, int], int],
    ) -> None:
        self._bootstrap, self._partitions, self._from_start = bootstrap, partitions, from_start
        self._given = positions

    async def start(self) -> None:
        self._consumer = AIOKafkaConsumer(bootstrap_servers=self._bootstrap, **CONSUMER)
        self._consumer.assign(self._partitions)
        await begin(self._consumer)
        self._ends = await self._consumer.end_offsets(self._partitions)
        starts = await self._consumer.beginning_offsets(self._partitions) if self._from_start else self._ends
        for tp in self._partitions:
            self._consumer.seek(tp, self._given.get((tp.topic, tp.partition), starts[tp]))

    async def poll(self, timeout: float) -> Sequence[Record]:
        check(self._consumer)
        fetched = await self._consumer.getmany(timeout_ms=int(timeout * 1000), max_records=5000)
        return [record_of(record) for records in fetched.values() for record in records]

    async def at_end(self) -> bool:
        return await self.reached({(tp.topic, tp.partition): end for tp, end in self._ends.items()})

    async def reached(self, offsets: Mapping[tuple[str, int], int]) -> bool:
        for (topic, partition), offset in offsets.items():
            if await self._consumer.position(TopicPartition(topic, partition)) < offset:
                return False
        return True

    async def stop(self) -> None:
        await bounded(self._consumer.stop())


class KafkaPublisher:
    """An idempotent producer."""

    def __init__(self, bootstrap: str, source: str) -> None:
        self._bootstrap, self._source = bootstrap, source
        self._encoder = Encoder(source)

    async def __aenter__(self) -> Self:
        self._producer = AIOKafkaProducer(bootstrap_servers=self._bootstrap, linger_ms=4, **PRODUCER)
        await begin(self._producer)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await bounded(self._producer.stop())

    async def publish(self, output: Output, timeout: float) -> tuple[int, int]:
        return await self._send(self._encoder.output(output, time.time()), timeout)

    async def park(self, record: Record, reason: str, timeout: float) -> None:
        await self._send(parked(record, reason, self._source), timeout)

    async def _send(self, encoded: Encoded, timeout: float) -> tuple[int, int]:
        async with asyncio.timeout(timeout):
            written = await (await sent_alone(self._producer, encoded))
        return written.partition, written.offset


async def sent_alone(producer: AIOKafkaProducer, encoded: Encoded) -> asyncio.Future[Any]:
    """Hands one record to the producer: the answer says where it is, once it is written."""
    sent: asyncio.Future[Any] = await producer.send(
        encoded.topic, encoded.value, key=encoded.key, partition=encoded.partition, headers=list(encoded.headers)
    )
    return sent


def record_of(record: ConsumerRecord) -> Record:
    return Record(
        record.topic,
        record.partition,
        record.offset,
        record.key or b"",
        record.value,
        record.headers,
        record.timestamp / 1000,
    )


async def begin(client: AIOKafkaConsumer | AIOKafkaProducer) -> None:
    """Starts it. One that cannot be is closed."""
    try:
        await client.start()
    except BaseException:
        await bounded(client.stop())
        raise


def check(consumer: AIOKafkaConsumer) -> None:
    """Raises KafkaError when aiokafka's own tasks have ended: it says so to those only who read records (a member of a
    group without tasks does not), or to nobody."""
    coordinator = consumer._coordinator
    for task in (getattr(coordinator, "_coordination_task", None), consumer._fetcher.error_future):
        if task is not None and task.done():
            raise KafkaError("a task of the client has ended") from (None if task.cancelled() else task.exception())
    coordinator.check_errors()


async def bounded(stopping: Coroutine[Any, Any, None]) -> None:
    """A client's stop() hangs while its broker is away, and ends cancelled when it was about to fetch once more: that
    is no word to the one who waits for it."""
    stop = asyncio.create_task(stopping)
    try:
        await asyncio.wait({stop}, timeout=CLOSE_SECONDS)
    finally:
        stop.cancel()
    await asyncio.wait({stop}, timeout=_CANCEL_SECONDS)
    if stop.done() and not stop.cancelled():
        with suppress(KafkaError, OSError):
            stop.result()


@asynccontextmanager
async def transacting(producer: AIOKafkaProducer, name: str, seconds: float) -> AsyncIterator[None]:
    """TimeoutError: it took longer. Fenced: somebody else is `name` by now. One that fails is aborted, because it hides
    what others commit after its beginning, but for a moment only: to abort waits, for ever if need be, for what the
    transaction has just failed of. Then the fence of the next one of that name ends it, or the broker in its time."""
    try:
        async with asyncio.timeout(seconds):
            await producer.begin_transaction()
            try:
                yield
            except BaseException:
                await _aborted(producer)
                raise
            await producer.commit_transaction()
    except ProducerFenced:
        raise Fenced(name) from None


async def _aborted(producer: AIOKafkaProducer) -> None:
    """AssertionError is what aiokafka says of a producer that has ended already."""
    with suppress(AssertionError, KafkaError, TimeoutError):
        async with asyncio.timeout(ABORT_SECONDS):
            await producer.abort_transaction()
