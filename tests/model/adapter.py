"""The adapter's task: intent before act (dapi_common/provider/worker.py, facts.py, bus/offsets.py)."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.model.dispatcher import lanes
from tests.model.state import INVOKE, Adapter, Answer, Log, Process, Record, Setup, Step


@dataclass
class Work:
    """A step under way."""

    memory: Adapter
    queue: Log
    setup: Setup
    outputs: list[tuple[str, Record]] = field(default_factory=list)

    def done(self, offset: int) -> None:
        """The record's outcome is part of this commit."""
        memory = self.memory
        self.memory = memory._replace(
            done=memory.done | {offset}, begun=memory.begun - {offset}, own=memory.own - {offset}
        )

    def fact(self, what: str, offset: int, resend: bool = False) -> None:
        """What became of the attempt."""
        send = self.queue[offset]
        self.outputs.append(("deliveries", Record(what, send.of, send.attempt, resend)))

    def gone(self, offset: int) -> bool:
        """Whether no attempt of it must start any more."""
        return self.memory.stopped and self.queue[offset].of in INVOKE


def steps(
    process: Process[Adapter], queue: Log, taken: dict[str, bool], setup: Setup
) -> Iterator[tuple[str, Process[Adapter]]]:
    """What the process may compute now. `taken`: what a look-up at the vendor would find."""
    new = len(queue) - process.memory.next
    for count in range(new + 1):
        for found in (False, True) if setup.lookups else (False,):
            work = Work(process.memory, queue, setup)
            for offset in range(process.memory.next, process.memory.next + count):
                _read(work, offset, found and taken.get(queue[offset].of, False))
            for offset, answer in process.arrivals:
                _settle(work, offset, answer)
            yield from _begin(work, process, bool(count or process.arrivals))


def _read(work: Work, offset: int, found: bool) -> None:
    """A stop holds even where it is done with: it is read again after a crash."""
    memory = work.memory = work.memory._replace(next=offset + 1)
    fresh = offset not in memory.done
    if work.queue[offset].what == "stop":
        work.memory = memory._replace(
            stopped=True, waiting=tuple(o for o in memory.waiting if work.queue[o].of not in INVOKE)
        )
        for doomed in memory.waiting:
            if doomed not in work.memory.waiting:
                work.fact("dropped", doomed)
                work.done(doomed)
        work.done(offset)
    elif fresh and _was_begun(work, offset):
        rash = work.setup.mutation == "what a look-up does not find is sent again"
        _settle(work, offset, "accepted" if found else "deferred" if rash else "lost", "died")
    elif fresh and work.gone(offset):
        work.fact("dropped", offset)
        work.done(offset)
    elif fresh:
        work.memory = memory._replace(waiting=(*memory.waiting, offset))


def _was_begun(work: Work, offset: int) -> bool:
    """Whether an earlier process had begun it and left no answer."""
    forgotten = work.setup.mutation == "what was begun is begun again after a crash"
    return offset in work.memory.begun and not forgotten


def _settle(work: Work, offset: int, answer: Answer, unclear: str = "unknown") -> None:
    send = work.queue[offset]
    again = Record("send", send.of, send.attempt + 1)
    match answer:
        case "accepted" | "refused":
            work.fact(answer, offset)
        case "deferred":
            work.fact("deferred", offset)
            if work.gone(offset):
                work.outputs.append(("deliveries", Record("dropped", send.of, send.attempt + 1)))
            elif work.setup.mutation != "a deferred send stays in the adapter's memory":
                work.outputs.append(("sends", again))
        case "late":
            work.outputs.append(("sends", send))
        case "lost" | "cut":
            resend = work.setup.resend and not work.gone(offset) and send.attempt < work.setup.tries
            work.fact(unclear, offset, resend)
            if resend:
                work.outputs.append(("sends", again))
    work.done(offset)


def _begin(work: Work, process: Process[Adapter], busy: bool) -> Iterator[tuple[str, Process[Adapter]]]:
    """No call, that of any one lane, or as many as there is room for. None starts before the commit."""
    memory = work.memory
    free = work.setup.at_once - len(memory.own)
    choices = {memory.waiting[:free], *(lanes(memory.waiting, work.queue) if free else ())}
    early = work.setup.mutation == "a call starts before it is recorded as begun"
    for begin in {*choices, ()}:
        if begin or busy:
            after = _begun(memory, begin)
            step = Step(tuple(work.outputs), _saved(after, early), () if early else begin)
            yield "computes a step", Process(after, step, process.calls + (begin if early else ()))


def _begun(memory: Adapter, begin: tuple[int, ...]) -> Adapter:
    waiting = tuple(offset for offset in memory.waiting if offset not in begin)
    own = memory.own.union(begin)
    low = min((*waiting, *own), default=memory.next)
    done = frozenset(offset for offset in memory.done if offset >= low)
    return memory._replace(waiting=waiting, begun=memory.begun.union(begin), own=own, done=done)


def _saved(memory: Adapter, early: bool) -> Adapter:
    """The low-water mark, what is done beyond it, and what is begun."""
    low = min((*memory.waiting, *memory.own), default=memory.next)
    return Adapter(low, memory.done, frozenset() if early else memory.begun)
