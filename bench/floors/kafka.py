"""What aiokafka alone does with the records that a scenario left in the log."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.structs import ConsumerRecord

from bench.meter import cpu_seconds
from bench.result import BenchFailed, Figures
from bench.watch import Offsets, behind, consuming, ends
from bench.world import World
from dapi_common.bus.kafka_clients import CONSUMER, PRODUCER, TRANSACTIONAL

SAMPLE = 40_000
_TOPIC = "bench.floor"
_LINGER_MS = 5
_PAUSE, _WARM_TRANSACTIONS = 0.02, 50


@dataclass(frozen=True, slots=True)
class Sample:
    """Every so many-th of the records that were written; `all_records` is how many those were."""

    records: Sequence[ConsumerRecord]
    all_records: int


async def records_since(world: World, start: Offsets) -> Sample:
    """Of what messages left in the log since then, evenly, at most SAMPLE."""
    stop = await ends(world)
    stride = 1 + sum(stop[tp] - start[tp] for tp in stop) // SAMPLE
    kept, seen = list[ConsumerRecord](), 0
    async with consuming(world.system.backends.kafka, list(stop)) as consumer:
        for tp, offset in start.items():
            consumer.seek(tp, offset)
        while await behind(consumer, stop):
            for records in (await consumer.getmany(timeout_ms=100, max_records=5000)).values():
                kept += records[-seen % stride :: stride]
                seen += len(records)
    return Sample(kept, seen)


async def produced_and_consumed(world: World, sample: Sample, messages: int) -> Figures:
    """Per message: as many records as one left, each written once and read once, by one process, in batches."""
    if not sample.records:
        raise BenchFailed("no records to write again")
    address = world.system.backends.kafka
    partitions = [TopicPartition(_TOPIC, i) for i in range(world.partitions)]
    await _made_anew(address, world.partitions)
    cpu, started = time.process_time(), time.perf_counter()
    await _produce(address, sample.records, world.partitions)
    await _consume(address, partitions, len(sample.records))
    seconds, spent = time.perf_counter() - started, time.process_time() - cpu
    each = sample.all_records / messages
    rate = len(sample.records) / seconds
    return {
        "kafka_records_per_message": round(each, 2),
        "floor_kafka_records_per_s": round(rate),
        "floor_kafka_messages_per_s": round(rate / each),
        "floor_kafka_us_per_message": round(spent / len(sample.records) * 1e6 * each, 1),
    }


async def _made_anew(address: str, partitions: int) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    try:
        if _TOPIC in await admin.list_topics():
            await admin.delete_topics([_TOPIC])
            while _TOPIC in await admin.list_topics():
                await asyncio.sleep(0.1)
        await admin.create_topics([NewTopic(_TOPIC, partitions, 1)])
    finally:
        await admin.close()


async def _produce(address: str, records: Sequence[ConsumerRecord], partitions: int) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=address, linger_ms=_LINGER_MS, **PRODUCER)
    await producer.start()
    try:
        last: asyncio.Future[object] | None = None
        for number, record in enumerate(records):
            last = await producer.send(
                _TOPIC, record.value, record.key, number % partitions, headers=list(record.headers)
            )
        await producer.flush()
        if last is not None:
            await last
    finally:
        await producer.stop()


async def _consume(address: str, partitions: Sequence[TopicPartition], wanted: int) -> None:
    async with consuming(address, partitions) as consumer:
        seen = 0
        while seen < wanted:
            found = await consumer.getmany(timeout_ms=200, max_records=5000)
            seen += sum(len(records) for records in found.values())


async def round_trips(world: World, rate: float, seconds: float) -> list[float]:
    """The seconds from when a record was due to be written to when another client has read it, at so many a second."""
    address = world.system.backends.kafka
    await _made_anew(address, 1)
    producer = AIOKafkaProducer(bootstrap_servers=address, **PRODUCER)
    consumer = AIOKafkaConsumer(_TOPIC, bootstrap_servers=address, **CONSUMER)
    await producer.start()
    await consumer.start()
    try:
        writing = asyncio.create_task(_write_evenly(producer, rate, seconds))
        times: list[float] = []
        while len(times) < int(rate * seconds):
            for records in (await consumer.getmany(timeout_ms=100)).values():
                now = time.perf_counter()
                times += [now - float(record.value) for record in records]
        await writing
        return times
    finally:
        await consumer.stop()
        await producer.stop()


async def _write_evenly(producer: AIOKafkaProducer, rate: float, seconds: float) -> None:
    started = time.perf_counter()
    for number in range(int(rate * seconds)):
        due = started + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        await producer.send(_TOPIC, repr(due).encode())


async def transactions(world: World, count: int) -> Figures:
    """What a transaction by itself costs, of one record, one after the other with pauses: CPU of the client, and of the
    broker where it is embedded, less what it uses in as long a time without."""
    address = world.system.backends.kafka
    await _made_anew(address, 1)
    producer = AIOKafkaProducer(bootstrap_servers=address, transactional_id=_TOPIC, **TRANSACTIONAL)
    await producer.start()
    try:
        await _transactions(producer, _WARM_TRANSACTIONS)
        before, started, client = _broker_cpu(world), time.perf_counter(), time.process_time()
        await _transactions(producer, count)
        client, between = time.process_time() - client, _broker_cpu(world)
        await asyncio.sleep(time.perf_counter() - started)
        idle = _broker_cpu(world) - between
    finally:
        await producer.stop()
    broker = max(0.0, between - before - idle)
    parts = {"client": client, "broker": broker} if world.system.backends.embedded else {"client": client}
    each = {f"floor_transaction_{part}_us": round(used / count * 1e6) for part, used in parts.items()}
    return {**each, "floor_transaction_us": sum(each.values())}


async def _transactions(producer: AIOKafkaProducer, count: int) -> None:
    for number in range(count):
        async with producer.transaction():
            await producer.send_and_wait(_TOPIC, str(number).encode())
        await asyncio.sleep(_PAUSE)


def _broker_cpu(world: World) -> float:
    return cpu_seconds(world.system).get("kafka", 0.0)
