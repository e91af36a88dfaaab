"""`make bench`: figures of this machine. The last line is one JSON object.

An invoke of 10,000 contacts of one order without a ceiling, from its acceptance to all of them answered and visible;
and single messages one after the other, each read by another connection as soon as the API has answered."""

import asyncio
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory

from rich.console import Console

from local_stack.backends import backends
from local_stack.client import Client, client_of
from local_stack.contacts import Contact
from local_stack.demo import OFFERS, PROVIDERS
from local_stack.services import SERVICES, SIMULATOR
from local_stack.system import System, running_system

CONTACTS = 10_000
MESSAGES = 200
LIMITS = ("--mps", "100000", "--lists", "100", "--contacts-per-list", "1000000", "--credits", "100000")
WAIT_SECONDS = 300
_TICKS = os.sysconf("SC_CLK_TCK")


class BenchFailed(RuntimeError):
    """What was measured did not do what it should have."""


async def bench(out: Console) -> int:
    """The exit code. Raises BenchFailed."""
    with TemporaryDirectory() as folder:
        async with (
            backends(Path(folder), os.environ) as found,
            running_system(found, Path(folder), bench=True) as system,
        ):
            credentials = await system.create_account(*LIMITS)
            async with client_of(system.url, credentials) as client, client_of(system.url, credentials) as other:
                for name, keys in PROVIDERS.items():
                    await client.call("PUT", f"/v1/providers/{name}", dict(keys))
                figures = await _invoke(system, client, out) | await _singles(client, other, out)
    print(json.dumps(figures))
    return 0


async def _invoke(system: System, client: Client, out: Console) -> dict[str, float]:
    list_id = (await client.call("PUT", "/v1/lists", {}))["id"]
    contacts = [Contact(type="sms", provider="nexmo", order="1", contact=f"+4477{n:08}") for n in range(CONTACTS)]
    started = time.monotonic()
    await client.call("PUT", f"/v1/lists/{list_id}/contacts", {"contacts": contacts})
    out.print(f"{CONTACTS} contacts added in {time.monotonic() - started:.2f} s")
    before, started = cpu_seconds(system), time.monotonic()
    invoke = await client.call("PUT", "/v1/invokes", {"list_id": list_id, "providers": [OFFERS[0]]})
    accepted = time.monotonic()
    async with asyncio.timeout(WAIT_SECONDS):
        progress = await _until_ended(client, invoke["id"])
    seconds = time.monotonic() - accepted
    if int(progress["completed"]) != CONTACTS:
        raise BenchFailed(f"{progress['completed']} of {CONTACTS} messages completed")
    out.print(f"invoke accepted in {(accepted - started) * 1000:.0f} ms, {CONTACTS / seconds:.0f} messages/s")
    spent = {name: after - before[name] for name, after in cpu_seconds(system).items()}
    for name, cpu in sorted(spent.items(), key=lambda item: -item[1]):
        out.print(f"  {name:<16} {cpu / CONTACTS * 1e6:6.0f} µs of CPU a message")
    return {
        "messages_per_s": round(CONTACTS / seconds, 1),
        "cpu_us_per_message": round(sum(cpu for name, cpu in spent.items() if name != SIMULATOR) / CONTACTS * 1e6),
    }


async def _until_ended(client: Client, invoke_id: str) -> Mapping[str, str]:
    while True:
        invoke = await client.call("GET", f"/v1/invokes/{invoke_id}?limit=1")
        if invoke["status"] != "running":
            progress: Mapping[str, str] = invoke["progress"]
            return progress
        await asyncio.sleep(0.05)


async def _singles(client: Client, other: Client, out: Console) -> dict[str, float]:
    """Each answer is followed by a GET over another connection: a 404 there raises."""
    times: list[float] = []
    for n in range(MESSAGES):
        message = {
            "provider": "nexmo",
            "type": "sms",
            "arguments": {"from": "Dapi", "to": f"+4478{n:08}", "text": "Hi"},
        }
        with _timed(times):
            answer = await client.call("PUT", "/v1/messages", message)
        await other.call("GET", f"/v1/messages/{answer['id']}")
    cuts = quantiles(times, n=100)
    out.print(f"PUT /v1/messages, one at a time: p50 {cuts[49]:.1f} ms, p95 {cuts[94]:.1f} ms, each visible at once")
    return {"put_p50_ms": round(cuts[49], 1), "put_p95_ms": round(cuts[94], 1)}


@contextmanager
def _timed(times: list[float]) -> Iterator[None]:
    started = time.perf_counter()
    yield
    times.append((time.perf_counter() - started) * 1000)


def cpu_seconds(system: System) -> dict[str, float]:
    """What each process has used so far (Linux)."""
    pids = {name: system.supervisor.pid(name) for name in (SIMULATOR, *SERVICES)}
    if embedded := system.backends.embedded:
        pids |= {name: embedded.pid(name) for name in ("kafka", "mongo")}
    return {name: cpu_seconds_of(pid) for name, pid in pids.items()}


def cpu_seconds_of(pid: int) -> float:
    """What the process has used so far (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
