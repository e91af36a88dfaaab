"""Real dispatchers and real adapters of one partition on one clock: what the providers would see. Commits take time,
records take time to be read, processes stand still and die."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import ClassVar

from dapi_common.bus.port import Committed, Effects, Job, Record
from dapi_common.clock import ManualClock
from dapi_common.events.deliveries import DeliveryFact
from dapi_common.events.envelope import headers
from dapi_common.events.sends import SendRequested
from dapi_common.provider.adapter import Accepted, Message
from dapi_common.provider.calls import Arrival, Calls
from dapi_common.provider.run import TICK as REST
from dapi_common.provider.waiting import Due
from dapi_common.provider.worker import AdapterTask
from dapi_common.topics import SENDS, provider_topic
from tests.unit.dapi_common.provider.world import SEALED, Fake, letters, no_http

from .cluster import T0, Cluster, send

TICK = 0.002


@dataclass(frozen=True, slots=True)
class Call:
    """One that may start as soon as its step is committed."""

    due: Due

    async def __call__(self) -> object:
        raise AssertionError("the adapter of the site makes the call")


class Desk(Calls):
    """Lets others make the calls."""

    def prepare(self, due: Due, message: Message, credentials: str, begun_at: float) -> Job:
        self._running += 1
        return Call(due)

    def ended(self) -> None:
        """Of one of them."""
        self._running -= 1


class Adapter:
    """One process of one provider. `commit`: how long its commits take, from and to, in seconds."""

    def __init__(self, provider: str, random: Random, commit: tuple[float, float], ahead: float = 0.0) -> None:
        """`ahead`: how far its clock is ahead of the dispatcher's."""
        self.provider, self.commit, self.ahead = provider, commit, ahead
        self.queue: list[tuple[float, Record]] = []
        self.starts: list[float] = []
        self.out: list[SendRequested] = []
        self.unknown = 0
        self.steps = 0
        self.most = 10_000
        """How many calls may be under way."""
        self._random = random
        self._topic = provider_topic(provider).name
        self._committed: dict[str, Committed] = {}
        self._frozen = 0.0
        self._down = False
        self._start(T0)

    def put(self, request: SendRequested, at: float) -> None:
        """A record that can be read from `at` on."""
        offset = len(self.queue)
        envelope = headers(request, "test", str(offset), T0)
        self.queue.append((at, Record(self._topic, 0, offset, b"", request.encode(), envelope, T0)))

    def freeze(self, until: float) -> None:
        """As by SIGSTOP."""
        self._frozen = until

    def kill(self, until: float) -> None:
        """As by kill -9; a new process has the task at `until`."""
        self._frozen, self._down = until, True

    def tick(self, now: float) -> None:
        """Whatever it is time for."""
        if now < self._frozen:
            return
        if self._down:
            self._start(now)
        self._call(now)
        if self._effects is not None:
            if now < self._commit_at:
                return
            self._commit(self._effects)
        if now < self._rests_until:
            return
        records = list(self._unread(now))
        if records or self._arrivals or (self._wake_at is not None and self._wake_at <= now + self.ahead):
            self._step(records, now)

    def _start(self, now: float) -> None:
        fake = type("Named", (Fake,), {"name": self.provider})(ManualClock())
        self._desk = Desk(fake, no_http(), ManualClock(), self.most)
        self._task = AdapterTask(self._desk, letters(self.provider))
        self._task.resume(self._committed, now + self.ahead)
        self._position = self._committed[self._topic].offset if self._committed else 0
        self._effects: Effects | None = None
        self._arrivals: list[object] = []
        self._planned: list[Call] = []
        self._running: list[tuple[float, Due]] = []
        self._wake_at: float | None = None
        self._rests_until = 0.0
        self._down = False

    def _unread(self, now: float) -> Iterator[Record]:
        for at, record in self.queue[self._position : self._position + self._task.appetite()]:
            if at > now:
                return
            yield record

    def _step(self, records: list[Record], now: float) -> None:
        self.steps += 1
        self._position += len(records)
        arrivals, self._arrivals = self._arrivals, []
        self._effects = self._task.step(records, arrivals, now + self.ahead)
        self._stepped = now
        self._commit_at = now + self._random.uniform(*self.commit)

    def _commit(self, effects: Effects) -> None:
        self._effects = None
        if effects.jobs:
            self._desk.note_lag(self._commit_at - self._stepped)
        self._committed.update(effects.offsets)
        self._wake_at, self._rests_until = effects.wake_at, self._commit_at + REST
        for job in effects.jobs:
            assert isinstance(job, Call)
            self._planned.append(job)
        for output in effects.outputs:
            if output.topic == SENDS:
                assert isinstance(output.payload, SendRequested)
                self.out.append(output.payload)
            else:
                assert isinstance(output.payload, DeliveryFact)
                self.unknown += output.payload.TYPE == "delivery.unknown"

    def _call(self, now: float) -> None:
        waiting = []
        for call in self._planned:
            if call.due.wait(now + self.ahead) > 0:
                waiting.append(call)
                continue
            self.starts.append(now)
            self._running.append((now + 0.05, call.due))
        self._planned = waiting
        while self._running and self._running[0][0] <= now:
            at, due = self._running.pop(0)
            self._desk.ended()
            self._arrivals.append(Arrival(due.offset, due.send, Accepted("ref"), at + self.ahead, SEALED))


class Site:
    """A dispatcher and an adapter of each provider."""

    names: ClassVar[tuple[str, ...]] = ("nexmo", "twilio", "plivo")

    def __init__(self, seed: int, providers: int, commit: tuple[float, float] = (0.004, 0.012)) -> None:
        self.random = Random(seed)
        self.cluster = Cluster()
        self.adapters = {name: Adapter(name, self.random, commit) for name in self.names[:providers]}
        self.put_back: Counter[int] = Counter()
        self._taken = 0
        self._ahead = 0.0

    def set_dispatcher_ahead(self, seconds: float) -> None:
        """A new dispatcher has the task, whose clock is ahead of the adapters'."""
        self.cluster.now += seconds - self._ahead
        self._ahead = seconds
        self.cluster.start()

    @property
    def now(self) -> float:
        """By the providers' clock."""
        return self.cluster.now - self._ahead

    def request(self, count: int, shares: Mapping[str, int], **more: int) -> None:
        """So many sends over the providers, by share."""
        names = list(shares)
        chosen = self.random.choices(names, [shares[name] for name in names], k=count)
        first = len(self.cluster.log)
        for n, provider in enumerate(chosen, first):
            self.cluster.request(send(n, provider=provider, **more).model_copy(update={"credentials": SEALED}))  # type: ignore[arg-type]

    def run(self, seconds: float) -> None:
        """Everybody, tick by tick."""
        until = self.now + seconds
        while self.now < until:
            self.cluster.run(TICK)
            for adapter in self.adapters.values():
                adapter.tick(self.now)
                self._back(adapter)
            for one in self.cluster.released[self._taken :]:
                seen_at = one.now - self._ahead + self.random.uniform(0.01, 0.06)
                self.adapters[one.request.provider].put(one.request, seen_at)
            self._taken = len(self.cluster.released)

    def _back(self, adapter: Adapter) -> None:
        out, adapter.out = adapter.out, []
        for request in out:
            self.put_back[request.n] += 1
            self.cluster.request(request)

    @property
    def starts(self) -> list[float]:
        """Of all calls."""
        return sorted(at for adapter in self.adapters.values() for at in adapter.starts)
