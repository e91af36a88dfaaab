"""A transaction's records, handed to a producer that answers as aiokafka's does."""

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import MessageSizeTooLargeError

from dapi_common.bus.encode import Encoded
from dapi_common.bus.kafka_batches import Batches


class Builder:
    """Room for two."""

    def __init__(self) -> None:
        self.values: list[bytes | None] = []

    def append(self, *, timestamp: int, key: bytes, value: bytes | None, headers: Sequence[Any]) -> Any:
        if len(self.values) == 2:
            return None
        self.values.append(value)
        return SimpleNamespace(offset=len(self.values) - 1)

    def close(self) -> None:
        """Nothing more."""


class Producer:
    """Writes what it is given a moment later; a record with the value `refused` is not taken."""

    def __init__(self) -> None:
        self.log: list[bytes | None] = []
        self.slow = asyncio.Event()
        self.slow.set()
        self._tasks: list[asyncio.Task[Any]] = []

    def create_batch(self) -> Builder:
        return Builder()

    async def send_batch(self, builder: Builder, topic: str, partition: int) -> "asyncio.Future[Any]":
        return self._written(builder.values, partition)

    async def send(self, topic: str, value: bytes | None, **more: Any) -> "asyncio.Future[Any]":
        return self._written([value], 3)

    def _written(self, values: Sequence[bytes | None], partition: int) -> "asyncio.Future[Any]":
        async def write() -> Any:
            await self.slow.wait()
            if b"refused" in values:
                raise MessageSizeTooLargeError
            self.log.extend(values)
            return SimpleNamespace(partition=partition, offset=len(self.log) - len(values))

        self._tasks.append(asyncio.create_task(write()))
        return self._tasks[-1]


def record(value: bytes, partition: int | None = 0) -> Encoded:
    return Encoded("t", b"k", value, (), partition)


async def test_every_record_knows_its_place_once_it_is_written() -> None:
    producer = Producer()
    batches = Batches(producer)
    places = [await batches.add(record(value), 1.0) for value in (b"a", b"b", b"c")]
    await batches.send()
    await batches.written()
    assert producer.log == [b"a", b"b", b"c"]
    assert [await place() for place in places] == [(0, 0), (0, 1), (0, 2)]


async def test_it_is_not_written_before_all_of_it_is() -> None:
    producer = Producer()
    batches = Batches(producer)
    await batches.add(record(b"a", None), 1.0)
    producer.slow.clear()
    await batches.add(record(b"b"), 1.0)
    await batches.send()
    writing = asyncio.ensure_future(batches.written())
    done, _ = await asyncio.wait({writing}, timeout=0.05)
    assert not done
    producer.slow.set()
    await writing
    assert producer.log == [b"a", b"b"]


@pytest.mark.parametrize("partition", [0, None])
async def test_what_the_broker_refuses_is_raised_and_not_passed_over(partition: int | None) -> None:
    batches = Batches(Producer())
    await batches.add(record(b"a", 1), 1.0)
    await batches.add(record(b"refused", partition), 1.0)
    await batches.send()
    with pytest.raises(MessageSizeTooLargeError):
        await batches.written()


async def test_who_stops_waiting_takes_nothing_back() -> None:
    producer = Producer()
    batches = Batches(producer)
    producer.slow.clear()
    await batches.add(record(b"a"), 1.0)
    await batches.send()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await batches.written()
    producer.slow.set()
    await batches.written()
    assert producer.log == [b"a"]


async def test_nothing_is_written_at_once() -> None:
    await Batches(Producer()).written()
