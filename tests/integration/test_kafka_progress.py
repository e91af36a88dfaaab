"""How far a task is, asked of a broker that died, and of one whose group coordinator says something else: whoever
believed in the group's offsets then sent everything once more (docs/decisions/0011)."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from operator import attrgetter
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError

from dapi_common import topics
from dapi_common.bus import kafka
from dapi_common.bus.follow import started
from dapi_common.bus.kafka import KafkaBus
from dapi_common.bus.kafka_clients import KafkaReader
from dapi_common.bus.port import Committed, Opened, Transaction
from dapi_common.testing.bus_contract import Listener, result
from local_stack.kafka import NAME, start_kafka
from local_stack.paths import cache_folder
from local_stack.processes import Supervisor

SERVICE, PARTITIONS, STEPS = "reader", 2, 40
FOR_EVER = 20.0
"""Seconds: many times what a transaction may take there."""
INPUTS = (topics.SENDS, topics.DELIVERIES)
CHANGELOG = topics.DISPATCHER_STATE
USED = (*INPUTS, topics.EVENTS, CHANGELOG)
SUSPECTS = {topics.SENDS.name: Committed(3, "4,1,0,LookupError")}


@pytest.fixture
async def supervisor(tmp_path: Path) -> AsyncIterator[Supervisor]:
    supervisor = Supervisor(tmp_path / "logs")
    yield supervisor
    await supervisor.stop()


@pytest.fixture
async def address(supervisor: Supervisor, tmp_path: Path) -> str:
    """Of a broker that has the topics."""
    address = await start_kafka(supervisor, tmp_path / "kafka", cache_folder(os.environ))
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    await admin.create_topics([NewTopic(t.name, PARTITIONS, 1, topic_configs=t.config()) for t in USED])
    await admin.close()
    return address


@asynccontextmanager
async def opened(address: str, partition: int) -> AsyncIterator[Opened]:
    """The task, of its next owner."""
    feed, listener = KafkaBus(address, PARTITIONS).feed(SERVICE, INPUTS, CHANGELOG, "0"), Listener()
    await feed.start(listener)
    try:
        async with asyncio.timeout(60):
            await listener.changed.wait()
            task = await feed.open(partition)
        try:
            yield task
        finally:
            await task.log.close()
    finally:
        await feed.stop()


async def advance(task: Opened) -> None:
    """As many steps as there are."""
    for step in range(1, STEPS + 1):
        offsets = {topics.SENDS.name: Committed(step, f"seen {step}")}
        if step == 1:
            offsets[topics.DELIVERIES.name] = Committed(7)
        await task.log.commit(Transaction([result(step)], [], {"step": str(step).encode()}, offsets, []))


AFTER = {topics.SENDS.name: Committed(STEPS, f"seen {STEPS}"), topics.DELIVERIES.name: Committed(7)}


async def believed(address: str) -> tuple[object, object, object]:
    """What the next owner of the task takes for granted; asked again while there is no broker."""
    while True:
        try:
            async with opened(address, 0) as task:
                return task.committed, task.positions, task.suspects
        except (KafkaError, OSError, TimeoutError):
            await asyncio.sleep(0.05)


async def test_a_task_goes_on_where_its_last_transaction_says_whatever_its_group_has_committed(address: str) -> None:
    places = dict.fromkeys((TopicPartition(topic.name, 0) for topic in INPUTS), 5)
    async with AIOKafkaConsumer(bootstrap_servers=address, group_id=SERVICE, enable_auto_commit=False) as liar:
        liar.assign(list(places))
        await liar.commit(places)
    async with opened(address, 0) as task:
        assert task.committed == {}
        assert task.positions == {topic.name: 0 for topic in INPUTS}
        assert task.state == {}
        await advance(task)
        await task.log.suspect(SUSPECTS)
    assert await believed(address) == (AFTER, {name: at.offset for name, at in AFTER.items()}, SUSPECTS)


async def test_it_is_no_part_of_the_state_that_the_task_gets_and_another_task_knows_nothing_of_it(address: str) -> None:
    async with opened(address, 0) as task:
        await advance(task)
    async with opened(address, 0) as again:
        assert again.state == {"step": str(STEPS).encode()}
    async with opened(address, 1) as other:
        assert other.committed == {}
        assert other.positions == {topic.name: 0 for topic in INPUTS}


async def test_a_killed_broker_forgets_nothing_of_it(supervisor: Supervisor, address: str) -> None:
    async with opened(address, 0) as task:
        await advance(task)
    for _ in range(3):
        supervisor.kill(NAME, signal.SIGKILL)
        async with asyncio.timeout(120):
            committed, _, _ = await believed(address)
        assert committed == AFTER


async def test_of_a_transaction_of_which_the_broker_refuses_a_part_nothing_is_seen(address: str) -> None:
    too_large = b"x" * (topics.MAX_RECORD_BYTES + 2**20)
    async with opened(address, 0) as task:
        with pytest.raises(KafkaError):
            await task.log.commit(
                Transaction([result(1)], [], {"large": too_large}, {topics.SENDS.name: Committed(1)}, [])
            )
    async with opened(address, 0) as again:
        assert (again.committed, again.state) == ({}, {})


async def test_a_transaction_ends_in_time_while_its_broker_stands_still_and_nothing_is_seen_of_it(
    supervisor: Supervisor, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(address, 0) as task:
        await advance(task)
        monkeypatch.setattr(kafka, "COMMIT_SECONDS", 1.0)
        supervisor.kill(NAME, signal.SIGSTOP)
        try:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(FOR_EVER) as waiting:
                    await task.log.commit(
                        Transaction([result(1)], [], {}, {topics.SENDS.name: Committed(STEPS + 1)}, [])
                    )
            assert not waiting.expired()
        finally:
            supervisor.kill(NAME, signal.SIGCONT)
    monkeypatch.undo()
    async with asyncio.timeout(120):
        committed, _, _ = await believed(address)
    assert committed == AFTER


@pytest.mark.parametrize("task", ["_coordinator._coordination_task", "_fetcher._fetch_task"])
async def test_a_member_whose_client_has_ended_hears_of_it_although_it_reads_nothing(address: str, task: str) -> None:
    feed, listener = KafkaBus(address, PARTITIONS).feed(SERVICE, INPUTS, CHANGELOG, "0"), Listener()
    await feed.start(listener)
    try:
        async with asyncio.timeout(60):
            await listener.changed.wait()
        assert await feed.poll({}, 0.01) == {}
        ending = attrgetter(task)(feed._consumer)
        ending.cancel()
        await asyncio.wait({ending}, timeout=20)
        with pytest.raises(KafkaError):
            await feed.poll({}, 0.01)
    finally:
        await feed.stop()


async def test_a_reader_whose_client_has_ended_says_so_instead_of_finding_nothing_for_ever(address: str) -> None:
    async with started(KafkaBus(address, PARTITIONS).reader(INPUTS)) as reader:
        assert await reader.poll(0.1) == []
        assert isinstance(reader, KafkaReader)
        fetching = reader._consumer._fetcher.error_future
        fetching.cancel()
        await asyncio.wait({fetching}, timeout=20)
        with pytest.raises(KafkaError):
            await reader.poll(0.1)


async def test_a_changelog_that_does_not_say_how_far_its_task_was_is_not_taken_for_a_beginning(address: str) -> None:
    async with AIOKafkaProducer(bootstrap_servers=address) as former:
        await former.send_and_wait(CHANGELOG.name, b"1", key=b"provider/nexmo", partition=0)
    with pytest.raises(RuntimeError, match="decision 0011"):
        async with opened(address, 0):
            pass
