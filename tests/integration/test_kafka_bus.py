"""The contract of the log, on a real broker of its own: the tests make and delete the system's topics."""

import os
from collections.abc import AsyncIterator

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from dapi_common import topics
from dapi_common.bus.kafka import KafkaBus
from dapi_common.bus.kafka_archive import KafkaArchive
from dapi_common.bus.kafka_rewrite import KafkaRewriter
from dapi_common.testing.archive_contract import ArchiveContract
from dapi_common.testing.bus_contract import BusContract
from dapi_common.testing.parking_contract import Open, ParkingContract
from dapi_common.testing.suspects_contract import SuspectsContract
from local_stack.backends import Backends, backends

PARTITIONS = 2
USED = (topics.SENDS, topics.EVENTS, topics.OUTCOMES, topics.DISPATCHER_STATE, topics.PARKING)


@pytest.fixture(scope="module")
async def alone(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Backends]:
    elsewhere = {name: value for name, value in os.environ.items() if name not in ("DAPI_KAFKA", "DAPI_MONGO")}
    async with backends(tmp_path_factory.mktemp("alone"), elsewhere) as found:
        yield found


@pytest.fixture
async def bus(alone: Backends) -> AsyncIterator[KafkaBus]:
    admin = AIOKafkaAdminClient(bootstrap_servers=alone.kafka)
    await admin.start()
    await admin.create_topics([NewTopic(t.name, PARTITIONS, 1, topic_configs=t.config()) for t in USED])
    yield KafkaBus(alone.kafka, PARTITIONS)
    await admin.delete_topics([topic.name for topic in USED])
    await admin.close()


class TestKafkaBus(BusContract):
    """The log."""


class TestSuspectsOnKafka(SuspectsContract):
    """What ends its process."""


class TestParkingOnKafka(ParkingContract):
    @pytest.fixture
    def rewriter(self, alone: Backends) -> Open:
        return lambda: KafkaRewriter(alone.kafka)


class TestArchiveOnKafka(ArchiveContract):
    @pytest.fixture
    def archive(self, alone: Backends) -> KafkaArchive:
        return KafkaArchive(alone.kafka, PARTITIONS)
