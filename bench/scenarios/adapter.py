"""`adapter`: one adapter's process alone against the simulator, beside aiohttp's bare client on the same core in the
same run."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import aiohttp
from rich.console import Console

from bench.floors import http
from bench.meter import cpu_seconds_of
from bench.result import Figures, Result, rounded
from dapi_common import topics
from dapi_common.bus.kafka import KafkaBus
from dapi_common.bus.port import Output
from dapi_common.events.outcomes import AccountSnapshot
from dapi_common.events.sends import SendRequested
from dapi_common.events.shapes import Limits
from dapi_common.ids import AccountId, MessageId
from dapi_common.secrets import Vault
from local_stack.backends import Backends, backends
from local_stack.client import ledger_of
from local_stack.demo import PROVIDERS
from local_stack.ports import HOST, free_port
from local_stack.processes import Supervisor
from local_stack.services import (
    SIMULATOR,
    Ports,
    master_key,
    service_process,
    shared_environment,
    simulator_process,
)
from local_stack.system import run_dapi

ACCOUNTS = [AccountId(f"{n:016x}") for n in range(16)]
ROUNDS = 5
"""The two take turns, so that a machine whose speed changes changes it for both; the ratio is the rounds' median."""
CALLS = 10_000
"""Of each, in a round."""
ADAPTER = "provider-nexmo"
_PIECE = 1000
_MPS = 1_000_000
_CORE, _OTHERS = {0}, {1}


async def adapter(size: float, out: Console) -> Result:
    """The median of the rounds."""
    with TemporaryDirectory() as folder:
        async with backends(Path(folder), os.environ) as found, _parts(found, Path(folder), size) as bench:
            await bench.start()
            rounds = [await bench.round(number, out) for number in range(ROUNDS)]
    figures = {
        "ratio": median(ours["calls_per_s"] / floor["calls_per_s"] for floor, ours in rounds),
        **{f"adapter_{name}": median(ours[name] for _, ours in rounds) for name in rounds[0][1]},
        **{f"floor_{name}": median(floor[name] for floor, _ in rounds) for name in rounds[0][0]},
    }
    return Result("adapter", rounded(figures), {"cpu_ratio": ("adapter_cpu_us_per_call", "floor_cpu_us_per_call")})


@dataclass(frozen=True, slots=True)
class _Bench:
    """An adapter's process, the simulator, and what they need."""

    supervisor: Supervisor
    environment: Mapping[str, str]
    ports: Ports
    sealed: str
    calls: int
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

    async def round(self, number: int, out: Console) -> tuple[Figures, Figures]:
        """What the bare client does, then what the adapter does with sends that are all due when it sets off."""
        self.supervisor.kill(ADAPTER, signal.SIGSTOP)
        try:
            floor = await http.alone(f"{self.url}/sms/json", self.calls, lambda pid: pin(pid, _CORE))
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
            for _ in range(self.calls // _PIECE):
                sends = [_send(next(self.numbers), self.sealed) for _ in range(_PIECE)]
                await asyncio.gather(*(publisher.publish(Output(queue, send), 30) for send in sends))

    async def _adapter(self, before: int) -> Figures:
        """From the first to the last tenth of the calls that the simulator saw: not how it sets off, nor how it
        ends, when less than its usual concurrency is left."""
        pid = self.supervisor.pid(ADAPTER)
        cpu = cpu_seconds_of(pid)
        calls = await _seen(self.url, before, self.calls)
        spent = cpu_seconds_of(pid) - cpu
        times = sorted(float(str(call["at"])) for call in calls)
        first, last = self.calls // 10, self.calls * 9 // 10
        rate = (last - first) / (times[last] - times[first])
        return {"calls_per_s": round(rate, 1), "cpu_us_per_call": round(spent / self.calls * 1e6, 1)}


@asynccontextmanager
async def _parts(found: Backends, folder: Path, size: float) -> AsyncIterator[_Bench]:
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
        sealed = Vault(master_key(folder)).seal(PROVIDERS["nexmo"])
        yield _Bench(supervisor, environment, ports, sealed, _PIECE * max(1, round(CALLS * size / _PIECE)))
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


async def _total(url: str) -> int:
    async with aiohttp.ClientSession(url) as http, http.get("/_ledger/summary") as answer:
        return int((await answer.json())["total"])


async def _seen(url: str, before: int, wanted: int) -> list[dict[str, object]]:
    """All calls, once the simulator has seen them; asked seldom and for little, because asking takes its time from
    them. Raises TimeoutError."""
    async with asyncio.timeout(300):
        while await _total(url) < before + wanted:  # another process's
            await asyncio.sleep(0.5)
    return (await ledger_of(url, before))[:wanted]


def pin(pid: int, cores: set[int]) -> None:
    """Gives a process and its threads these cores, where the machine has them and can say so (Linux)."""
    if hasattr(os, "sched_setaffinity") and cores <= os.sched_getaffinity(0):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            os.sched_setaffinity(int(thread.name), cores)
