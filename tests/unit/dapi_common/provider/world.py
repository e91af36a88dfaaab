"""One partition of a provider's topic without a broker: the log, the worker, its calls, and what became visible.
Sends that go back for another slot get it, at their account's pace."""

import asyncio
from collections.abc import Mapping
from math import inf
from typing import ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict

from dapi_common.bus.port import Committed, Effects, Job, Record
from dapi_common.clock import ManualClock
from dapi_common.events import deliveries
from dapi_common.events.deliveries import DeliveryFact
from dapi_common.events.envelope import Payload, headers
from dapi_common.events.outcomes import AccountSnapshot
from dapi_common.events.sends import ProviderWithdrawn, SendRequested, SendsStopped
from dapi_common.events.shapes import Channel, Limits, OnUnknown, Pace
from dapi_common.ids import AccountId, InvokeId, MessageId
from dapi_common.pacing import LOOKAHEAD
from dapi_common.provider.adapter import Accepted, Message, Outcome
from dapi_common.provider.addresses import Addresses
from dapi_common.provider.calls import Calls
from dapi_common.provider.directory import Directory
from dapi_common.provider.http import Http, NotSent
from dapi_common.provider.letters import Letters
from dapi_common.provider.lookups import Lookups
from dapi_common.provider.worker import AdapterTask
from dapi_common.secrets import Vault
from dapi_common.testing.provider_cases import ScriptedHttp
from dapi_common.topics import ACCOUNTS, SENDS, provider_topic

T0 = 1_700_000_000.0
TOPIC = provider_topic("fake").name
KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
VAULT = Vault(KEY)
SEALED = VAULT.seal({"KEY": "s3cret"})
F = TypeVar("F", bound=Payload)


class Anything(BaseModel):
    """Arguments that no test looks at."""

    model_config = ConfigDict(extra="allow")


def letters(provider: str = "fake", public_url: str = "", directory: Directory | None = None) -> Letters:
    """Without a public URL, and nobody in the directory, unless a test says otherwise."""
    return Letters(VAULT, Addresses(provider, KEY, public_url), directory or Directory(provider))


def no_http() -> ScriptedHttp:
    """Nobody can be called."""
    return ScriptedHttp(NotSent("there is no network here"))


class Fake:
    """An adapter that answers as it is told: by message id, else with Accepted."""

    name: ClassVar[str] = "fake"
    recipient: ClassVar[Mapping[Channel, str]] = {"sms": "to"}
    arguments: ClassVar[Mapping[Channel, type[BaseModel]]] = {"sms": Anything}
    credentials: ClassVar[type[BaseModel]] = Anything

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self.answers: dict[str, Outcome | Exception] = {}
        self.calls: list[tuple[float, Message]] = []

    @staticmethod
    def url(credentials: Mapping[str, str]) -> str:
        return "http://fake.invalid"

    async def send(self, message: Message, http: Http) -> Outcome:
        self.calls.append((self._clock.now(), message))
        answer = self.answers.get(message.id, Accepted(f"ref-{message.id}"))
        if isinstance(answer, Exception):
            raise answer
        return answer


def send(
    n: int,
    account: str = "acme",
    invoke: str | None = None,
    *,
    mps: int = 1000,
    pace: Pace | None = None,
    slot: float = T0,
    room: float = 0.0,
    pace_room: float = 0.0,
    shared: bool = False,
    deadline: float = T0 + 86_400,
    attempt: int = 1,
    at: float = T0,
    on_unknown: OnUnknown = "fail",
    credentials: str = SEALED,
) -> SendRequested:
    """Message `n` of an account."""
    return SendRequested(
        account=AccountId(account),
        message_id=MessageId(f"{invoke}-{n}" if invoke else str(n)),
        n=n,
        invoke_id=InvokeId(invoke) if invoke else None,
        index=n if invoke else None,
        address="+31612345678",
        provider="fake",
        channel="sms",
        arguments={"from": "Dapi", "text": "hello", "to": "+31612345678"},
        credentials=credentials,
        account_mps=mps,
        pace=pace or Pace(),
        deadline=deadline,
        on_unknown=on_unknown,
        attempt=attempt,
        slot=slot,
        room=room,
        pace_room=pace_room,
        shared=shared,
        at=at,
    )


def stopped(invoke: str, account: str = "acme") -> SendsStopped:
    """The control of a stop."""
    return SendsStopped(account=AccountId(account), invoke_id=InvokeId(invoke), at=T0)


def withdrawn(at: float = T0, account: str = "acme") -> ProviderWithdrawn:
    """The control of a removed provider."""
    return ProviderWithdrawn(account=AccountId(account), provider="fake", at=at)


class World:
    """A commit is one act; `crash` loses whatever was not committed, and every call under way."""

    def __init__(self, limit: int = 256) -> None:
        self.clock = ManualClock(T0)
        self.adapter = Fake(self.clock)
        self.limit = limit
        self.ahead = 20_000
        self.directory = Directory("fake")
        self.lookups: Lookups | None = None
        self.log: list[Record] = []
        self.committed: dict[str, Committed] = {}
        self.facts: list[DeliveryFact] = []
        self.retries: list[SendRequested] = []
        self.late: list[SendRequested] = []
        """What went back for another slot."""
        self.words: list[Payload] = []
        """What is neither: that the account is paused, and that it goes on."""
        self.parked: list[tuple[Record, str]] = []
        self.jobs: list[Job] = []
        self.wake_at: float | None = None
        self.random = 0.5
        self._offset = 0
        self._slots: dict[str, float] = {}
        self._coming: list[SendRequested] = []
        self.start()

    def start(self) -> None:
        """A fresh process takes the task over."""
        calls = Calls(self.adapter, no_http(), self.clock, self.limit, self._sleep, self.lookups)
        self.task = AdapterTask(calls, letters(directory=self.directory), self.ahead, lambda: self.random)
        self.task.resume(self.committed, self.clock.now())
        self._position = self.committed[TOPIC].offset if TOPIC in self.committed else 0
        self._arrivals: list[object] = []
        self.jobs = []

    crash = start

    def append(self, *payloads: Payload, gap: int = 0) -> None:
        """Writes records; `gap` offsets are left out before each (transaction markers)."""
        for payload in payloads:
            self._offset += gap
            envelope = headers(payload, "test", str(self._offset), T0)
            self.log.append(Record(TOPIC, 0, self._offset, b"", payload.encode(), envelope, T0))
            self._offset += 1

    def put_credentials(self, sealed: str, account: str = "acme") -> None:
        """The account has these credentials from now on."""
        limits = Limits(mps=1, lists=1, contacts_per_list=1)
        snapshot = AccountSnapshot(
            account=AccountId(account), secret_hash="", limits=limits, providers={"fake": sealed}, at=self.clock.now()
        )
        value, envelope = snapshot.encode(), headers(snapshot, "test", "0", T0)
        self.directory.apply(Record(ACCOUNTS.name, 0, 0, account.encode(), value, envelope, T0))

    def append_raw(self, value: bytes) -> None:
        """A record that nobody understands."""
        self.log.append(Record(TOPIC, 0, self._offset, b"k", value, [("ce_type", b"no.such")], T0))
        self._offset += 1

    def begin(self, most: int = 10_000) -> Effects:
        """One step, not committed yet."""
        self._dispatch()
        wanted = min(most, self.task.appetite())
        records = [record for record in self.log if record.offset >= self._position][:wanted]
        if records:
            self._position = records[-1].offset + 1
        arrivals, self._arrivals = self._arrivals, []
        return self.task.step(records, arrivals, self.clock.now())

    def commit(self, effects: Effects) -> None:
        """Makes it visible, and its jobs ready to run."""
        self.committed.update(effects.offsets)
        for output in effects.outputs:
            match output.payload:
                case SendRequested() as request:
                    assert output.topic == SENDS
                    self._ask(request)
                case DeliveryFact():
                    self.facts.append(output.payload)
                case _:
                    self.words.append(output.payload)
        self.parked += effects.parked
        self.jobs += effects.jobs
        self.wake_at = effects.wake_at

    def _ask(self, request: SendRequested) -> None:
        if not request.late:
            self.retries.append(request)
            return
        self.late.append(request)
        room = 1 / request.account_mps
        slot = max(self.clock.now(), self._slots.get(request.account, 0.0) + room)
        self._slots[request.account] = slot
        self._coming.append(request.model_copy(update={"slot": slot, "room": room}))

    def _dispatch(self) -> None:
        ready = [request for request in self._coming if request.slot - LOOKAHEAD <= self.clock.now()]
        self._coming = [request for request in self._coming if request not in ready]
        self.append(*ready)

    async def call(self) -> None:
        """Runs the jobs in the order of their starts."""
        jobs, self.jobs = self.jobs, []
        for job in jobs:
            self._arrivals.append(await job())

    async def turn(self, most: int = 10_000) -> None:
        """Step, commit, calls."""
        self.commit(self.begin(most))
        await self.call()

    async def until_done(self, seconds: float = 60.0) -> None:
        """Turns, on time, until nothing is left to do."""
        end = self.clock.now() + seconds
        while self.clock.now() < end:
            await self.turn()
            wakes = [self.wake_at or inf, *(request.slot - LOOKAHEAD for request in self._coming)]
            if not self._arrivals and min(wakes) == inf:
                return
            late = 0.0 if self._arrivals else min(wakes) - self.clock.now()
            self.clock.advance(max(0.001, late))

    def starts(self) -> list[float]:
        """When calls began, in seconds since T0."""
        return [at - T0 for at, _ in self.adapter.calls]

    def called(self) -> list[str]:
        """The messages of the calls, in order."""
        return [message.id for _, message in self.adapter.calls]

    def of(self, kind: type[F]) -> list[F]:
        """The facts of one type."""
        return [fact for fact in self.facts if isinstance(fact, kind)]

    def dropped(self) -> list[tuple[str, str]]:
        """What never started: message and reason."""
        return [(fact.message_id, fact.reason) for fact in self.of(deliveries.DeliveryDropped)]

    async def _sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)
        self.clock.advance(seconds)
