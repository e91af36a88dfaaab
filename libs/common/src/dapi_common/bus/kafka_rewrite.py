"""The rewriter on Kafka."""

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from aiokafka import AIOKafkaProducer

from dapi_common.bus.encode import Encoded
from dapi_common.bus.kafka_clients import TRANSACTIONAL, begin, bounded, sent_alone, transacting
from dapi_common.bus.rewrite import NAME

WRITE_SECONDS = 20.0


class KafkaRewriter:
    """A transactional producer; an async context manager."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap

    async def __aenter__(self) -> Self:
        self._producer = AIOKafkaProducer(bootstrap_servers=self._bootstrap, transactional_id=NAME, **TRANSACTIONAL)
        async with asyncio.timeout(WRITE_SECONDS):
            await begin(self._producer)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await bounded(self._producer.stop())

    async def write(self, records: Sequence[Encoded]) -> list[tuple[int, int]]:
        async with transacting(self._producer, NAME, WRITE_SECONDS):
            sent = [await sent_alone(self._producer, record) for record in records]
            written = [await each for each in sent]
        return [(each.partition, each.offset) for each in written]
