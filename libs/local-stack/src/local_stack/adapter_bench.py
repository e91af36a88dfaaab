"""`make bench SCENARIO=adapter`: one adapter's process alone against the simulator, beside aiohttp's bare client on the
same core in the same run; and the receipts that the process takes in. The last line is one JSON object."""

import asyncio
import json
import os
import subprocess
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

import aiohttp
from rich.console import Console

from dapi_common import topics
from dapi_common.bus.kafka import KafkaBus
from dapi_common.bus.port import Output
from dapi_common.events.outcomes import AccountSnapshot
from dapi_common.events.sends import SendRequested
from dapi_common.events.shapes import Limits
from dapi_common.ids import AccountId, MessageId
from dapi_common.provider.addresses import Addresses
from dapi_common.secrets import Vault
from local_stack.backends import Backends, backends
from local_stack.bench import BenchFailed, cpu_seconds_of
from local_stack.client import ledger_of
from local_stack.demo import PROVIDERS
from local_stack.load import Rate, load
from local_stack.ports import HOST, free_port
from local_stack.processes import Supervisor
from local_stack.services import (
    SIMULATOR,
    Ports,
    master_key,
    python_module,
    service_process,
    shared_environment,
    simulator_process,
)
from local_stack.system import Credentials, run_dapi

ACCOUNTS = [AccountId(f"{n:016x}") for n in range(16)]
CALLS = 40_000
AT_ONCE = 256
"""As many as an adapter has, unless it is told otherwise."""
ADAPTER = "provider-nexmo"
CONNECTIONS = 64
SECONDS = 10.0
_MPS = 1_000_000
_CORE, _OTHERS = {0}, {1}


async def adapter_bench(out: Console) -> int:
    """The exit code."""
    with TemporaryDirectory() as folder:
        async with backends(Path(folder), os.environ) as found, _parts(found, Path(folder)) as parts:
            supervisor, environment, ports = parts
            vault = Vault(master_key(Path(folder)))
            await _queued(environment, vault)
            floor = await _floor(f"http://{HOST}:{ports.simulator}/sms/json", out)
            adapter = await _adapter(supervisor, environment, ports, out)
            received = await _receipts(environment, ports, out)
    ratio = adapter["calls_per_s"] / floor["calls_per_s"]
    out.print(f"ratio {ratio:.2f}")
    figures = {
        "scenario": "adapter",
        "ratio": round(ratio, 3),
        "adapter_calls_per_s": adapter["calls_per_s"],
        "adapter_cpu_us_per_call": adapter["cpu_us_per_call"],
        "floor_calls_per_s": floor["calls_per_s"],
        "floor_cpu_us_per_call": floor["cpu_us_per_call"],
        "receipts_per_s": round(received.per_second, 1),
        "receipts_p99_ms": round(received.p99_ms, 1),
    }
    print(json.dumps(figures))
    return 0


@asynccontextmanager
async def _parts(found: Backends, folder: Path) -> AsyncIterator[tuple[Supervisor, Mapping[str, str], Ports]]:
    """The simulator and the topics. Where it can be said, the brokers and the simulator have the other core."""
    ports = Ports(free_port(), free_port())
    environment = shared_environment(found, folder, ports)
    await run_dapi(environment, "topics", "create")
    supervisor = Supervisor(folder / "logs")
    try:
        await supervisor.start(simulator_process(ports.simulator, bench=True))
        await supervisor.wait_ready(SIMULATOR)
        for pid in (supervisor.pid(SIMULATOR), *([found.embedded.pid("kafka")] if found.embedded else ())):
            pin(pid, _OTHERS)
        yield supervisor, environment, ports
    finally:
        await supervisor.stop()


async def _queued(environment: Mapping[str, str], vault: Vault) -> None:
    """The accounts with their credentials, and the sends, due at once."""
    sealed = vault.seal(PROVIDERS["nexmo"])
    queue, numbers = topics.provider_topic("nexmo"), count(1)
    async with KafkaBus(environment["DAPI_KAFKA"], 4).publisher() as publisher:
        for account in ACCOUNTS:
            limits = Limits(mps=_MPS, lists=1, contacts_per_list=1)
            known = AccountSnapshot(account=account, secret_hash="", limits=limits, providers={"nexmo": sealed})
            await publisher.publish(Output(topics.ACCOUNTS, known), 30)
        for _ in range(CALLS // 1000):
            sends = [_send(next(numbers), sealed) for _ in range(1000)]
            await asyncio.gather(*(publisher.publish(Output(queue, send), 30) for send in sends))


def _send(number: int, sealed: str) -> SendRequested:
    now = time.time()
    return SendRequested(
        account=ACCOUNTS[number % len(ACCOUNTS)],
        message_id=MessageId(str(number)),
        n=number,
        provider="nexmo",
        channel="sms",
        arguments={"from": "Dapi", "text": "This is a test", "to": f"+4478{number:08}"},
        credentials=sealed,
        account_mps=_MPS,
        deadline=now + 3600,
        at=now,
    )


async def _floor(url: str, out: Console) -> dict[str, float]:
    command = python_module("local_stack.floor", url, str(CALLS), str(AT_ONCE))
    child = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    pin(child.pid, _CORE)
    printed, _ = await child.communicate()
    if child.returncode:
        raise BenchFailed("the bare client failed")
    figures: dict[str, float] = json.loads(printed)
    out.print(f"aiohttp alone: {figures['calls_per_s']:.0f} calls/s, {figures['cpu_us_per_call']:.0f} µs of CPU a call")
    return figures


async def _adapter(
    supervisor: Supervisor, environment: Mapping[str, str], ports: Ports, out: Console
) -> dict[str, float]:
    """From the first to the last call that the simulator saw; both ends are cut off, where the process starts and
    where less than its usual concurrency is left."""
    url = f"http://{HOST}:{ports.simulator}"
    before = len(await ledger_of(url))
    await supervisor.start(service_process(ADAPTER, ADAPTER, environment))
    pid = supervisor.pid(ADAPTER)
    pin(pid, _CORE)
    await supervisor.wait_ready(ADAPTER)
    cpu = cpu_seconds_of(pid)
    calls = await _seen(url, before)
    spent = cpu_seconds_of(pid) - cpu
    times = sorted(float(str(call["at"])) for call in calls)
    first, last = CALLS // 10, CALLS * 9 // 10
    rate = (last - first) / (times[last] - times[first])
    out.print(f"{ADAPTER}: {rate:.0f} calls/s, {spent / CALLS * 1e6:.0f} µs of CPU a call")
    return {"calls_per_s": round(rate, 1), "cpu_us_per_call": round(spent / CALLS * 1e6, 1)}


async def _seen(url: str, before: int) -> list[dict[str, object]]:
    """All calls, once the simulator has seen them; asked seldom and for little, because asking takes its time from
    them. Raises TimeoutError."""
    async with asyncio.timeout(300), aiohttp.ClientSession(url) as http:
        while True:
            async with http.get("/_ledger/summary") as answer:
                if (await answer.json())["total"] >= before + CALLS:
                    return (await ledger_of(url))[before:]
            await asyncio.sleep(0.5)


async def _receipts(environment: Mapping[str, str], ports: Ports, out: Console) -> Rate:
    """Each is answered when the log has it."""
    addresses = Addresses("nexmo", environment["DAPI_MASTER_KEY"], "http://bench")
    numbers = count(1)

    def post() -> tuple[str, str, bytes]:
        number = next(numbers)
        path = addresses.hooks(_send(number, "")).receipts.removeprefix("http://bench")
        told = {"msisdn": f"4478{number:08}", "messageId": f"0A{number:014}", "status": "delivered", "err-code": "0"}
        return "POST", path, urlencode(told).encode()

    media = "application/x-www-form-urlencoded"
    port, nobody = ports.callbacks["nexmo"], Credentials("", "")
    received = await load(port, nobody, post, CONNECTIONS, SECONDS, media)
    out.print(f"receipts: {received}")
    return received


def pin(pid: int, cores: set[int]) -> None:
    """Gives a process and its threads these cores, where the machine has them and can say so (Linux)."""
    if hasattr(os, "sched_setaffinity") and cores <= os.sched_getaffinity(0):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            os.sched_setaffinity(int(thread.name), cores)
