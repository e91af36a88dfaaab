"""The whole system on this machine: topics, services and the simulator, over given backends."""

import asyncio
import json
import os
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from local_stack.backends import Backends
from local_stack.ports import HOST, free_port
from local_stack.processes import Supervisor
from local_stack.services import (
    CLI,
    NOTHING,
    SERVICES,
    SIMULATOR,
    Ports,
    service_processes,
    shared_environment,
    simulator_process,
)

DEMO_LIMITS = ("--mps", "5000", "--lists", "1000", "--contacts-per-list", "100000", "--credits", "1000")


class CommandFailed(RuntimeError):
    """An operator's command did not succeed. The message holds what it said."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """One account's."""

    user_id: str
    user_secret: str


@dataclass(frozen=True, slots=True)
class System:
    """A running system. `supervisor` holds the services (by the names of `SERVICES`) and the simulator."""

    url: str
    simulator_url: str
    supervisor: Supervisor
    backends: Backends
    environment: Mapping[str, str]

    async def dapi(self, *arguments: str) -> str:
        """What the operators' command prints. Raises CommandFailed."""
        return await run_dapi(self.environment, *arguments)

    async def create_account(self, *limits: str) -> Credentials:
        """A new account, with roomy limits unless told otherwise. Raises CommandFailed."""
        printed = json.loads(await self.dapi("accounts", "create", *(limits or DEMO_LIMITS)))
        return Credentials(printed["user_id"], printed["user_secret"])


@asynccontextmanager
async def running_system(
    backends: Backends,
    data: Path,
    ports: Ports | None = None,
    *,
    bench: bool = False,
    more: Mapping[str, str] = MappingProxyType({}),
    own: Mapping[str, Mapping[str, str]] = NOTHING,
) -> AsyncIterator[System]:
    """Ready to take requests, every process with `more` in its environment, single ones with their `own` besides, by
    name. Everything that it started ends with it,
    the backends excepted."""
    ports = ports or Ports(free_port(), free_port())
    environment = {**shared_environment(backends, data, ports), **more}
    await run_dapi(environment, "topics", "create")
    supervisor = Supervisor(data / "logs")
    try:
        services = service_processes(environment, ports.admin, own)
        for process in (simulator_process(ports.simulator, bench=bench), *services):
            await supervisor.start(process)
        for name in (SIMULATOR, *SERVICES):
            await supervisor.wait_ready(name)
        url, simulator_url = f"http://{HOST}:{ports.http}", f"http://{HOST}:{ports.simulator}"
        yield System(url, simulator_url, supervisor, backends, environment)
    finally:
        await supervisor.stop()


async def run_dapi(environment: Mapping[str, str], *arguments: str) -> str:
    """What `dapi` prints. Raises CommandFailed."""
    child = await asyncio.create_subprocess_exec(
        *CLI, *arguments, env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    printed, complaint = await child.communicate()
    if child.returncode:
        raise CommandFailed(f"dapi {' '.join(arguments[:2])}: {complaint.decode().strip()}\n{printed.decode()}")
    return printed.decode()
