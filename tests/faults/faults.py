"""What is done to whom and when: drawn from a seed, so that a run can be made again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

from tests.faults.proxy import Mode

Signal = Literal["kill", "stop", "term"]
Kind = Signal | Mode
SIGNALS: Sequence[Signal] = ("kill", "stop", "term")
WIRES: Sequence[Mode] = ("refuse", "void", "reset", "slow")

KAFKA, MONGO, PROVIDER, CLIENT = "kafka", "mongo", "simulator", "client"
ADAPTERS = ("provider-nexmo", "provider-twilio")
LINKS: Sequence[tuple[str, str]] = (
    (CLIENT, "api-gateway"),
    *((name, KAFKA) for name in ("api-gateway", "projector", "invoke-planner", "dispatcher", *ADAPTERS)),
    *((name, MONGO) for name in ("api-gateway", "projector", "invoke-planner")),
    *((name, PROVIDER) for name in ADAPTERS),
    *((PROVIDER, name) for name in ADAPTERS),
)
"""Who connects to whom, with a proxy between them."""
Link = tuple[str, str]
VICTIMS: Mapping[str, Sequence[str]] = {
    "gateway": ("api-gateway",),
    "projector": ("projector",),
    "planner": ("invoke-planner",),
    "dispatcher": ("dispatcher",),
    "adapter": ADAPTERS,
    "Kafka": (KAFKA,),
    "MongoDB": (MONGO,),
    "provider": (PROVIDER,),
}
"""Each of the processes, and those of ours that play it."""
SERVERS = (KAFKA, MONGO, PROVIDER)


@dataclass(frozen=True, slots=True)
class Fault:
    """`kind` is done to a process (a signal) or to `links` (a wire), `at` seconds after the start, for `seconds`
    (a kill and a SIGTERM are over when they are sent)."""

    at: float
    kind: Kind
    process: str
    links: tuple[Link, ...] = ()
    seconds: float = 0.0

    def __str__(self) -> str:
        where = ", ".join(f"{one}→{other}" for one, other in self.links) or self.process
        return f"{self.at:6.1f} s  {self.kind:<6} {where}" + (f" for {self.seconds:.1f} s" if self.seconds else "")


@dataclass(frozen=True, slots=True)
class Lengths:
    """Seconds that a frozen process, and a wire in trouble, stay so: from, to."""

    stop: tuple[float, float]
    wire: tuple[float, float]


SHORT = Lengths(stop=(4.0, 6.0), wire=(1.5, 3.5))
LONG = Lengths(stop=(30.0, 30.0), wire=(2.0, 15.0))


def every_fault_once(random: Random, within: float, lengths: Lengths = SHORT) -> list[Fault]:
    """Each kind on each victim, in a random order, evenly spread."""
    pairs = [(victim, kind) for victim in VICTIMS for kind in (*SIGNALS, *WIRES)]
    random.shuffle(pairs)
    step = within / len(pairs)
    return [_fault(random, victim, kind, n * step, lengths) for n, (victim, kind) in enumerate(pairs)]


def at_random(random: Random, within: float, every: float, lengths: Lengths = LONG) -> list[Fault]:
    """Kinds and victims as they come, at random moments, one in `every` seconds on average; kills as often as
    everything else together."""
    faults: list[Fault] = []
    at = random.expovariate(1 / every)
    while at < within:
        kind: Kind = "kill" if random.random() < 0.5 else random.choice((*SIGNALS[1:], *WIRES))
        faults.append(_fault(random, random.choice(tuple(VICTIMS)), kind, at, lengths))
        at += random.expovariate(1 / every)
    return faults


def _fault(random: Random, victim: str, kind: Kind, at: float, lengths: Lengths) -> Fault:
    process = random.choice(VICTIMS[victim])
    if kind in SIGNALS:
        seconds = random.uniform(*lengths.stop) if kind == "stop" else 0.0
        return Fault(at, kind, process, (), seconds)
    return Fault(at, kind, process, _links(random, process), random.uniform(*lengths.wire))


def _links(random: Random, process: str) -> tuple[Link, ...]:
    """A server's trouble concerns all who connect to it; a service's, one of those whom it talks to."""
    if process in SERVERS:
        return tuple(link for link in LINKS if link[1] == process)
    return (random.choice([link for link in LINKS if process in link]),)
