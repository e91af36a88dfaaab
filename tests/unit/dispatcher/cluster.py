"""One partition without a broker: the log of sends, what a dispatcher wrote, and crashes at any step."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dapi_common import topics
from dapi_common.bus.port import Committed, Effects, Output, Record
from dapi_common.events.deliveries import DeliveryDropped
from dapi_common.events.envelope import Payload, headers
from dapi_common.events.sends import ProviderWithdrawn, SendRequested, SendsStopped
from dapi_common.events.shapes import Channel, Pace
from dapi_common.ids import AccountId, InvokeId, MessageId
from dapi_common.pacing import USED
from dispatcher.worker import DispatcherTask

T0 = 1_700_000_000.0
PROVIDERS = ("nexmo", "twilio")


def gap(rate: float) -> float:
    """Seconds between two slots under a ceiling that is used to the full."""
    return 1 / (USED * rate)


def send(
    n: int,
    account: str = "acme",
    invoke: str | None = None,
    provider: str = "nexmo",
    channel: Channel = "sms",
    *,
    mps: int = 10,
    pace: tuple[int | None, int | None] = (None, None),
    deadline: float = T0 + 86_400,
    attempt: int = 1,
    not_before: float = 0.0,
    at: float = T0,
) -> SendRequested:
    """Message `n` of an account. A retry says when it may go again, as adapters do."""
    return SendRequested(
        account=AccountId(account),
        message_id=MessageId(f"{invoke}-{n}" if invoke else str(n)),
        n=n,
        invoke_id=InvokeId(invoke) if invoke else None,
        index=n if invoke else None,
        provider=provider,
        channel=channel,
        arguments={"to": "15550001", "from": "acme", "text": "hello"},
        credentials="sealed",
        account_mps=mps,
        pace=Pace(mps=pace[0], mpm=pace[1]),
        deadline=deadline,
        attempt=attempt,
        not_before=not_before or (T0 if attempt > 1 else 0.0),
        at=at,
    )


@dataclass(frozen=True, slots=True)
class Released:
    """A send as a provider's queue got it."""

    request: SendRequested
    topic: str
    now: float


class Cluster:
    """Commits are all or nothing: `crash` loses the dispatcher and, when told so, the step it was about to commit."""

    def __init__(self, rates: Mapping[str, float] | None = None) -> None:
        self.now = T0
        self.rates = dict(rates or {})
        self.log: list[Record] = []
        self.state: dict[str, bytes] = {}
        self.committed: dict[str, Committed] = {}
        self.released: list[Released] = []
        self.dropped: list[DeliveryDropped] = []
        self.controls: list[tuple[str, SendsStopped | ProviderWithdrawn]] = []
        self.parked: list[Record] = []
        self.steps = 0
        self.steps_without_effect = 0
        self.crash_when: Callable[[int], str | None] = lambda step: None
        """Told the number of each step: "before" or "after" its commit, or not at all."""
        self._next_offset = 0
        self.start()

    def start(self) -> None:
        """A new dispatcher takes over."""
        self.task = DispatcherTask(self.rates, PROVIDERS)
        for key, value in self.state.items():
            self.task.restore(key, value)
        self.task.resume(self.committed, self.now)
        self.position = self.committed[topics.SENDS.name].offset if self.committed else 0
        self.wake_at: float | None = self.now

    def request(self, *payloads: Payload, gap: int = 0) -> int:
        """Appends to the log, after `gap` offsets that nobody ever reads. The offset of the last."""
        for payload in payloads:
            offset = self._next_offset + gap
            self._next_offset = offset + 1
            key, envelope = payload.account.encode(), headers(payload, "test", str(offset), self.now)
            self.log.append(Record(topics.SENDS.name, 0, offset, key, payload.encode(), envelope, self.now))
        return self._next_offset - 1

    def step(self) -> Effects:
        """One step and its commit, unless it crashes."""
        self.steps += 1
        crash = self.crash_when(self.steps)
        records = [record for record in self.log if record.offset >= self.position][: self.task.appetite()]
        self.position = records[-1].offset + 1 if records else self.position
        effects = self.task.step(records, (), self.now)
        self.wake_at = effects.wake_at
        if crash != "before":
            self._commit(effects, records)
        if crash:
            self.start()
        return effects

    def _commit(self, effects: Effects, records: list[Record]) -> None:
        self.steps_without_effect += not (effects or records)
        for key, value in effects.state.items():
            if value is None:
                self.state.pop(key, None)
            else:
                self.state[key] = value
        self.committed.update(effects.offsets)
        self.parked += [record for record, _ in effects.parked]
        for output in effects.outputs:
            self._write(output)

    def _write(self, output: Output) -> None:
        payload = type(output.payload).decode(output.payload.encode())
        match payload:
            case SendRequested():
                self.released.append(Released(payload, output.topic.name, self.now))
            case DeliveryDropped():
                self.dropped.append(payload)
            case SendsStopped() | ProviderWithdrawn():
                self.controls.append((output.topic.name, payload))

    def run(self, seconds: float) -> None:
        """Steps whenever there is something to read or it is time to wake, until `seconds` have passed."""
        until = self.now + seconds
        while True:
            if not self._unread() and (self.wake_at is None or self.wake_at > until):
                break
            if not self._unread():
                self.now = max(self.now, self.wake_at or 0.0)
            self.step()
        self.now = until

    def _unread(self) -> bool:
        return bool(self.log) and self.log[-1].offset >= self.position and self.task.appetite() > 0

    @property
    def low(self) -> int:
        """The committed offset."""
        return self.committed[topics.SENDS.name].offset

    def slots(self, **which: object) -> list[float]:
        """Of the released sends that have these attributes, in the order of their release."""
        return [
            one.request.slot
            for one in self.released
            if all(getattr(one.request, name) == value for name, value in which.items())
        ]

    def names(self) -> list[int]:
        """The numbers of the released messages."""
        return [one.request.n for one in self.released]
