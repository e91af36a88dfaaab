"""The system with a proxy on every link: Kafka has a listener for each of its clients, each advertised at the proxy's
port, so that even what a client is told to connect to leads through it."""

import json
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from local_stack.backends import Backends
from local_stack.kafka import Door, start_kafka
from local_stack.mongo import mongo_command, start_mongo
from local_stack.paths import cache_folder
from local_stack.ports import HOST, free_port
from local_stack.processes import Supervisor
from local_stack.services import SERVICES, SIMULATOR, Ports, simulator_process
from local_stack.system import System, running_system
from tests.faults.faults import ADAPTERS, CLIENT, KAFKA, LINKS, MONGO, PROVIDER, Link
from tests.faults.proxy import Proxy

USED = ("api-gateway", "projector", "invoke-planner", "dispatcher", *ADAPTERS)
"""The services that take part."""
_PARTITIONS = "4"


@dataclass(frozen=True, slots=True)
class World:
    """`url`: where clients reach the gateway, through a proxy. `owners`: whose children the processes are."""

    url: str
    system: System
    proxies: Mapping[Link, Proxy]
    owners: Mapping[str, Supervisor]
    data: Path
    store: str
    """The program that is MongoDB here."""


@asynccontextmanager
async def faulty_world(data: Path) -> AsyncIterator[World]:
    """Ready to take requests. It ends all that it started, and nothing else."""
    ports = Ports(free_port(), free_port())
    doors = {name: Door(f"DOOR{n}", free_port(), free_port()) for n, name in enumerate(USED)}
    mongo_port = free_port()
    async with AsyncExitStack() as stack:
        proxies = {link: await _proxy(stack, link, ports, doors, mongo_port) for link in LINKS}
        backends = await _backends(stack, data, tuple(doors.values()), mongo_port)
        system = await stack.enter_async_context(
            running_system(backends, data, ports, more=_shared(proxies), own=_own(proxies))
        )
        await system.supervisor.stop(SIMULATOR, *(name for name in SERVICES if name not in USED))
        await system.supervisor.start(simulator_process(ports.simulator, bench=False, ledger=data / "ledger"))
        await system.supervisor.wait_ready(SIMULATOR)
        assert backends.embedded is not None
        owners = dict.fromkeys((*USED, PROVIDER), system.supervisor)
        url = f"http://{HOST}:{proxies[CLIENT, 'api-gateway'].port}"
        owners = {**owners, **dict.fromkeys((KAFKA, MONGO), backends.embedded)}
        yield World(url, system, proxies, owners, data, Path(_store()[0]).name)


async def _proxy(stack: AsyncExitStack, link: Link, ports: Ports, doors: Mapping[str, Door], mongo_port: int) -> Proxy:
    one, other = link
    targets = {
        "api-gateway": (free_port(), ports.http),
        MONGO: (free_port(), mongo_port),
        PROVIDER: (free_port(), ports.simulator),
        **{name: (free_port(), ports.callbacks[name.removeprefix("provider-")]) for name in ADAPTERS},
    }
    here = (doors[one].advertised, doors[one].port) if other == KAFKA else targets[other]
    proxy = Proxy(*here)
    await proxy.start()
    stack.push_async_callback(proxy.stop)
    return proxy


async def _backends(stack: AsyncExitStack, data: Path, doors: tuple[Door, ...], mongo_port: int) -> Backends:
    supervisor, cache = Supervisor(data / "logs"), cache_folder(os.environ)
    stack.push_async_callback(supervisor.stop)
    kafka = await start_kafka(supervisor, data / "kafka", cache, doors=doors)
    mongo = await start_mongo(supervisor, data / "mongo", _store(), mongo_port)
    return Backends(kafka, mongo, supervisor)


def _store() -> tuple[str, ...]:
    return mongo_command(os.environ, cache_folder(os.environ))


def _shared(proxies: Mapping[Link, Proxy]) -> dict[str, str]:
    public = {name.removeprefix("provider-"): f"http://{HOST}:{proxies[PROVIDER, name].port}" for name in ADAPTERS}
    return {"DAPI_PUBLIC_URLS": json.dumps(public), "DAPI_PARTITIONS": _PARTITIONS}


def _own(proxies: Mapping[Link, Proxy]) -> dict[str, dict[str, str]]:
    own: dict[str, dict[str, str]] = {name: {} for name in USED}
    for (one, other), proxy in proxies.items():
        match other:
            case "kafka":
                own[one]["DAPI_KAFKA"] = f"{HOST}:{proxy.port}"
            case "mongo":
                own[one]["DAPI_MONGO"] = f"mongodb://{HOST}:{proxy.port}/?directConnection=true"
            case "simulator":
                name = one.removeprefix("provider-").upper()
                own[one][f"DAPI_{name}_URL"] = f"http://{HOST}:{proxy.port}"
    return own
