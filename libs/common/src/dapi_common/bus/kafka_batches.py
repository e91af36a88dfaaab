"""The records of one transaction, in one batch for each partition that they go to.

A record that the producer is given by itself costs a future and a search for its batch: three times what it costs to
write it down."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiokafka import AIOKafkaProducer

from dapi_common.bus.encode import Encoded
from dapi_common.bus.kafka_clients import sent_alone

Place = Callable[[], Awaitable[tuple[int, int]]]
"""The (partition, offset) of a record, once it is written."""


class Batches:
    """To be made for each transaction."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer
        self._builders: dict[tuple[str, int], list[Any]] = {}
        self._sent: dict[Any, asyncio.Future[Any]] = {}
        self._under_way: list[asyncio.Future[Any]] = []

    async def add(self, encoded: Encoded, at: float) -> Place:
        """Written by `send`, after all of its partition that were added before; by itself when its key decides which
        partition that is. `at` is its timestamp."""
        if encoded.partition is None:
            return await self.alone(encoded)
        builders = self._builders.setdefault((encoded.topic, encoded.partition), [])
        appended = _append(builders[-1], encoded, at) if builders else None
        if appended is None:
            builders.append(self._producer.create_batch())
            appended = _append(builders[-1], encoded, at)
        builder, ordinal = builders[-1], appended.offset
        return lambda: _place(self._sent[builder], ordinal)

    async def send(self) -> None:
        """Hands all to the producer."""
        for (topic, partition), builders in self._builders.items():
            for builder in builders:
                builder.close()
                self._sent[builder] = await self._producer.send_batch(builder, topic, partition=partition)
                self._note(self._sent[builder])

    async def alone(self, encoded: Encoded) -> Place:
        """Handed to the producer at once, by itself."""
        sent = await sent_alone(self._producer, encoded)
        self._note(sent)
        return lambda: _place(sent, 0)

    async def written(self) -> None:
        """Returns once all that was handed over is written. Raises what went wrong with any of it, which aiokafka's
        producer passes over: it would commit the rest."""
        if self._under_way:
            await asyncio.wait(self._under_way)
        for sent in self._under_way:
            sent.result()

    def _note(self, sent: "asyncio.Future[Any]") -> None:
        """Once anything went wrong, nobody asks for the rest."""
        self._under_way.append(sent)
        sent.add_done_callback(lambda done: done.cancelled() or done.exception())


async def _place(sent: "asyncio.Future[Any]", ordinal: int) -> tuple[int, int]:
    written = await sent
    return written.partition, written.offset + ordinal


def _append(builder: Any, encoded: Encoded, at: float) -> Any:
    return builder.append(timestamp=int(at * 1000), key=encoded.key, value=encoded.value, headers=list(encoded.headers))
