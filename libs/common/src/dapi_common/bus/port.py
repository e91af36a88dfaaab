"""What a worker is, and what it needs of a log: small ports with an in-memory and a Kafka implementation.

A worker runs one *task* per partition. A task is a function of (records, arrivals, now) to Effects, over a state of
its own. The processor (`task.py`) commits all that a step asks for in one transaction and only then starts the
step's jobs; a job's result comes back as an arrival of a later step."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from dapi_common.events.envelope import Payload
from dapi_common.events.outcomes import CommandOutcome
from dapi_common.topics import Topic

Headers = Sequence[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Record:
    """One record as read. `timestamp` is in seconds since the epoch."""

    topic: str
    partition: int
    offset: int
    key: bytes
    value: bytes | None
    headers: Headers
    timestamp: float


@dataclass(frozen=True, slots=True)
class Output:
    """One record to be written. Without `partition` the key decides."""

    topic: Topic
    payload: Payload
    key: str | None = None
    """The payload's account unless said otherwise."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An outcome to be written after the outputs: it names the offset of the `cause`-th of them (None: of none)."""

    outcome: CommandOutcome
    reply_to: str
    cause: int | None


@dataclass(frozen=True, slots=True)
class Committed:
    """How far an input has been read: everything below `offset`, and what `metadata` says beyond (<= 4 KB)."""

    offset: int
    metadata: str = ""


Job = Callable[[], Awaitable[object]]
"""Work that a step wants done after its commit. Its result arrives at a later step; it must not raise."""


@dataclass(slots=True)
class Effects:
    """All that one step of a task asks for. Outputs, replies, state and offsets become visible together or not at
    all; jobs start only after that."""

    outputs: list[Output] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    state: dict[str, bytes | None] = field(default_factory=dict)
    """Changes of the task's own state, by key: None removes the key."""
    offsets: dict[str, Committed] = field(default_factory=dict)
    """By input topic. An input that is missing here is committed up to the last record that the step was given."""
    parked: list[tuple[Record, str]] = field(default_factory=list)
    """Records that nobody can process, each with the reason (never with content)."""
    jobs: list[Job] = field(default_factory=list)
    wake_at: float | None = None
    """When the next step is due even if nothing comes (seconds since the epoch)."""

    def __bool__(self) -> bool:
        """Whether there is anything to commit."""
        return self.says or bool(self.state or self.offsets)

    @property
    def says(self) -> bool:
        """Whether there is anything that others wait for."""
        return bool(self.outputs or self.replies or self.parked)


class Task(Protocol):
    """The state of one partition and the function over it. Called by one processor, never concurrently."""

    def restore(self, key: str, value: bytes) -> None:
        """One entry of the state, as the last commit left it. Called for every key before `resume`."""
        ...

    def resume(self, committed: Mapping[str, Committed], now: float) -> None:
        """The state is complete; reading goes on from `committed` (inputs without a commit are missing)."""
        ...

    def appetite(self) -> int:
        """How many records the next step can take (0: none for now)."""
        ...

    def drain(self) -> None:
        """The task is about to be given up: from here on a step begins nothing new, it only takes arrivals."""
        ...

    def step(self, records: Sequence[Record], arrivals: Sequence[object], now: float) -> Effects:
        """Takes what came. An exception ends the process: it is a defect, not an outcome."""
        ...


TaskFactory = Callable[[int], Task]


@dataclass(frozen=True, slots=True)
class Transaction:
    """What a step's commit makes visible together."""

    outputs: Sequence[Output]
    replies: Sequence[Reply]
    state: Mapping[str, bytes | None]
    offsets: Mapping[str, Committed]
    parked: Sequence[tuple[Record, str]]


class TaskLog(Protocol):
    """The one writer of a partition's task. Whoever opened it before is fenced off."""

    async def commit(self, transaction: Transaction) -> None:
        """Raises Fenced when another process owns the task by now, and any error of the log: the process must end."""
        ...

    async def suspect(self, suspects: Mapping[str, Committed]) -> None:
        """Writes down, in a transaction of its own, what is to be known of an input's records by whoever opens the
        task next (suspects.py). Raises as `commit` does."""
        ...

    async def close(self) -> None:
        """Gives it up. Bounded."""
        ...


class Fenced(RuntimeError):
    """Another process owns this task."""


class TooManyParked(RuntimeError):
    """Nothing can be read or handled any more: emptying the topic into parking would be the wrong answer."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A task that this process owns: its log, how far its inputs are committed, and its state."""

    log: TaskLog
    committed: Mapping[str, Committed]
    positions: Mapping[str, int]
    """Where reading of each input goes on: at the commit, else at the input's start."""
    state: Mapping[str, bytes]
    suspects: Mapping[str, Committed] = field(default_factory=dict)
    """The last word of each input's suspects."""


class Assignment(Protocol):
    """Told which tasks this process has. Both are awaited before anything else of the group goes on."""

    async def revoked(self) -> None:
        """All tasks are taken away: finish what is under way."""
        ...

    async def assigned(self, partitions: Collection[int]) -> None:
        """These tasks, and no others, are this process's."""
        ...


class Feed(Protocol):
    """A member of a worker's consumer group: the inputs, all with the same partitions."""

    async def start(self, assignment: Assignment) -> None:
        """Joins the group."""
        ...

    async def open(self, partition: int) -> Opened:
        """Fences whoever had the task, and positions the inputs at what is committed."""
        ...

    async def poll(self, wanted: Mapping[int, int], timeout: float) -> Mapping[int, Sequence[Record]]:
        """Records of the tasks in `wanted` (partition: at most so many), waiting up to `timeout` seconds. Raises what
        ended the membership, also where nothing is wanted."""
        ...

    def seek(self, partition: int, positions: Mapping[str, int]) -> None:
        """Reads on from these offsets."""
        ...

    async def stop(self) -> None:
        """Leaves the group. Bounded."""
        ...


class Reader(Protocol):
    """Reads whole topics without a group: for tables that every process keeps, and for projections."""

    async def start(self) -> None: ...

    async def poll(self, timeout: float) -> Sequence[Record]:
        """Committed records in the order of their partitions, waiting up to `timeout` seconds."""
        ...

    async def at_end(self) -> bool:
        """Whether all that was written before `start` has been read."""
        ...

    async def reached(self, offsets: Mapping[tuple[str, int], int]) -> bool:
        """Whether everything below these offsets, by (topic, partition), has been read or is gone."""
        ...

    async def stop(self) -> None: ...


class Archive(Protocol):
    """What the log said at a time."""

    async def upto(self, topics: Sequence[Topic], key: str, until: float, most: int) -> Sequence[Record] | None:
        """The records of a key, topic by topic, that come before the first record of its partition that is later than
        `until` (by the records' own timestamps, which are in milliseconds): so they are all that a reader had seen who
        stopped there. None when more than `most` records, anyone's, would have to be read for that. Raises
        TimeoutError when the log does not answer; takes as long as it takes."""
        ...


class Publisher(Protocol):
    """Writes single records outside transactions, idempotently."""

    async def publish(self, output: Output, timeout: float) -> tuple[int, int]:
        """(partition, offset). Raises TimeoutError when the log did not answer in time: whether the record was
        written is then not known."""
        ...

    async def park(self, record: Record, reason: str, timeout: float) -> None:
        """Puts a record that a reader can't process on the parking topic. Raises TimeoutError."""
        ...
