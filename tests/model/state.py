"""What the model is made of: one state of the whole system is one `World`, a tuple of tuples, so that it can be kept,
compared and never changed.

A log is a tuple of records, and a record's place in it is its offset. What an actor has committed (offsets and state)
is written as the memory that its next process starts with."""

from typing import Any, Generic, Literal, NamedTuple, TypeVar

INVOKE = ("A", "B")
"""The contacts of an invoke, B of a higher order than A."""
MESSAGES = (*INVOKE, "S")
"""S is a single message."""

Actor = Literal["planner", "dispatcher", "adapter"]
ACTORS: tuple[Actor, ...] = ("planner", "dispatcher", "adapter")
Answer = Literal["accepted", "refused", "deferred", "lost", "cut", "late"]
"""What the vendor does with a call. Lost: it takes the message, and its answer never comes. Cut: the message never
reaches it, and nobody can tell that from `lost`. Late: not the vendor's; the commit took so long that the call, begun,
is not made, and the send asks the dispatcher for another slot."""
Mutation = Literal[
    "",
    "a call starts before it is recorded as begun",
    "what was begun is begun again after a crash",
    "outputs are committed before offsets",
    "offsets are committed before outputs",
    "nobody is fenced",
    "sends are released before the plan is logged",
    "the next order starts when the one before was released",
    "a stop is forgotten when the dispatcher dies",
    "a deferred send stays in the adapter's memory",
    "what a look-up does not find is sent again",
]


class Record(NamedTuple):
    """`what` of which message ("": of the invoke, or none), on which attempt."""

    what: str
    of: str = ""
    attempt: int = 0
    resend: bool = False


Log = tuple[Record, ...]


class Logs(NamedTuple):
    """The topics of one account."""

    commands: Log = ()
    events: Log = ()
    sends: Log = ()
    queue: Log = ()
    deliveries: Log = ()


class Planner(NamedTuple):
    """`marks`, by message: "" while nothing is answered; a(nswered), then final: c(ompleted), f(ailed) or s(topped); a
    question mark while an attempt is in doubt. `loaded`: the contacts are read (in memory only)."""

    commands: int = 0
    deliveries: int = 0
    accepted: bool = False
    stopped: bool = False
    planned: bool = False
    released: int = 0
    marks: tuple[str, ...] = ("", "", "")
    loaded: bool = False


class Dispatcher(NamedTuple):
    """`done`: offsets from `next` on that are dealt with. `waiting`: read and not dealt with (in memory only)."""

    next: int = 0
    done: frozenset[int] = frozenset()
    stopped: bool = False
    waiting: tuple[int, ...] = ()


class Adapter(NamedTuple):
    """The offset ledger. `begun`: calls recorded as begun and not answered, this process's or an earlier one's; `own`,
    `waiting` and `stopped` are in memory only."""

    next: int = 0
    done: frozenset[int] = frozenset()
    begun: frozenset[int] = frozenset()
    own: frozenset[int] = frozenset()
    waiting: tuple[int, ...] = ()
    stopped: bool = False


M = TypeVar("M")


class Step(NamedTuple, Generic[M]):
    """What a process has computed and not committed: its outputs, what the next process would start with, and the
    calls that start after the commit (offsets of the queue)."""

    outputs: tuple[tuple[str, Record], ...]
    saved: M
    calls: tuple[int, ...] = ()


class Process(NamedTuple, Generic[M]):
    """One process's memory. `calls`: committed as begun, not made yet; `arrivals`: made, and what came back."""

    memory: M
    step: Step[M] | None = None
    calls: tuple[int, ...] = ()
    arrivals: tuple[tuple[int, Answer], ...] = ()


class Zombie(NamedTuple):
    """A process that was frozen, replaced, and woke up."""

    actor: Actor
    process: Process[Any]


class Vendor(NamedTuple):
    """What a vendor knows of one message: which attempts came, how many of them it took, whether it reported."""

    attempts: tuple[int, ...] = ()
    taken: int = 0
    reported: bool = False


class Budget(NamedTuple):
    """Faults that may still happen; and how many adapters have died or were frozen. `lates`: calls that may still be
    too late."""

    crashes: int
    zombies: int
    adapters: int = 0
    lates: int = 0


class World(NamedTuple):
    """Everything. `broken` is what an action did that must never be done."""

    logs: Logs
    saved: tuple[Planner, Dispatcher, Adapter]
    planner: Process[Planner]
    dispatcher: Process[Dispatcher]
    adapter: Process[Adapter]
    zombie: Zombie | None
    vendor: tuple[Vendor, Vendor, Vendor]
    budget: Budget
    broken: str = ""


class Setup(NamedTuple):
    """What is explored: the commands that clients give (`stop` at any moment, the others at once), what the vendor may
    do, and the bounds."""

    commands: tuple[str, ...] = ("invoke", "single")
    answers: tuple[Answer, ...] = ("accepted", "lost")
    crashes: int = 3
    zombies: int = 0
    lates: int = 0
    at_once: int = 2
    """Calls of an adapter under way at a time."""
    tries: int = 2
    """Attempts of a message; the vendor does not defer the last."""
    resend: bool = False
    """on-unknown: resend."""
    lookups: bool = False
    """Whether the vendor can be asked about what an earlier process had begun."""
    receipts: bool = False
    atomic: bool = False
    """Computing a step and committing it are one action: what is only computed makes no difference to anybody."""
    mutation: Mutation = ""
