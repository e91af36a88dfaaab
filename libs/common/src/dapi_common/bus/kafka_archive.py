"""What the log said at a time, on Kafka: the account's partition from its start to the first record that is later."""

from collections.abc import Mapping, Sequence
from math import floor

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from dapi_common.bus.kafka_clients import CONSUMER, bounded, record_of
from dapi_common.bus.partition import partition_of
from dapi_common.bus.port import Record
from dapi_common.topics import Topic

_AT_ONCE = 2000
_POLL_MS = 200


class KafkaArchive:
    """One cluster. Every topic has `partitions` partitions."""

    def __init__(self, bootstrap: str, partitions: int) -> None:
        self._bootstrap, self._partitions = bootstrap, partitions

    async def upto(self, topics: Sequence[Topic], key: str, until: float, most: int) -> Sequence[Record] | None:
        partition = partition_of(key.encode(), self._partitions)
        consumer = AIOKafkaConsumer(bootstrap_servers=self._bootstrap, **CONSUMER)
        partitions = [TopicPartition(topic.name, partition) for topic in topics]
        consumer.assign(partitions)
        try:
            await consumer.start()
            spans = await _spans(consumer, partitions, until)
            if sum(len(span) for span in spans.values()) > most:
                return None
            return await _read(consumer, spans, key.encode())
        except (KafkaError, OSError):
            raise TimeoutError("the log gave no answer") from None
        finally:
            await bounded(consumer.stop())


async def _spans(
    consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition], until: float
) -> dict[TopicPartition, range]:
    """What is to be read of each partition."""
    starts = await consumer.beginning_offsets(partitions)
    ends = await consumer.end_offsets(partitions)
    later = await consumer.offsets_for_times(dict.fromkeys(partitions, max(0, floor(until * 1000) + 1)))
    stops = {tp: min(ends[tp], later[tp].offset) if later.get(tp) else ends[tp] for tp in partitions}
    return {tp: range(starts[tp], max(starts[tp], stops[tp])) for tp in partitions}


async def _read(consumer: AIOKafkaConsumer, spans: Mapping[TopicPartition, range], key: bytes) -> list[Record]:
    found: dict[TopicPartition, list[Record]] = {tp: [] for tp in spans}
    for tp, span in spans.items():
        consumer.seek(tp, span.start)
    while unread := [tp for tp, span in spans.items() if await consumer.position(tp) < span.stop]:
        fetched = await consumer.getmany(*unread, timeout_ms=_POLL_MS, max_records=_AT_ONCE)
        for tp, records in fetched.items():
            found[tp] += [record_of(each) for each in records if each.key == key and each.offset < spans[tp].stop]
    return [record for records in found.values() for record in records]
