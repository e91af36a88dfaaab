"""`make run`: the system with its demo, until it is told to stop."""

import asyncio
import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from local_stack.backends import backends
from local_stack.client import client_of
from local_stack.contacts import read_contacts
from local_stack.demo import run_demo, show
from local_stack.paths import write_private
from local_stack.ports import free_port, is_taken, preferred_port
from local_stack.services import Ports
from local_stack.system import Credentials, System, running_system

DEFAULT_HTTP_PORT = 8080
CONTACTS = Path("examples/contacts.csv")


class Unusable(RuntimeError):
    """It cannot start as it was told to, in one line."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the environment and the command line say."""

    data: Path
    http_port: int | None
    once: bool


def told(environment: Mapping[str, str], *, once: bool) -> Told:
    """DAPI_DATA_DIR (default `.dapi`) and DAPI_HTTP_PORT (default 8080, or another if that is taken).
    Raises Unusable."""
    port = environment.get("DAPI_HTTP_PORT") or None
    if port and not (port.isdecimal() and 0 < int(port) < 65536):
        raise Unusable(f"DAPI_HTTP_PORT is not a port: {port}")
    return Told(Path(environment.get("DAPI_DATA_DIR") or ".dapi").resolve(), int(port) if port else None, once)


async def run(said: Told, out: Console) -> int:
    """The exit code: 0, or 1 when the demo did not end as it should. With `once` it ends after the demo; else it goes
    on until it is cancelled. Raises Unusable."""
    with only_one(said.data):
        ports = Ports(http_port(said.http_port, out), free_port())
        async with (
            backends(said.data, os.environ) as found,
            running_system(found, said.data, ports) as system,
        ):
            return await _serve(said, system, out)


async def _serve(said: Told, system: System, out: Console) -> int:
    credentials = await _credentials(said.data, system)
    write_private(said.data / "demo.env", demo_env(system, credentials))
    out.print(f"serving {system.url}, the providers' simulator {system.simulator_url}")
    async with client_of(system.url, credentials) as client:
        report = await run_demo(client, system.simulator_url, read_contacts(CONTACTS), out)
    show(report, out)
    if not said.once:
        out.print(how_to_call(system.url, credentials), soft_wrap=True)
        await asyncio.Event().wait()
    return 1 if report.problems() else 0


async def _credentials(data: Path, system: System) -> Credentials:
    """Those of the last start while the account exists, else a new account's."""
    if known := read_demo_env(data / "demo.env"):
        async with client_of(system.url, known) as client:
            if await client.accepts_credentials():
                return known
    return await system.create_account()


def demo_env(system: System, credentials: Credentials) -> str:
    """What a shell may source to call the system."""
    values = {
        "DAPI_URL": system.url,
        "USER_ID": credentials.user_id,
        "USER_SECRET": credentials.user_secret,
        "DAPI_SIMULATOR_URL": system.simulator_url,
        **{name: system.environment[name] for name in ("DAPI_ADMIN_URL", "DAPI_ADMIN_TOKEN")},
    }
    return "".join(f"{name}={value}\n" for name, value in values.items())


def read_demo_env(path: Path) -> Credentials | None:
    """The account that `demo_env` wrote down, if there is one."""
    if not path.exists():
        return None
    values = dict(line.split("=", 1) for line in path.read_text().splitlines() if "=" in line)
    if not {"USER_ID", "USER_SECRET"} <= values.keys():
        return None
    return Credentials(values["USER_ID"], values["USER_SECRET"])


def how_to_call(url: str, credentials: Credentials) -> str:
    """A command to copy."""
    user = f"{credentials.user_id}:{credentials.user_secret}"
    message = '{"provider": "nexmo", "type": "sms", "arguments": {"from": "Dapi", "to": "+447700900123", "text": "Hi"}}'
    return escape(
        f"Ctrl-C stops everything. To send a message:\n\n"
        f"curl {url}/v1/messages -u '{user}' -H 'Content-Type: application/json' -X PUT -d '{message}'\n"
    )


def http_port(wanted: int | None, out: Console) -> int:
    """The port that was asked for, which must be free; else the usual one, or any. Raises Unusable."""
    if wanted is None:
        port = preferred_port(DEFAULT_HTTP_PORT)
        if port != DEFAULT_HTTP_PORT:
            out.print(f"port {DEFAULT_HTTP_PORT} is taken: using {port} (DAPI_HTTP_PORT chooses another)")
        return port
    if is_taken(wanted):
        raise Unusable(f"port {wanted} (DAPI_HTTP_PORT) is taken")
    return wanted


@contextmanager
def only_one(data: Path) -> Iterator[None]:
    """Holds the data folder. Raises Unusable when another process does."""
    data.mkdir(parents=True, exist_ok=True)
    with (data / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Unusable(f"another one is running on {data} (DAPI_DATA_DIR chooses another folder)") from None
        yield
