"""The table of our processes: each one's command, and the environment that they share."""

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_urlsafe
from types import MappingProxyType

from cryptography.fernet import Fernet

from dapi_common.provider import catalog
from local_stack.backends import Backends
from local_stack.paths import write_private
from local_stack.ports import HOST, free_port
from local_stack.processes import GIVES_WAY, Process

PROVIDERS = tuple(sorted(catalog.load()))
"""Every adapter that is installed."""
GATEWAY = "api-gateway"
SIMULATOR = "simulator"
SERVICES: Mapping[str, tuple[str, ...]] = {
    GATEWAY: ("api_gateway",),
    "projector": ("api_gateway.projector",),
    "invoke-planner": ("invoke_planner",),
    "dispatcher": ("dispatcher",),
    "insights": ("insights",),
    **{f"provider-{name}": ("dapi_common.provider.run", name) for name in PROVIDERS},
}
"""What `python -m` runs for each, by the name that docker-compose.yml uses, too."""
CLI = (sys.executable, "-m", "dapi_common.cli")
NOTHING: Mapping[str, Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Ports:
    """Where clients, and operators, reach the system."""

    http: int
    simulator: int
    admin: int = field(default_factory=free_port)
    callbacks: Mapping[str, int] = field(default_factory=lambda: {name: free_port() for name in PROVIDERS})
    """Where each provider's vendor, or what plays it, reaches its adapter."""


def python_module(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", *arguments)


def shared_environment(backends: Backends, data: Path, ports: Ports) -> dict[str, str]:
    """What every service reads, whatever it is. The simulator has no rate of its own."""
    simulator = f"http://{HOST}:{ports.simulator}"
    return {
        "DAPI_KAFKA": backends.kafka,
        "DAPI_MONGO": backends.mongo,
        "DAPI_MASTER_KEY": master_key(data),
        "DAPI_HTTP_HOST": HOST,
        "DAPI_HTTP_PORT": str(ports.http),
        "DAPI_ADMIN_URL": f"http://{HOST}:{ports.admin}",
        "DAPI_ADMIN_TOKEN": admin_token(data),
        "DAPI_PROVIDER_RATES": json.dumps(dict.fromkeys(PROVIDERS)),
        "DAPI_PUBLIC_URLS": json.dumps({name: f"http://{HOST}:{port}" for name, port in ports.callbacks.items()}),
        **{f"DAPI_{_variable(name)}_URL": simulator for name in PROVIDERS},
        **{f"DAPI_{_variable(name)}_CALLBACK_PORT": str(port) for name, port in ports.callbacks.items()},
    }


def _variable(provider: str) -> str:
    return provider.upper().replace("-", "_")


def master_key(data: Path) -> str:
    """The key that the providers' credentials are sealed with; made once for a data folder."""
    path = data / "master.key"
    if not path.exists():
        write_private(path, Fernet.generate_key().decode())
    return path.read_text()


def admin_token(data: Path) -> str:
    """What operators show to the admin API; made once for a data folder."""
    path = data / "admin.token"
    if not path.exists():
        write_private(path, token_urlsafe(32))
    return path.read_text()


def service_processes(
    environment: Mapping[str, str], admin_port: int = 0, own: Mapping[str, Mapping[str, str]] = NOTHING
) -> Iterator[Process]:
    """One of each service, each with a health port of its own. The gateway serves the admin API (0: it does not).
    `own`: what single ones are told besides, by name."""
    for name in SERVICES:
        admin = {"DAPI_ADMIN_PORT": str(admin_port)} if name == GATEWAY else {}
        yield service_process(name, name, {**environment, **admin, **own.get(name, {})})


def service_process(name: str, service: str, environment: Mapping[str, str]) -> Process:
    """One replica of a service, called `name`, with a health port of its own. The gateway gives way to nobody."""
    port, nice = free_port(), 0 if service == GATEWAY else GIVES_WAY
    settings = {**environment, "DAPI_HEALTH_PORT": str(port)}
    return Process(name, python_module(*SERVICES[service]), settings, f"http://{HOST}:{port}", nice)


def simulator_process(port: int, *, bench: bool, ledger: Path | None = None) -> Process:
    """The providers' part. `bench`: its lean HTTP server. `ledger`: the file where its ledger outlives it."""
    kept = ("--ledger", str(ledger)) if ledger else ()
    arguments = (SIMULATOR, "--port", str(port), *(("--bench",) if bench else ()), *kept)
    return Process(SIMULATOR, python_module(*arguments), health=f"http://{HOST}:{port}")
