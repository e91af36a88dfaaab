"""Does what was drawn, and writes down when it was done."""

import asyncio
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass

from local_stack.processes import Supervisor
from tests.faults.faults import SIGNALS, Fault, Link
from tests.faults.proxy import Mode, Proxy

_ENDED_WITHIN = 30.0
_LOOK_AGAIN = 0.05


@dataclass(frozen=True, slots=True)
class Injected:
    """A fault, and the wall time of its beginning and its end."""

    fault: Fault
    started: float
    ended: float


class Injector:
    """`owners`: whose children the processes are, by name."""

    def __init__(self, owners: Mapping[str, Supervisor], proxies: Mapping[Link, Proxy]) -> None:
        self._owners, self._proxies = owners, proxies
        self.done: list[Injected] = []

    async def inject(self, fault: Fault) -> None:
        """Returns when it is over: a process that was to end has ended (and its supervisor starts it again)."""
        started = time.time()
        if fault.kind == "stop":
            await self._freeze(fault)
        elif fault.kind in SIGNALS:
            await self._end(fault.process, signal.SIGKILL if fault.kind == "kill" else signal.SIGTERM)
        else:
            await self._trouble(fault)
        self.done.append(Injected(fault, started, time.time()))

    async def mend(self) -> None:
        """Whatever is still in trouble is so no longer."""
        for proxy in self._proxies.values():
            await proxy.become("pass")
        for name, owner in self._owners.items():
            owner.kill(name, signal.SIGCONT)

    async def _freeze(self, fault: Fault) -> None:
        owner = self._owners[fault.process]
        owner.kill(fault.process, signal.SIGSTOP)
        await asyncio.sleep(fault.seconds)
        owner.kill(fault.process, signal.SIGCONT)

    async def _end(self, process: str, sig: signal.Signals) -> None:
        owner = self._owners[process]
        exits, deadline = owner.exits(process), time.monotonic() + _ENDED_WITHIN
        while owner.exits(process) == exits and time.monotonic() < deadline:
            owner.kill(process, sig)
            await asyncio.sleep(_LOOK_AGAIN)

    async def _trouble(self, fault: Fault) -> None:
        assert fault.kind in ("refuse", "void", "reset", "slow")
        mode: Mode = fault.kind
        for link in fault.links:
            await self._proxies[link].become(mode)
        await asyncio.sleep(fault.seconds)
        for link in fault.links:
            await self._proxies[link].become("pass")
