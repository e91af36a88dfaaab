"""Records that no service can process, written past the API straight into the topics: they are parked within 30
seconds, and messages of accounts in the same partition go on."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from dapi_common import topics
from dapi_common.bus.kafka import KafkaBus
from dapi_common.bus.port import Record
from dapi_common.events.commands import CreateList
from dapi_common.events.envelope import headers
from dapi_common.ids import AccountId
from dapi_common.topics import Topic
from local_stack.system import CommandFailed, Credentials, System
from tests.e2e.api import World, world_of

PARKED_WITHIN = 30.0
NEXMO = topics.provider_topic("nexmo")
SECRET = "a text that nobody may see"
Garbage = tuple[str, bytes | None]

READ: dict[Topic, tuple[str, set[str]]] = {
    topics.COMMANDS: ("list.create", {"invoke-planner"}),
    topics.EVENTS: ("list.created", {"projector"}),
    topics.SENDS: ("send.requested", {"dispatcher", "projector"}),
    NEXMO: ("send.requested", {"provider-nexmo"}),
    topics.DELIVERIES: ("delivery.accepted", {"invoke-planner", "projector"}),
    topics.INBOUND: ("inbound.received", {"invoke-planner"}),
    topics.PROVIDER_HEALTH: ("provider.health", {"projector"}),
    topics.ACCOUNTS: ("account.snapshot", {"api-gateway"}),
}
"""A type of each topic, and who parks what it cannot read there."""
PASSED_OVER: dict[Topic, str] = {topics.OUTCOMES: "command.outcome", topics.SIGNALS: "signal.sampled"}
"""What cannot be read there is passed over: an answer to a gateway that there is not, a sample that is missing."""


@pytest.fixture
async def world(system: System, account: Credentials) -> AsyncIterator[World]:
    async with world_of(system, account) as world:
        yield world


@pytest.fixture
async def producer(system: System) -> AsyncIterator[AIOKafkaProducer]:
    async with AIOKafkaProducer(bootstrap_servers=system.backends.kafka, acks="all") as producer:
        yield producer


def garbage(kind: str, account: str) -> list[Garbage]:
    """Not JSON, an unknown type, an unknown version of a known one, no object, no type."""
    newer = json.dumps({"account": account, "version": 99, "content": {"text": SECRET}}).encode()
    return [(kind, b"\xff{" + SECRET.encode()), ("nobody.knows-this", newer), (kind, newer), (kind, b"[]"), ("", b"")]


async def write(producer: AIOKafkaProducer, topic: Topic, key: str, records: Sequence[Garbage]) -> list[str]:
    """Their origins. The key decides the partition, as it does for all that the system writes."""
    origins = []
    for kind, value in records:
        named = [("ce_type", kind.encode())] if kind else []
        at = await producer.send_and_wait(topic.name, value, key=key.encode(), headers=named)
        origins.append(f"{topic.name}/{at.partition}/{at.offset}")
    return origins


async def parked(system: System, origins: Sequence[str], services: set[str]) -> list[dict[str, Any]]:
    """What is listed of the origins, as soon as all these services have parked each."""
    async with asyncio.timeout(PARKED_WITHIN):
        while True:
            text = await system.dapi("parking", "list", "--limit", "1000")
            found = {line["origin"]: line for line in json.loads(text)["records"]}
            if all(origin in found and found[origin]["reasons"].keys() >= services for origin in origins):
                assert SECRET not in text
                return [found[origin] for origin in origins]
            await asyncio.sleep(0.5)


async def goes_through(world: World) -> None:
    message = await world.message_until(await world.send("+447700900500"), "completed", "failed")
    assert message["status"] == "completed"


@pytest.mark.parametrize("topic", READ, ids=lambda topic: topic.name)
async def test_what_cannot_be_read_is_parked_and_the_partition_goes_on(
    world: World, account: Credentials, producer: AIOKafkaProducer, topic: Topic
) -> None:
    kind, services = READ[topic]
    nothing = [] if topic is topics.ACCOUNTS else [(kind, None)]  # there it says that the account is gone
    records = [*garbage(kind, account.user_id), *nothing]
    origins = await write(producer, topic, account.user_id, records)
    found = await parked(world.system, origins, services)
    assert {line["status"] for line in found} == {"parked"}
    assert all(line["reasons"].keys() == services for line in found)
    await goes_through(world)


@pytest.mark.parametrize("topic", PASSED_OVER, ids=lambda topic: topic.name)
async def test_answers_to_nobody_and_samples_that_cannot_be_read_are_passed_over(
    world: World, account: Credentials, producer: AIOKafkaProducer, topic: Topic
) -> None:
    key = "0" if topic is topics.OUTCOMES else account.user_id
    origins = await write(producer, topic, key, garbage(PASSED_OVER[topic], account.user_id))
    await goes_through(world)
    listed = await world.system.dapi("parking", "list", "--limit", "1000")
    assert [origin for origin in origins if f'"{origin}"' in listed] == []


def crashing(account: str) -> dict[Topic, tuple[Garbage, str]]:
    """Of the right shape and with a meaning that nobody handles; who ends over it."""
    about = {"account": account, "provider": "nexmo", "channel": "sms", "at": 1.0}
    about_a_try = {**about, "message_id": "no number", "n": 10**6, "attempt": 1}
    fact = {**about_a_try, "provider_ref": "r", "reply": {"text": SECRET}}
    send = {
        **about, "account": "poison", "message_id": "1", "n": 1, "arguments": {"text": SECRET}, "credentials": "",
        "account_mps": 10**400, "deadline": 2e9,
    }  # fmt: skip
    return {
        topics.DELIVERIES: (("delivery.accepted", json.dumps(fact).encode()), "invoke-planner"),
        topics.SENDS: (("send.requested", json.dumps(send).encode()), "dispatcher"),
    }


@pytest.mark.parametrize("topic", crashing(""), ids=lambda topic: topic.name)
async def test_what_ends_its_process_three_times_is_parked_and_the_partition_goes_on(
    world: World, account: Credentials, producer: AIOKafkaProducer, topic: Topic
) -> None:
    record, service = crashing(account.user_id)[topic]
    exits = world.system.supervisor.exits(service)
    (origin,) = await write(producer, topic, account.user_id, [record])
    (found,) = await parked(world.system, [origin], {service})
    assert found["reasons"][service].startswith("the handler raised ")
    assert found["reasons"][service].endswith(", 3 times")
    assert world.system.supervisor.exits(service) - exits == 3
    await goes_through(world)
    assert SECRET in await world.system.dapi("parking", "show", origin, "--value")
    assert json.loads(await world.system.dapi("parking", "drop", origin)) == {"origin": origin, "status": "dropped"}
    with pytest.raises(CommandFailed, match="is dropped already"):
        await world.system.dapi("parking", "drop", origin)


async def test_what_is_replayed_is_done_as_if_it_had_come_now(
    world: World, account: Credentials, producer: AIOKafkaProducer
) -> None:
    """Parked by hand, as a planner would that does not know lists yet."""
    about = {"command_id": "replayed", "reply_to": "nobody", "at": 1.0}
    command = CreateList(account=AccountId(account.user_id), metadata={"from": "parking"}, **about)
    place = await producer.send_and_wait(topics.COMMANDS.name, b"?", key=account.user_id.encode())
    envelope = headers(command, "test", "replayed", 1.0)
    key = account.user_id.encode()
    record = Record(topics.COMMANDS.name, place.partition, place.offset, key, command.encode(), envelope, 1.0)
    origin = f"{topics.COMMANDS.name}/{place.partition}/{place.offset}"
    await parked(world.system, [origin], {"invoke-planner"})
    async with KafkaBus(world.system.backends.kafka, 1).publisher("invoke-planner") as planner:
        await planner.park(record, "unknown type", 10)
    replayed = json.loads(await world.system.dapi("parking", "replay", origin))
    assert (replayed["origin"], replayed["status"]) == (origin, "replayed")
    async with asyncio.timeout(20):
        while not (lists := (await world.client.call("GET", "/v1/lists"))["lists"]):
            await asyncio.sleep(0.2)
    assert [each["metadata"] for each in lists] == [{"from": "parking"}]
    assert (await parked(world.system, [origin], {"invoke-planner"}))[0]["status"] == "replayed"
