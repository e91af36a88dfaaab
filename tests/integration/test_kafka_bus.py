"""The contract of the log, on a real broker."""

from collections.abc import AsyncIterator

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from dapi_common import topics
from dapi_common.bus.kafka import KafkaBus
from dapi_common.testing.bus_contract import BusContract
from local_stack.backends import Backends

PARTITIONS = 2
USED = (topics.SENDS, topics.EVENTS, topics.OUTCOMES, topics.DISPATCHER_STATE)


class TestKafkaBus(BusContract):
    @pytest.fixture
    async def bus(self, backends: Backends) -> AsyncIterator[KafkaBus]:
        admin = AIOKafkaAdminClient(bootstrap_servers=backends.kafka)
        await admin.start()
        await admin.create_topics([NewTopic(t.name, PARTITIONS, 1, topic_configs=t.config()) for t in USED])
        yield KafkaBus(backends.kafka, PARTITIONS)
        await admin.delete_topics([topic.name for topic in USED])
        await admin.close()
