"""A client of Kafka whose connection is reset, on the event loop that our processes run on."""

import asyncio

import pytest
import uvloop
from aiokafka.conn import AIOKafkaConnection, create_conn
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.metadata import MetadataRequest

from dapi_common.bus import kafka_uvloop
from local_stack.backends import Backends
from local_stack.ports import HOST, free_port, listens
from tests.faults.proxy import Proxy

IN_TIME = 20.0
TIMES = 20


@pytest.fixture(autouse=True)
def taught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AIOKafkaConnection, "send", AIOKafkaConnection.send)  # put back what `teach` replaces
    kafka_uvloop.teach()


async def ask_until_it_is_lost(broker: int) -> str:
    """What is raised by the first request that cannot be made any more, in whichever turn of the loop that is."""
    proxy = Proxy(free_port(), broker)
    await proxy.start()
    try:
        async with asyncio.timeout(IN_TIME):
            while not await listens(proxy.port):
                await asyncio.sleep(0)
            connection = await create_conn(HOST, proxy.port)
            await proxy.become("refuse")
            while True:
                connection.send(MetadataRequest([])).close()
                await asyncio.sleep(0)
    except KafkaConnectionError:
        return "KafkaConnectionError"
    except RuntimeError as error:
        return repr(error)
    finally:
        await proxy.stop()


async def test_a_request_finds_a_connection_lost_and_nothing_else_whenever_it_comes(backends: Backends) -> None:
    broker = int(backends.kafka.rpartition(":")[2])
    for _ in range(TIMES):
        assert await asyncio.to_thread(lambda: uvloop.run(ask_until_it_is_lost(broker))) == "KafkaConnectionError"
