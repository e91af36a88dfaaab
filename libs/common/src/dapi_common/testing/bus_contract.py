"""What every implementation of the log must do. A subclass gives `bus`: a fresh cluster with the topics below."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol
from uuid import uuid4

import pytest

from dapi_common import events, topics
from dapi_common.bus.port import (
    Committed,
    Effects,
    Feed,
    Output,
    Publisher,
    Reader,
    Record,
    Reply,
    Transaction,
)
from dapi_common.bus.task import Processor
from dapi_common.clock import SystemClock
from dapi_common.events.lists import ListCreated
from dapi_common.events.outcomes import CommandOutcome
from dapi_common.events.sends import SendsStopped
from dapi_common.ids import AccountId, InvokeId, ListId
from dapi_common.topics import Topic

INPUTS = (topics.SENDS,)
CHANGELOG = topics.DISPATCHER_STATE


class Bus(Protocol):
    """What KafkaBus and MemoryBus have in common."""

    def feed(self, service: str, inputs: Sequence[Topic], changelog: Topic, instance: str) -> Feed: ...

    def reader(
        self,
        topics: Sequence[Topic],
        from_start: bool = True,
        positions: Mapping[tuple[str, int], int] | None = None,
    ) -> Reader: ...

    def publisher(self, source: str = "test") -> Any: ...


def work(number: int, account: str = "a") -> Output:
    """A record of topics.SENDS that says `number`."""
    return Output(topics.SENDS, SendsStopped(account=AccountId(account), invoke_id=InvokeId(str(number)), at=0.0))


def result(number: int, account: str = "a") -> Output:
    """A record of topics.EVENTS that says `number`."""
    event = ListCreated(account=AccountId(account), list_id=ListId(str(number)), metadata={"none": None}, at=0.0)
    return Output(topics.EVENTS, event)


class Copying:
    """A task that copies work to results, counts it in its state, and does a job for each."""

    def __init__(self) -> None:
        self.seen = 0
        self.started_at: dict[str, Committed] = {}
        self.arrived: list[object] = []
        self.fail_at: int | None = None
        self.draining = False

    def restore(self, key: str, value: bytes) -> None:
        assert key == "seen"
        self.seen = int(value)

    def resume(self, committed: Mapping[str, Committed], now: float) -> None:
        self.started_at = dict(committed)

    def appetite(self) -> int:
        return 100

    def drain(self) -> None:
        self.draining = True

    def step(self, records: Sequence[Record], arrivals: Sequence[object], now: float) -> Effects:
        effects = Effects()
        self.arrived.extend(arrivals)
        for record in records:
            number = int(events.SENDS.decode(record.headers, record.value).invoke_id)
            if number == self.fail_at:
                raise RuntimeError("made to fail")
            self.seen += 1
            effects.outputs.append(result(number))
            effects.jobs.append(self._job(number))
        if records:
            effects.state["seen"] = str(self.seen).encode()
            last = records[-1]
            effects.offsets[last.topic] = Committed(last.offset + 1, f"seen {self.seen}")
        return effects

    def _job(self, number: int) -> Any:
        async def job() -> int:
            await asyncio.sleep(0)
            return number

        return job


class Listener:
    """Remembers its assignment."""

    def __init__(self) -> None:
        self.partitions: set[int] = set()
        self.changed = asyncio.Event()

    async def revoked(self) -> None:
        self.partitions = set()

    async def assigned(self, partitions: Collection[int]) -> None:
        self.partitions = set(partitions)
        self.changed.set()


async def read_all(reader: Reader, count: int) -> list[Record]:
    """The first `count` records."""
    found: list[Record] = []
    async with asyncio.timeout(20):
        while len(found) < count:
            found += await reader.poll(0.2)
    return found


async def numbers(bus: Bus, count: int) -> list[int]:
    """The numbers of the first `count` results, in the log's order."""
    reader = bus.reader([topics.EVENTS])
    await reader.start()
    try:
        return [int(events.EVENTS.decode(r.headers, r.value).list_id) for r in await read_all(reader, count)]
    finally:
        await reader.stop()


class BusContract:
    """The suite."""

    @pytest.fixture(autouse=True)
    def _service(self) -> None:
        self.service = f"contract-{uuid4().hex}"

    @pytest.fixture
    async def publisher(self, bus: Bus) -> Any:
        async with bus.publisher() as publisher:
            yield publisher

    async def _processor(self, bus: Bus, tasks: list[Copying], instance: str = "0") -> tuple[Processor, Any]:
        ready = asyncio.Event()

        def make(partition: int) -> Copying:
            tasks.append(Copying())
            return tasks[-1]

        feed = bus.feed(self.service, INPUTS, CHANGELOG, instance)
        processor = Processor(feed, make, SystemClock(), tick=0.001, drain_seconds=2, on_assigned=ready.set)
        running = asyncio.ensure_future(processor.run())
        async with asyncio.timeout(20):
            await ready.wait()
        return processor, running

    async def _stop(self, running: "asyncio.Task[None]") -> None:
        running.cancel()
        await asyncio.wait({running}, timeout=20)
        assert running.done()

    async def test_what_is_published_is_read_in_order_with_its_envelope(self, bus: Bus, publisher: Publisher) -> None:
        places = [await publisher.publish(result(n), 10) for n in range(20)]
        assert len({partition for partition, _ in places}) == 1
        reader = bus.reader([topics.EVENTS])
        await reader.start()
        records = await read_all(reader, 20)
        await reader.stop()
        assert [(r.partition, r.offset) for r in records] == places
        first = events.EVENTS.decode(records[0].headers, records[0].value)
        assert first.metadata == {"none": None}
        assert len({value for r in records for key, value in r.headers if key == "ce_id"}) == 20

    async def test_a_reader_knows_when_it_has_read_what_was_there(self, bus: Bus, publisher: Publisher) -> None:
        for n in range(5):
            await publisher.publish(result(n), 10)
        reader = bus.reader([topics.EVENTS])
        await reader.start()
        await read_all(reader, 5)
        assert await reader.at_end()
        await reader.stop()

    async def test_a_reader_knows_its_end_behind_transactions(self, bus: Bus, publisher: Publisher) -> None:
        await publisher.publish(work(1), 10)
        _, running = await self._processor(bus, [])
        assert await numbers(bus, 1) == [1]
        reader = bus.reader([topics.EVENTS])
        await reader.start()
        async with asyncio.timeout(10):
            while not await reader.at_end():
                await reader.poll(0.1)
        await reader.stop()
        await self._stop(running)

    async def test_a_reader_from_the_end_sees_only_what_comes(self, bus: Bus, publisher: Publisher) -> None:
        await publisher.publish(result(1), 10)
        reader = bus.reader([topics.EVENTS], from_start=False)
        await reader.start()
        await publisher.publish(result(2), 10)
        records = await read_all(reader, 1)
        await reader.stop()
        assert events.EVENTS.decode(records[0].headers, records[0].value).list_id == "2"

    async def test_work_is_done_once_and_in_order_and_jobs_come_back(self, bus: Bus, publisher: Publisher) -> None:
        tasks: list[Copying] = []
        _, running = await self._processor(bus, tasks)
        for n in range(50):
            await publisher.publish(work(n), 10)
        assert await numbers(bus, 50) == list(range(50))
        async with asyncio.timeout(10):
            while sum(len(task.arrived) for task in tasks) < 50:
                await asyncio.sleep(0.01)
        await self._stop(running)

    async def test_a_successor_goes_on_with_offset_metadata_and_state(self, bus: Bus, publisher: Publisher) -> None:
        _, running = await self._processor(bus, [])
        for n in range(10):
            await publisher.publish(work(n), 10)
        await numbers(bus, 10)
        await self._stop(running)
        tasks: list[Copying] = []
        _, running = await self._processor(bus, tasks)
        await publisher.publish(work(10), 10)
        assert await numbers(bus, 11) == list(range(11))
        owner = next(task for task in tasks if task.seen)
        assert owner.seen == 11
        assert owner.started_at[topics.SENDS.name].metadata == "seen 10"
        await self._stop(running)

    async def test_a_step_that_fails_leaves_nothing_and_ends_the_process(self, bus: Bus, publisher: Publisher) -> None:
        tasks: list[Copying] = []
        _, running = await self._processor(bus, tasks)
        for task in tasks:
            task.fail_at = 3
        for n in range(6):
            await publisher.publish(work(n), 10)
        with pytest.raises(RuntimeError, match="made to fail"):
            await asyncio.wait_for(running, 20)
        _, running = await self._processor(bus, [])
        assert await numbers(bus, 6) == list(range(6))
        await self._stop(running)

    async def test_who_lost_a_task_cannot_commit(self, bus: Bus) -> None:
        feed, listener = bus.feed(self.service, INPUTS, CHANGELOG, "0"), Listener()
        await feed.start(listener)
        async with asyncio.timeout(20):
            await listener.changed.wait()
        old = await feed.open(0)
        new = await feed.open(0)
        with pytest.raises(Exception, match=r".*"):
            await old.log.commit(Transaction([result(1)], [], {}, {}, []))
        await new.log.commit(Transaction([result(2)], [], {}, {}, []))
        assert await numbers(bus, 1) == [2]
        await old.log.close()
        await new.log.close()
        await feed.stop()

    async def _committed(self, bus: Bus, transaction: Transaction) -> list[Record]:
        """The results and outcomes that a task's transaction left."""
        feed, listener = bus.feed(self.service, INPUTS, CHANGELOG, "0"), Listener()
        await feed.start(listener)
        async with asyncio.timeout(20):
            await listener.changed.wait()
        opened = await feed.open(0)
        await opened.log.commit(transaction)
        reader = bus.reader([topics.OUTCOMES, topics.EVENTS])
        await reader.start()
        records = await read_all(reader, len(transaction.outputs) + len(transaction.replies))
        await reader.stop()
        await opened.log.close()
        await feed.stop()
        return records

    async def test_an_outcome_names_the_place_of_its_cause(self, bus: Bus) -> None:
        outcome = CommandOutcome(account=AccountId("a"), command_id="c")
        reply = Reply(outcome, "gateway-1", cause=1)
        records = await self._committed(bus, Transaction([result(1), result(2)], [reply], {}, {}, []))
        answer = next(events.OUTCOMES.decode(r.headers, r.value) for r in records if r.topic == topics.OUTCOMES.name)
        cause = next(r for r in records if r.partition == answer.partition and r.offset == answer.offset)
        assert events.EVENTS.decode(cause.headers, cause.value).list_id == "2"

    async def test_the_outcomes_of_a_large_transaction_name_their_places(self, bus: Bus) -> None:
        """More than a batch of Kafka's holds, in the order in which it was asked for."""
        outputs = [
            Output(each.topic, each.payload.model_copy(update={"metadata": {"long": "x" * 2000}}))
            for each in map(result, range(400))
        ]
        replies = [
            Reply(CommandOutcome(account=AccountId("a"), command_id=str(n)), "gateway-1", cause=n)
            for n in (0, 150, 399)
        ]
        records = await self._committed(bus, Transaction(outputs, replies, {"seen": b"1"}, {}, []))
        answers = [events.OUTCOMES.decode(r.headers, r.value) for r in records if r.topic == topics.OUTCOMES.name]
        numbers = {
            (r.partition, r.offset): events.EVENTS.decode(r.headers, r.value).list_id
            for r in records
            if r.topic == topics.EVENTS.name
        }
        assert list(numbers.values()) == [str(n) for n in range(400)]
        assert {numbers[one.partition, one.offset]: one.command_id for one in answers} == {
            str(n): str(n) for n in (0, 150, 399)
        }

    async def test_two_members_share_the_tasks_and_hand_them_over(self, bus: Bus, publisher: Publisher) -> None:
        first: list[Copying] = []
        second: list[Copying] = []
        _, one = await self._processor(bus, first, "0")
        for n in range(10):
            await publisher.publish(work(n), 10)
        _, two = await self._processor(bus, second, "1")
        for n in range(10, 30):
            await publisher.publish(work(n), 10)
        await self._stop(one)
        for n in range(30, 40):
            await publisher.publish(work(n), 10)
        _, one = await self._processor(bus, first, "0")
        assert await numbers(bus, 40) == list(range(40))
        assert second
        await self._stop(one)
        await self._stop(two)
