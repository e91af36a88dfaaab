"""Insights: real Faust on a real broker of its own, started again by a supervisor as in production."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from dapi_common import events, topics
from dapi_common.bus.kafka import KafkaBus
from dapi_common.clock import SystemClock
from dapi_common.events.signals import ProviderHealth
from dapi_common.ids import AccountId
from dapi_common.provider.adapter import Accepted, Deferred, Refused
from dapi_common.provider.signals import KafkaSignals
from local_stack.backends import backends
from local_stack.ports import HOST, free_port
from local_stack.processes import Process, Supervisor

PARTITIONS = 2
WITHIN = 60.0
MODULE = ("-m", "insights")
HANGING = """
import asyncio, pathlib, sys
from faust.streams import Stream
from dapi_common.runtime.service import launch
from insights.__main__ import InsightsSettings, main

events, marker = Stream.events, pathlib.Path(sys.argv[1])

async def hanging(self):
    async for event in events(self):
        if not marker.exists():
            marker.touch()
            await asyncio.Event().wait()
        yield event

Stream.events = hanging
launch("insights", InsightsSettings, main)
"""
"""An agent that hangs at its first record, in its first life."""


class World:
    """A broker, its topics, and the service."""

    def __init__(self, kafka: str, supervisor: Supervisor) -> None:
        self.kafka, self.supervisor = kafka, supervisor

    async def start(self, *arguments: str) -> None:
        port = free_port()
        settings = {"DAPI_KAFKA": self.kafka, "DAPI_HEALTH_PORT": str(port), "DAPI_INSIGHTS_PATIENCE": "4"}
        health = f"http://{HOST}:{port}"
        await self.supervisor.start(Process("insights", (sys.executable, *arguments), settings, health))
        await self.supervisor.wait_ready("insights")

    async def call_and_report(self, account: AccountId) -> None:
        """What an adapter's process would see: eight calls and two receipts."""
        now = SystemClock().now()
        async with KafkaSignals(self.kafka, "nexmo") as signals:
            for _ in range(5):
                signals.attempt(account, "sms", Accepted("ref"), 0.05, now)
            signals.attempt(account, "sms", Refused("6", "anti-spam"), 0.05, now)
            signals.attempt(account, "sms", Refused("4", "bad credentials", auth=True), 0.05, now)
            signals.attempt(account, "voice", Deferred("1", "throttled"), 2.0, now)
            signals.receipt(account, "sms", "delivered", now)
            signals.receipt(account, "sms", "undelivered", now)

    async def put(self, value: bytes | None, headers: list[tuple[str, bytes]], key: bytes | None = b"a") -> None:
        producer = AIOKafkaProducer(bootstrap_servers=self.kafka)
        await producer.start()
        try:
            await producer.send_and_wait(topics.SIGNALS.name, value, key=key, headers=headers)
        finally:
            await producer.stop()

    async def health(self, account: AccountId, since: float) -> ProviderHealth:
        """The first word on an account after `since`."""
        reader = KafkaBus(self.kafka, PARTITIONS).reader([topics.PROVIDER_HEALTH])
        await reader.start()
        try:
            async with asyncio.timeout(WITHIN):
                while True:
                    for record in await reader.poll(1.0):
                        said: ProviderHealth = events.PROVIDER_HEALTH.decode(record.headers, record.value)
                        if said.account == account and said.at > since:
                            assert record.key == f"{account}/{said.provider}".encode()
                            return said
        finally:
            await reader.stop()


@pytest.fixture(scope="module")
async def kafka(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    elsewhere = {name: value for name, value in os.environ.items() if name != "DAPI_KAFKA"}
    async with backends(tmp_path_factory.mktemp("insights"), {**elsewhere, "DAPI_MONGO": "mongodb://nobody"}) as found:
        admin = AIOKafkaAdminClient(bootstrap_servers=found.kafka)
        await admin.start()
        used = (topics.SIGNALS, topics.PROVIDER_HEALTH)
        await admin.create_topics([NewTopic(t.name, PARTITIONS, 1, topic_configs=t.config()) for t in used])
        await admin.close()
        yield found.kafka


@pytest.fixture
async def world(kafka: str, tmp_path: Path) -> AsyncIterator[World]:
    supervisor = Supervisor(tmp_path)
    yield World(kafka, supervisor)
    await supervisor.stop()


def check(health: ProviderHealth) -> None:
    """It is what `call_and_report` did."""
    assert health.provider == "nexmo"
    assert set(health.channels) == {"sms", "voice"}
    hour, voice = health.channels["sms"]["1h"], health.channels["voice"]["1h"]
    assert hour.outcomes == {"accepted": 5, "refused": 2}
    assert hour.auth == 1
    assert hour.errors == {"4": 1, "6": 1}
    assert hour.receipts == {"delivered": 1, "undelivered": 1}
    assert hour.p50 == hour.p95 == pytest.approx(0.05, rel=0.25)
    assert voice.outcomes == {"deferred": 1}
    assert voice.p95 == pytest.approx(2.0, rel=0.25)


async def test_figures_arrive_and_come_back_after_a_kill(world: World) -> None:
    account = AccountId("killed")
    await world.start(*MODULE)
    await world.call_and_report(account)
    first = await world.health(account, 0.0)
    check(first)
    assert first.channels["sms"]["1m"] == first.channels["sms"]["5m"] == first.channels["sms"]["1h"]
    world.supervisor.kill("insights", signal.SIGKILL)
    killed = time.time()
    again = await world.health(account, killed)
    check(again)
    assert world.supervisor.exits("insights") == 1


async def test_nonsense_changes_nothing(world: World) -> None:
    account, sampled = AccountId("sane"), [("ce_type", b"signal.sampled")]
    sample = b'{"account": "sane", "provider": "nexmo", "channel": "sms", "outcomes": {"accepted": 1}, "at": %s}'
    await world.start(*MODULE)
    for value, headers in (
        (b"\x00\xff nonsense", []),
        (None, sampled),
        (b"{", sampled),
        (b"[" * 100_000, sampled),
        (b'{"account": "sane"}', [("ce_type", b"account.opened")]),
        (sample % b'"soon"', sampled),
        (sample % b"NaN", sampled),
        (sample % b"9e99", sampled),
        ((sample % b"1e9").replace(b": 1}", b": -1}"), sampled),
    ):
        await world.put(value, headers)
    await world.put(sample % b"1e9", sampled, key=None)
    await world.call_and_report(account)
    check(await world.health(account, 0.0))
    assert world.supervisor.exits("insights") == 0


async def test_what_a_transaction_leaves_at_the_end_of_the_topic_is_no_stall(world: World) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=world.kafka, transactional_id="elsewhere")
    await producer.start()
    await world.start(*MODULE)
    for partition in range(PARTITIONS):
        async with producer.transaction():
            await producer.send_and_wait(topics.SIGNALS.name, b"nonsense", partition=partition)
    await producer.stop()
    await asyncio.sleep(10)
    account = AccountId("after-markers")
    await world.call_and_report(account)
    check(await world.health(account, 0.0))
    assert world.supervisor.exits("insights") == 0


async def test_a_stalled_agent_is_noticed_and_started_again(world: World, tmp_path: Path) -> None:
    account = AccountId("stalled")
    await world.start("-c", HANGING, str(tmp_path / "hung"))
    await world.call_and_report(account)
    check(await world.health(account, 0.0))
    assert world.supervisor.exits("insights") == 1
    log = world.supervisor.log_file("insights").read_text()
    assert '"event":"agent.stalled"' in log
    assert '"error":"Stalled"' in log
