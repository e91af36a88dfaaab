"""Where the records of a topic are: by time, at its end, and whether anything is left to read."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from dapi_common.bus.kafka_clients import CONSUMER, KafkaReader, begin, bounded
from dapi_common.topics import Topic

ANSWER_SECONDS = 10.0
_LOOK_SECONDS = 2.0


class KafkaOffsets:
    """Asks about one topic, outside of any group. Every call is bounded; TimeoutError: the log is away."""

    def __init__(self, bootstrap: str, topic: Topic) -> None:
        self._bootstrap, self._topic = bootstrap, topic.name

    async def __aenter__(self) -> Self:
        self._consumer = AIOKafkaConsumer(bootstrap_servers=self._bootstrap, **CONSUMER)
        await begin(self._consumer)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await bounded(self._consumer.stop())

    async def ends(self, partitions: Collection[int]) -> dict[int, int]:
        """The offset after the last record of each."""
        async with _answering():
            found = await self._consumer.end_offsets([self._place(i) for i in partitions])
        return {place.partition: offset for place, offset in found.items()}

    async def since(self, partitions: Collection[int], at: float) -> dict[int, int]:
        """The first record of each that was written at `at` (seconds since the epoch) or later; else its end."""
        ends = await self.ends(partitions)
        async with _answering():
            found = await self._consumer.offsets_for_times({self._place(i): int(at * 1000) for i in partitions})
        return {**ends, **{place.partition: first.offset for place, first in found.items() if first is not None}}

    async def holds(self, partition: int, offset: int) -> bool:
        """Whether there is a record at `offset` or later. A topic's end may lie ahead of its last record: what ends a
        transaction takes an offset, too."""
        reader = KafkaReader(self._bootstrap, [self._place(partition)], True, {(self._topic, partition): offset})
        async with _answering():
            await reader.start()
            try:
                return bool(await reader.poll(_LOOK_SECONDS))
            finally:
                await reader.stop()

    def _place(self, partition: int) -> TopicPartition:
        return TopicPartition(self._topic, partition)


@asynccontextmanager
async def _answering() -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            yield
    except (KafkaError, OSError) as error:
        raise TimeoutError("the log is away") from error
