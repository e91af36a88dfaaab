"""Kafka and MongoDB as containers, for machines where an engine answers."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from local_stack.kafka import CLUSTER_ID, SETTINGS, kafka_answers
from local_stack.mongo import mongo_answers
from local_stack.ports import HOST, free_port
from local_stack.processes import NotReady

if TYPE_CHECKING:
    from testcontainers.core.container import DockerContainer

KAFKA_IMAGE = "apache/kafka:4.2.1"
MONGO_IMAGE = "mongo:8"
ENGINE_ANSWERS_WITHIN = 2.0
READY_WITHIN = 120.0


def engine_answers(environment: Mapping[str, str]) -> bool:
    """Whether a container engine (of DOCKER_HOST, else the usual socket) answers within two seconds. False, too,
    where testcontainers is not installed or the engine wants TLS: then there is the embedded stack."""
    if find_spec("testcontainers") is None:
        return False
    engine = urlsplit(environment.get("DOCKER_HOST", "unix:///var/run/docker.sock"))
    unix = engine.scheme == "unix"
    with socket.socket(socket.AF_UNIX if unix else socket.AF_INET) as connection:
        connection.settimeout(ENGINE_ANSWERS_WITHIN)
        try:
            connection.connect(engine.path if unix else (engine.hostname, engine.port or 2375))
            connection.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
            return b" 200 " in connection.recv(64)
        except OSError:
            return False


@asynccontextmanager
async def kafka_container() -> AsyncIterator[str]:
    """The address of a broker in a container, with the settings of the embedded one."""
    port = free_port()
    async with _running(lambda: _kafka(port)):
        address = f"{HOST}:{port}"
        await _until(lambda: kafka_answers(address), KAFKA_IMAGE)
        yield address


@asynccontextmanager
async def mongo_container() -> AsyncIterator[str]:
    """The address of a replica set of one node in a container."""
    port = free_port()
    async with _running(lambda: _mongo(port)) as container:
        address = f"mongodb://{HOST}:{port}/?directConnection=true"
        await _until(lambda: mongo_answers(address), MONGO_IMAGE)
        initiate = ["mongosh", "--quiet", "--eval", "rs.initiate()"]
        await asyncio.to_thread(container.exec, initiate)
        yield address


def kafka_environment(port: int) -> dict[str, str]:
    """The image takes every setting as a variable. Clients reach it under the published port."""
    settings = SETTINGS | {
        "listeners": f"PLAINTEXT://0.0.0.0:{port},CONTROLLER://0.0.0.0:9093",
        "advertised.listeners": f"PLAINTEXT://{HOST}:{port}",
        "controller.quorum.voters": "1@localhost:9093",
    }
    named = {f"KAFKA_{key.replace('.', '_').upper()}": value for key, value in settings.items()}
    return named | {"CLUSTER_ID": CLUSTER_ID}


def _kafka(port: int) -> "DockerContainer":
    container = _container(KAFKA_IMAGE, port, port)
    for name, value in kafka_environment(port).items():
        container = container.with_env(name, value)
    return container


def _mongo(port: int) -> "DockerContainer":
    return _container(MONGO_IMAGE, 27017, port).with_command("mongod --replSet rs0 --bind_ip_all")


def _container(image: str, inside: int, port: int) -> "DockerContainer":
    from testcontainers.core.container import DockerContainer

    published = (HOST, port)
    return DockerContainer(image).with_bind_ports(inside, published)


@asynccontextmanager
async def _running(make: Callable[[], "DockerContainer"]) -> AsyncIterator["DockerContainer"]:
    container = await asyncio.to_thread(lambda: make().start())
    try:
        yield container
    finally:
        await asyncio.to_thread(container.stop)


async def _until(ready: Callable[[], Awaitable[bool]], image: str) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while not await ready():
        if time.monotonic() > deadline:
            raise NotReady(f"{image} did not answer within {READY_WITHIN:.0f} s")
        await asyncio.sleep(0.2)
