"""The load: single messages, and invokes that are stopped, paused and resumed. Every message has a recipient of its
own, so that a provider's ledger says which one it took. What is asked, and of whom, follows from the seed alone."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from random import Random

from local_stack.client import JSON, CallFailed
from local_stack.demo import OFFERS
from tests.faults.writing import Counts, Stopping, Writer

PROVIDERS = ("nexmo", "twilio")
OPEN_WRITES = 60
"""So many single messages wait for their answer at once, at most."""


@dataclass(slots=True)
class Invoke:
    """An invoke that got a 200. `order_of`: its recipients."""

    id: str
    account: str
    mps: int
    order_of: dict[str, int]
    stopped_at: float | None = None
    """When a stop got its 200."""


@dataclass(slots=True)
class Accepted:
    """What got a 200."""

    singles: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Recipient → account, message id."""
    invokes: list[Invoke] = field(default_factory=list)

    def messages(self) -> int:
        """How many."""
        return len(self.singles) + sum(len(invoke.order_of) for invoke in self.invokes)


@dataclass(frozen=True, slots=True)
class Shape:
    """How much of what one account asks for."""

    singles_per_second: float = 0.0
    invokes_at_once: int = 0
    mps: int = 50
    """The account's own ceiling."""

    def third(self) -> "Shape":
        """About a third of it."""
        return Shape(self.singles_per_second / 3, -(-self.invokes_at_once // 3), max(10, self.mps // 3))


class Load:
    """One account's."""

    def __init__(self, account: str, number: int, shape: Shape, writer: Writer, seed: int, counts: Counts) -> None:
        self._account, self._shape, self._writer, self._counts = account, shape, writer, counts
        self._seed = f"{seed}-{number}"
        self._numbers: Iterator[str] = (f"44{70 + number}{n:08}" for n in count())
        self.accepted = Accepted()

    async def run(self, stopping: Stopping) -> None:
        """Returns once it is told to stop and everything it asked has its answer."""
        async with asyncio.TaskGroup() as tasks:
            if self._shape.singles_per_second:
                tasks.create_task(self._singles(stopping))
            for lane in range(self._shape.invokes_at_once):
                tasks.create_task(self._invokes(lane, stopping))

    async def _singles(self, stopping: Stopping) -> None:
        random, places = Random(f"{self._seed}-singles"), asyncio.Semaphore(OPEN_WRITES)
        async with asyncio.TaskGroup() as tasks:
            while not stopping():
                await asyncio.sleep(random.expovariate(self._shape.singles_per_second))
                await places.acquire()
                sending = tasks.create_task(self._single(next(self._numbers), random.choice(PROVIDERS)))
                sending.add_done_callback(lambda _: places.release())

    async def _single(self, number: str, provider: str) -> None:
        names = ("from", "to", "text") if provider == "nexmo" else ("From", "To", "Body")
        arguments = dict(zip(names, ("Dapi", f"+{number}", f"To {number}"), strict=True))
        message = {"provider": provider, "type": "sms", "arguments": arguments}
        if answer := await self._write("PUT", "/v1/messages", message, number):
            self.accepted.singles[number] = (self._account, answer["id"])

    async def _invokes(self, lane: int, stopping: Stopping) -> None:
        random = Random(f"{self._seed}-invokes-{lane}")
        for n in count():
            if stopping():
                return
            await self._invoke(random, f"{self._account}-{lane}-{n}")

    async def _invoke(self, random: Random, key: str) -> None:
        orders, size = random.randint(1, 6), random.randint(30, 150)
        mps = min(random.choice((5, 10, 20)), self._shape.mps)
        order_of = {next(self._numbers): 1 + n * orders // size for n in range(size)}
        providers = random.choice((("nexmo",), ("twilio",), PROVIDERS))
        contacts = [
            {"type": "sms", "provider": random.choice(providers), "order": str(order), "contact": f"+{number}"}
            for number, order in order_of.items()
        ]
        made = await self._write("PUT", "/v1/lists", {}, f"{key}-list") or {"id": ""}
        await self._write("PUT", f"/v1/lists/{made['id']}/contacts", {"contacts": contacts}, f"{key}-contacts")
        body = {"list_id": made["id"], "providers": list(OFFERS), "throughput": {"sms": {"mps": str(mps)}}}
        if answer := await self._write("PUT", "/v1/invokes", body, f"{key}-invoke"):
            invoke = Invoke(answer["id"], self._account, mps, order_of)
            self.accepted.invokes.append(invoke)
            await self._control(random, invoke, key, size / mps)

    async def _control(self, random: Random, invoke: Invoke, key: str, seconds: float) -> None:
        """Lets it run for about its time, meddling with one in two; one that has ended cannot be stopped any more."""
        path = f"/v1/invokes/{invoke.id}"
        choice, part = random.random(), random.random()
        await asyncio.sleep(part * seconds)
        if choice < 0.25:
            if await self._write("POST", path, {"status": "stopped"}, f"{key}-stop", "invoke-invalid-status"):
                invoke.stopped_at = time.time()
            return
        if choice < 0.5:
            await self._write("POST", path, {"status": "paused"}, f"{key}-pause", "invoke-invalid-status")
            await asyncio.sleep(random.uniform(0.5, 2.0))
            await self._write("POST", path, {"status": "running"}, f"{key}-resume", "invoke-invalid-status")
        await asyncio.sleep((1 - part) * seconds)

    async def _write(self, method: str, path: str, body: JSON, key: str, expected: str = "") -> JSON | None:
        """None: it was refused, as `expected` or else against all expectation."""
        try:
            return await self._writer.write(method, path, body, key)
        except CallFailed as refusal:
            if refusal.code != expected:
                self._counts.refusals.append(f"{method} {path}: {refusal.status} {refusal.code}")
            return None
