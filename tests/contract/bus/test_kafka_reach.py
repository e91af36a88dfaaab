"""A process that begins while the log is away waits for it, and asks for it calmly."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka.client import AIOKafkaClient
from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import KafkaConnectionError

from dapi_common.bus import kafka_reach, kafka_uvloop
from dapi_common.bus.kafka import KafkaBus
from dapi_common.bus.kafka_reach import calm, reached
from dapi_common.bus.task import Processor
from dapi_common.clock import SystemClock
from dapi_common.runtime.health import Health
from dapi_common.topics import DISPATCHER_STATE, SENDS

KNOWS_NOTHING = (0).to_bytes(2) + (0).to_bytes(4)
"""A broker's answer to which requests it knows: no error, and none."""


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AIOKafkaClient, "_get_conn", AIOKafkaClient._get_conn)  # put back what `calm` replaces
    monkeypatch.setattr(AIOKafkaConnection, "send", AIOKafkaConnection.send)
    monkeypatch.setattr(kafka_reach, "_PAUSE", 0.01)
    monkeypatch.setattr(kafka_reach, "_ANSWER_SECONDS", 0.1)


@asynccontextmanager
async def broker(port: int = 0, frozen: bool = False) -> AsyncIterator[int]:
    """Something on a port that says which requests it knows, or nothing."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            asked = await reader.readexactly(int.from_bytes(await reader.readexactly(4)))
            if not frozen:
                said = asked[4:8] + KNOWS_NOTHING
                writer.write(len(said).to_bytes(4) + said)
            await reader.read()
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", port)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def absent() -> int:
    """A port that nobody listens on any more."""
    async with broker() as port:
        return port


async def test_a_broker_that_answers_is_not_waited_for() -> None:
    health = Health()
    async with broker() as port, asyncio.timeout(30):
        await reached(f"127.0.0.1:{await absent()},127.0.0.1:{port}", health)
    assert health.reason == "starting"
    assert AIOKafkaConnection.send is kafka_uvloop._send_or_lost


async def test_a_client_that_cannot_begin_leaves_nothing_open(recwarn: pytest.WarningsRecorder) -> None:
    bus = KafkaBus(f"127.0.0.1:{await absent()}", 2)
    with pytest.raises(KafkaConnectionError):
        async with bus.publisher():
            raise AssertionError("there is nobody to publish to")
    with pytest.raises(KafkaConnectionError):
        await bus.reader([SENDS]).start()
    feed = bus.feed("test", [SENDS], DISPATCHER_STATE, "0")
    with pytest.raises(KafkaConnectionError):
        await feed.start(Processor(feed, lambda _: pytest.fail("there is no task"), SystemClock()))
    await feed.stop()
    gc.collect()
    assert not [warning for warning in recwarn if issubclass(warning.category, ResourceWarning)]


@pytest.mark.parametrize("frozen", [True, False])
async def test_one_that_is_away_or_frozen_is_waited_for_and_health_says_so(frozen: bool) -> None:
    health, port = Health(), await absent()
    waiting = asyncio.create_task(reached(f"127.0.0.1:{port}", health))
    if frozen:
        async with broker(port, frozen=True):
            await asyncio.sleep(0.2)
    else:
        await asyncio.sleep(0.1)
    assert not waiting.done()
    assert health.reason == "log unavailable"
    async with broker(port), asyncio.timeout(30):
        await waiting


async def test_a_client_that_finds_no_broker_pauses_and_one_that_does_goes_on_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found: list[object] = [None, "a connection"]
    tried: list[Any] = []

    async def connect(client: object, node: int, *, group: int = 0) -> object:
        tried.append((node, group))
        return found[len(tried) - 1]

    monkeypatch.setattr(AIOKafkaClient, "_get_conn", connect)
    monkeypatch.setattr(kafka_reach, "CALM_SECONDS", 0.05)
    calm()
    calm()
    loop = asyncio.get_running_loop()
    times = [loop.time()]
    for group in (1, 2):
        answer = await AIOKafkaClient._get_conn(object(), 7, group=group)
        assert answer is found[group - 1]
        times.append(loop.time())
    assert tried == [(7, 1), (7, 2)]
    assert times[1] - times[0] >= 0.05 > times[2] - times[1]


async def test_a_client_does_not_wait_longer_in_front_of_a_broker_that_stands_still(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def connect(client: object, node: int) -> object:
        return await asyncio.get_running_loop().create_future()

    monkeypatch.setattr(AIOKafkaClient, "_get_conn", connect)
    monkeypatch.setattr(kafka_reach, "CONNECT_SECONDS", 0.05)
    monkeypatch.setattr(kafka_reach, "CALM_SECONDS", 0.01)
    calm()
    async with asyncio.timeout(30):
        assert await AIOKafkaClient._get_conn(object(), 7) is None
