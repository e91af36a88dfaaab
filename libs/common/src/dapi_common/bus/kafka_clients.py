"""Plain Kafka clients, outside transactions: readers of whole topics, and the idempotent publisher."""

import asyncio
import time
from collections.abc import Awaitable, Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.structs import ConsumerRecord

from dapi_common.bus.encode import Encoded, Encoder, parked
from dapi_common.bus.port import Output, Record
from dapi_common.topics import MAX_RECORD_BYTES

CLOSE_SECONDS = 5.0
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


async def bounded(stopping: Awaitable[None]) -> None:
    """A client's stop() hangs while its broker is away."""
    with suppress(TimeoutError, KafkaError, OSError):
        async with asyncio.timeout(CLOSE_SECONDS):
            await stopping
