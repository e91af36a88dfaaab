"""A small supervisor: named processes, one log file each, started again when they exit, gone when it is gone."""

import asyncio
import contextlib
import logging
import os
import signal
import sys
import time
from asyncio.subprocess import Process as Child
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

log = logging.getLogger(__name__)

LEASH = Path(__file__).with_name("leash.py")
FIRST_BACKOFF, LAST_BACKOFF = 0.2, 5.0
STEADY_AFTER = 10.0
"""A process that lived so long (s) starts again without waiting longer than the first time."""
GIVES_WAY = int(os.environ.get("DAPI_GIVE_WAY", "0"))
"""The nice value of all but the gateway. 5: where the gateway wants a processor, too, they get a third of what it gets
(sched(7)). docs/operations.md says what that is good and bad for."""
GIVE_UP_AFTER = 5
"""So many exits before it was ready once: no use in waiting on."""


@dataclass(frozen=True, slots=True)
class Process:
    """What to run. `health` is the base URL of its health port, for those that have one. `nice` of 0 gives way to
    nobody."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    health: str | None = None
    nice: int = GIVES_WAY


class NotReady(RuntimeError):
    """A process did not become ready in time. The message holds the end of its log."""


@dataclass(slots=True)
class _Kept:
    process: Process
    child: Child
    keeper: "asyncio.Task[None] | None" = None
    exits: int = 0


class Supervisor:
    """Keeps processes running, each in a session of its own. To be used from the main thread's event loop."""

    def __init__(self, logs: Path, grace: float = 10.0) -> None:
        self._logs = logs
        self._grace = grace
        self._kept: dict[str, _Kept] = {}
        logs.mkdir(parents=True, exist_ok=True)

    async def start(self, process: Process) -> None:
        """Runs it until `stop`. The name must be free."""
        if process.name in self._kept:
            raise ValueError(f"{process.name} is running already")
        kept = _Kept(process, await self._spawn(process))
        kept.keeper = asyncio.create_task(self._keep(kept), name=f"keep {process.name}")
        self._kept[process.name] = kept

    def process(self, name: str) -> Process:
        """What runs under the name: to be started again after a `stop`."""
        return self._kept[name].process

    def pid(self, name: str) -> int:
        """The process id of its present (or, between two lives, last) life."""
        return self._kept[name].child.pid

    def exits(self, name: str) -> int:
        """How often it has ended by itself or by `kill`."""
        return self._kept[name].exits

    def kill(self, name: str, sig: int = signal.SIGKILL) -> None:
        """Sends a signal to it and its children. If it ends of it, it is started again."""
        _signal(self._kept[name].child, sig)

    def log_file(self, name: str) -> Path:
        """Where its output goes."""
        return self._logs / f"{name}.log"

    def tail(self, name: str, lines: int = 20) -> str:
        """The end of its log."""
        with contextlib.suppress(FileNotFoundError):
            return "\n".join(self.log_file(name).read_text(errors="replace").splitlines()[-lines:])
        return ""

    async def wait_ready(self, name: str, timeout: float = 60.0) -> None:
        """Returns once its /health/ready answers 200. Raises NotReady when that does not happen in time."""
        url = f"{self._kept[name].process.health}/health/ready"
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2.0)) as http:
            await self.wait_until(name, lambda: _answers(http, url), timeout)

    async def wait_until(self, name: str, ready: Callable[[], Awaitable[bool]], timeout: float) -> None:
        """Returns once `ready` says so. Raises NotReady when it does not in time, or the process keeps on exiting."""
        deadline, before = time.monotonic() + timeout, self.exits(name)
        while not await ready():
            if (exits := self.exits(name) - before) >= GIVE_UP_AFTER:
                raise self._not_ready(name, f"has exited {exits} times")
            if time.monotonic() > deadline:
                raise self._not_ready(name, f"was not ready within {timeout:.0f} s")
            await asyncio.sleep(0.05)

    def _not_ready(self, name: str, why: str) -> NotReady:
        return NotReady(f"{name} {why}; the end of {self.log_file(name)}:\n{self.tail(name)}")

    async def stop(self, *names: str) -> None:
        """Ends these processes, or all: SIGTERM in the reverse order of their start, SIGKILL after the grace time."""
        chosen = [self._kept.pop(name) for name in reversed(names or tuple(self._kept))]
        for kept in chosen:
            if kept.keeper is not None:
                kept.keeper.cancel()
        await asyncio.gather(*(kept.keeper for kept in chosen if kept.keeper), return_exceptions=True)
        for kept in chosen:
            _signal(kept.child, signal.SIGTERM)
            _signal(kept.child, signal.SIGCONT)  # a frozen one would not see the first
        await asyncio.gather(*(self._end(kept) for kept in chosen))

    async def _end(self, kept: _Kept) -> None:
        try:
            await asyncio.wait_for(kept.child.wait(), self._grace)
        except TimeoutError:
            log.warning("%s did not end within %.0f s: killed", kept.process.name, self._grace)
        _signal(kept.child, signal.SIGKILL, group_only=True)
        await kept.child.wait()

    async def _keep(self, kept: _Kept) -> None:
        backoff = FIRST_BACKOFF
        while True:
            started = time.monotonic()
            code = await kept.child.wait()
            kept.exits += 1
            backoff = FIRST_BACKOFF if time.monotonic() - started > STEADY_AFTER else backoff
            log.info("%s exited (%d): starting it again in %.1f s", kept.process.name, code, backoff)
            await asyncio.sleep(backoff)
            backoff = min(2 * backoff, LAST_BACKOFF)
            await self._respawn(kept)

    async def _respawn(self, kept: _Kept) -> None:
        """Goes through even when it is cancelled: a child that nobody knows of could not be ended."""
        spawning = asyncio.ensure_future(self._spawn(kept.process))
        try:
            kept.child = await asyncio.shield(spawning)
        except asyncio.CancelledError:
            kept.child = await spawning
            raise

    async def _spawn(self, process: Process) -> Child:
        command = (sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), *process.command)
        with self.log_file(process.name).open("ab") as output:
            child = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **process.environment},
                start_new_session=True,
            )
        if process.nice:
            _give_way(child.pid, process.nice)
        return child


async def _answers(http: aiohttp.ClientSession, url: str) -> bool:
    with contextlib.suppress(aiohttp.ClientError, TimeoutError):
        async with http.get(url) as response:
            return response.status == 200
    return False


def _give_way(pid: int, nice: int) -> None:
    """Before it has threads, which inherit it. Linux may share the processors among sessions first (sched(7), "The
    autogroup feature")."""
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, nice)
        Path(f"/proc/{pid}/autogroup").write_text(str(nice))


def _signal(child: Child, sig: int, *, group_only: bool = False) -> None:
    """To the whole group. A child that has been waited for has no group of its own any more, unless it left members."""
    if child.returncode is not None and not group_only:
        return
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, sig)
