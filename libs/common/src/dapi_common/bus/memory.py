"""The log in memory: partitions, transactions, fencing and groups, honest about order and redelivery."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import TracebackType

from dapi_common.bus.encode import Encoded, Encoder, parked
from dapi_common.bus.partition import partition_of
from dapi_common.bus.port import (
    Assignment,
    Committed,
    Fenced,
    Opened,
    Output,
    Record,
    Transaction,
)
from dapi_common.clock import Clock, SystemClock
from dapi_common.topics import Topic


class MemoryBus:
    """One cluster. Nothing is lost while the object lives; what a transaction did not commit never existed."""

    def __init__(self, partitions: int = 4, clock: Clock | None = None) -> None:
        self.partitions = partitions
        self.clock = clock or SystemClock()
        self.groups: dict[str, list[MemoryFeed]] = {}
        self.committed: dict[tuple[str, int], dict[str, Committed]] = {}
        self.suspects: dict[tuple[str, int], dict[str, Committed]] = {}
        self.epochs: dict[tuple[str, int], int] = {}
        self._logs: dict[tuple[str, int], list[Record]] = {}
        self._grown = asyncio.Event()

    def log(self, topic: str, partition: int) -> list[Record]:
        """All records of one partition."""
        return self._logs.setdefault((topic, partition), [])

    def records(self, topic: Topic) -> list[Record]:
        """All records of a topic, partition by partition."""
        return [record for i in range(self.partitions) for record in self.log(topic.name, i)]

    def append(self, encoded: Encoded) -> tuple[int, int]:
        """(partition, offset) of the new record."""
        partition = encoded.partition
        if partition is None:
            partition = partition_of(encoded.key, self.partitions)
        log = self.log(encoded.topic, partition)
        record = Record(
            encoded.topic, partition, len(log), encoded.key, encoded.value, encoded.headers, self.clock.now()
        )
        log.append(record)
        self._grown.set()
        self._grown = asyncio.Event()
        return partition, record.offset

    async def grown(self, timeout: float) -> None:
        """Waits for an append, up to `timeout` seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._grown.wait()

    def feed(self, service: str, inputs: Sequence[Topic], changelog: Topic | None, instance: str) -> MemoryFeed:
        """A new member of the service's group."""
        return MemoryFeed(self, service, [topic.name for topic in inputs], changelog.name if changelog else None)

    def reader(
        self,
        topics: Sequence[Topic],
        from_start: bool = True,
        positions: Mapping[tuple[str, int], int] | None = None,
    ) -> MemoryReader:
        """Reads whole topics: from their start, from their end, or from `positions`."""
        return MemoryReader(self, topics, from_start, positions or {})

    def publisher(self, source: str = "memory") -> MemoryPublisher:
        """Writes single records."""
        return MemoryPublisher(self, source)

    async def rebalance(self, service: str) -> None:
        """Takes all tasks of the service away and deals them out anew, in ranges."""
        members = self.groups.get(service, [])
        for member in members:
            if member.assignment:
                await member.assignment.revoked()
        for place, member in enumerate(members):
            share = range(place * self.partitions // len(members), (place + 1) * self.partitions // len(members))
            if member.assignment:
                await member.assignment.assigned(list(share))


class MemoryFeed:
    """A member of a group."""

    def __init__(self, bus: MemoryBus, service: str, inputs: Sequence[str], changelog: str | None) -> None:
        self._bus, self._service, self._inputs, self._changelog = bus, service, inputs, changelog
        self._positions: dict[tuple[str, int], int] = {}
        self.assignment: Assignment | None = None

    async def start(self, assignment: Assignment) -> None:
        self.assignment = assignment
        self._bus.groups.setdefault(self._service, []).append(self)
        await self._bus.rebalance(self._service)

    async def open(self, partition: int) -> Opened:
        key = (self._service, partition)
        epoch = self._bus.epochs[key] = self._bus.epochs.get(key, 0) + 1
        committed = dict(self._bus.committed.get(key, {}))
        positions = {name: committed[name].offset if name in committed else 0 for name in self._inputs}
        self.seek(partition, positions)
        state: dict[str, bytes] = {}
        if self._changelog:
            for record in self._bus.log(self._changelog, partition):
                state.pop(record.key.decode(), None)
                if record.value is not None:
                    state[record.key.decode()] = record.value
        log = MemoryTaskLog(self._bus, self._service, partition, epoch, self._changelog)
        suspects = dict(self._bus.suspects.get(key, {}))
        return Opened(log, committed, positions, state, suspects)

    async def poll(self, wanted: Mapping[int, int], timeout: float) -> Mapping[int, Sequence[Record]]:
        found = self._take(wanted)
        if not found:
            await self._bus.grown(timeout)
            found = self._take(wanted)
        return found

    def _take(self, wanted: Mapping[int, int]) -> dict[int, list[Record]]:
        found: dict[int, list[Record]] = {}
        for partition, most in wanted.items():
            for name in self._inputs:
                start = self._positions[name, partition]
                taken = self._bus.log(name, partition)[start : start + most]
                self._positions[name, partition] = start + len(taken)
                if taken:
                    found.setdefault(partition, []).extend(taken)
        return found

    def seek(self, partition: int, positions: Mapping[str, int]) -> None:
        for name, offset in positions.items():
            self._positions[name, partition] = offset

    async def stop(self) -> None:
        members = self._bus.groups.get(self._service, [])
        if self in members:
            members.remove(self)
            await self._bus.rebalance(self._service)


class MemoryTaskLog:
    """A task's transactions."""

    def __init__(self, bus: MemoryBus, service: str, partition: int, epoch: int, changelog: str | None) -> None:
        self._bus, self._key, self._epoch, self._changelog = bus, (service, partition), epoch, changelog
        self._encoder = Encoder(service)

    async def commit(self, transaction: Transaction) -> None:
        await asyncio.sleep(0)
        if self._bus.epochs[self._key] != self._epoch:
            raise Fenced("another process owns this task")
        now = self._bus.clock.now()
        causes = [self._bus.append(self._encoder.output(output, now)) for output in transaction.outputs]
        for reply in transaction.replies:
            cause = causes[reply.cause] if reply.cause is not None else None
            self._bus.append(self._encoder.reply(reply, cause, now))
        for encoded in self._encoder.bookkeeping(transaction, self._changelog, self._key[1]):
            self._bus.append(encoded)
        self._bus.committed.setdefault(self._key, {}).update(transaction.offsets)

    async def suspect(self, suspects: Mapping[str, Committed]) -> None:
        await asyncio.sleep(0)
        if self._bus.epochs[self._key] != self._epoch:
            raise Fenced("another process owns this task")
        self._bus.suspects.setdefault(self._key, {}).update(suspects)

    async def close(self) -> None:
        """Nothing is held."""


class MemoryReader:
    """Reads whole topics."""

    def __init__(
        self,
        bus: MemoryBus,
        topics: Sequence[Topic],
        from_start: bool,
        positions: Mapping[tuple[str, int], int],
    ) -> None:
        self._bus = bus
        self._partitions = [(topic.name, i) for topic in topics for i in range(bus.partitions)]
        self._from_start, self._given = from_start, positions
        self._positions: dict[tuple[str, int], int] = {}
        self._ends: dict[tuple[str, int], int] = {}

    async def start(self) -> None:
        self._ends = {key: len(self._bus.log(*key)) for key in self._partitions}
        start = dict.fromkeys(self._partitions, 0) if self._from_start else self._ends
        self._positions = {**start, **{key: at for key, at in self._given.items() if key in start}}

    async def poll(self, timeout: float) -> Sequence[Record]:
        found = self._take()
        if not found:
            await self._bus.grown(timeout)
            found = self._take()
        return found

    def _take(self) -> list[Record]:
        found: list[Record] = []
        for key in self._partitions:
            taken = self._bus.log(*key)[self._positions[key] :]
            self._positions[key] += len(taken)
            found += taken
        return found

    async def at_end(self) -> bool:
        return await self.reached(self._ends)

    async def reached(self, offsets: Mapping[tuple[str, int], int]) -> bool:
        return all(self._positions[key] >= offset for key, offset in offsets.items())

    async def stop(self) -> None:
        """Nothing is held."""


class MemoryPublisher:
    """Writes single records."""

    def __init__(self, bus: MemoryBus, source: str) -> None:
        self._bus, self._source, self._encoder = bus, source, Encoder(source)

    async def __aenter__(self) -> MemoryPublisher:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    async def publish(self, output: Output, timeout: float) -> tuple[int, int]:
        return self._bus.append(self._encoder.output(output, self._bus.clock.now()))

    async def park(self, record: Record, reason: str, timeout: float) -> None:
        self._bus.append(parked(record, reason, self._source))
