"""What a group has committed, asked of a broker that has just come back: it loads its offsets for a while, and says so
in a way that aiokafka's admin client takes for "nothing". Whoever believed that sent everything once more."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError

from dapi_common.bus.kafka_offsets import committed_offsets
from local_stack.kafka import NAME, start_kafka
from local_stack.paths import cache_folder
from local_stack.processes import Supervisor

GROUP, COMMITTED = "readers", 7
PLACES = [TopicPartition("read", partition) for partition in range(4)]


@asynccontextmanager
async def administering(address: str) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()


@pytest.fixture
async def supervisor(tmp_path: Path) -> AsyncIterator[Supervisor]:
    supervisor = Supervisor(tmp_path / "logs")
    yield supervisor
    await supervisor.stop()


@pytest.fixture
async def address(supervisor: Supervisor, tmp_path: Path) -> str:
    """A broker that has something to load: the offsets of a group, many times over."""
    address = await start_kafka(supervisor, tmp_path / "kafka", cache_folder(os.environ))
    async with administering(address) as admin:
        await admin.create_topics([NewTopic("read", len(PLACES), 1)])
    async with AIOKafkaConsumer(bootstrap_servers=address, group_id=GROUP, enable_auto_commit=False) as consumer:
        consumer.assign(PLACES)
        for offset in range(COMMITTED + 1):
            for _ in range(40):
                await consumer.commit(dict.fromkeys(PLACES, offset))
    return address


async def asked(address: str) -> dict[TopicPartition, int]:
    """As a task's owner asks when it begins; again while there is no broker."""
    while True:
        try:
            async with administering(address) as admin:
                found = await committed_offsets(admin, GROUP, PLACES)
        except (KafkaError, OSError, TimeoutError):
            await asyncio.sleep(0.01)
        else:
            return {place: at.offset for place, at in found.items()}


async def test_what_was_committed_is_never_forgotten_while_the_broker_loads_it(
    supervisor: Supervisor, address: str
) -> None:
    supervisor.kill(NAME, signal.SIGKILL)
    async with asyncio.timeout(120):
        answers = await asyncio.gather(*(asked(address) for _ in range(4)))
    assert answers == [dict.fromkeys(PLACES, COMMITTED)] * 4


async def test_of_what_nothing_was_committed_that_is_said(address: str) -> None:
    async with administering(address) as admin:
        found = await committed_offsets(admin, "nobody", PLACES)
    assert {at.offset for at in found.values()} == {-1}
