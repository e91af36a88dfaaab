"""`make bench SCENARIO=adapter`: one adapter's process alone against the simulator, beside aiohttp's bare client on the
same core in the same run; and the receipts that the process takes in. The last line is one JSON object."""

import asyncio
import json
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import median
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
ROUNDS = 5
"""The two take turns, so that a machine whose speed changes changes it for both; the ratio is the rounds' median."""
CALLS = 10_000
"""Of each, in a round."""
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
        async with backends(Path(folder), os.environ) as found, _parts(found, Path(folder)) as bench:
            await bench.start()
            rounds = [await bench.round(number, out) for number in range(ROUNDS)]
            received = await _receipts(bench.environment, bench.ports, out)
    ratio = median(adapter["calls_per_s"] / floor["calls_per_s"] for floor, adapter in rounds)
    out.print(f"ratio {ratio:.2f}")
    figures = {
        "scenario": "adapter",
        "ratio": round(ratio, 3),
        **{f"adapter_{name}": round(median(adapter[name] for _, adapter in rounds), 1) for name in rounds[0][1]},
        **{f"floor_{name}": round(median(floor[name] for floor, _ in rounds), 1) for name in rounds[0][0]},
        "receipts_per_s": round(received.per_second, 1),
        "receipts_p99_ms": round(received.p99_ms, 1),
    }
    print(json.dumps(figures))
    return 0


@dataclass(frozen=True, slots=True)
class _Bench:
    """An adapter's process, the simulator, and what they need."""

    supervisor: Supervisor
    environment: Mapping[str, str]
    ports: Ports
    sealed: str
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    @property
    def url(self) -> str:
        """The simulator's."""
        return f"http://{HOST}:{self.ports.simulator}"

    async def start(self) -> None:
        """The accounts with their credentials, and the process that knows them."""
        limits = Limits(mps=_MPS, lists=1, contacts_per_list=1)
        async with KafkaBus(self.environment["DAPI_KAFKA"], 4).publisher() as publisher:
            for account in ACCOUNTS:
                keys = {"nexmo": self.sealed}
                known = AccountSnapshot(account=account, secret_hash="", limits=limits, providers=keys)
                await publisher.publish(Output(topics.ACCOUNTS, known), 30)
        await self.supervisor.start(service_process(ADAPTER, ADAPTER, self.environment))
        await self.supervisor.wait_ready(ADAPTER)
        pin(self.supervisor.pid(ADAPTER), _CORE)

    async def round(self, number: int, out: Console) -> tuple[dict[str, float], dict[str, float]]:
        """What the bare client does, then what the adapter does with sends that are all due when it sets off."""
        self.supervisor.kill(ADAPTER, signal.SIGSTOP)
        try:
            floor = await _floor(f"{self.url}/sms/json")
            await self._queue()
            before = await _total(self.url)
        finally:
            self.supervisor.kill(ADAPTER, signal.SIGCONT)
        adapter = await self._adapter(before)
        out.print(
            f"{number + 1}: aiohttp alone {floor['calls_per_s']:.0f} calls/s, {floor['cpu_us_per_call']:.0f} µs of CPU"
            f" a call; {ADAPTER} {adapter['calls_per_s']:.0f}, {adapter['cpu_us_per_call']:.0f} µs"
        )
        return floor, adapter

    async def _queue(self) -> None:
        queue = topics.provider_topic("nexmo")
        async with KafkaBus(self.environment["DAPI_KAFKA"], 4).publisher() as publisher:
            for _ in range(CALLS // 1000):
                sends = [_send(next(self.numbers), self.sealed) for _ in range(1000)]
                await asyncio.gather(*(publisher.publish(Output(queue, send), 30) for send in sends))

    async def _adapter(self, before: int) -> dict[str, float]:
        """From the first to the last tenth of the calls that the simulator saw: not how it sets off, nor how it
        ends, when less than its usual concurrency is left."""
        pid = self.supervisor.pid(ADAPTER)
        cpu = cpu_seconds_of(pid)
        calls = await _seen(self.url, before)
        spent = cpu_seconds_of(pid) - cpu
        times = sorted(float(str(call["at"])) for call in calls)
        first, last = CALLS // 10, CALLS * 9 // 10
        rate = (last - first) / (times[last] - times[first])
        return {"calls_per_s": round(rate, 1), "cpu_us_per_call": round(spent / CALLS * 1e6, 1)}


@asynccontextmanager
async def _parts(found: Backends, folder: Path) -> AsyncIterator[_Bench]:
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
        yield _Bench(supervisor, environment, ports, Vault(master_key(folder)).seal(PROVIDERS["nexmo"]))
    finally:
        await supervisor.stop()


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


async def _floor(url: str) -> dict[str, float]:
    command = python_module("local_stack.floor", url, str(CALLS), str(AT_ONCE))
    child = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    pin(child.pid, _CORE)
    printed, _ = await child.communicate()
    if child.returncode:
        raise BenchFailed("the bare client failed")
    figures: dict[str, float] = json.loads(printed)
    return figures


async def _total(url: str) -> int:
    async with aiohttp.ClientSession(url) as http, http.get("/_ledger/summary") as answer:
        return int((await answer.json())["total"])


async def _seen(url: str, before: int) -> list[dict[str, object]]:
    """All calls, once the simulator has seen them; asked seldom and for little, because asking takes its time from
    them. Raises TimeoutError."""
    async with asyncio.timeout(300):
        while await _total(url) < before + CALLS:  # noqa: ASYNC110  # another process's
            await asyncio.sleep(0.5)
    return (await ledger_of(url, before))[:CALLS]


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
