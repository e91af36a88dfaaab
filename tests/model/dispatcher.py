"""The dispatcher: sends in, the provider's queue out, in the order of each lane (dispatcher/worker.py, lanes.py).

When a send's slot comes is not modelled: a step may release nothing, the head of any one lane, or all."""

from collections.abc import Iterator

from tests.model.state import INVOKE, Dispatcher, Log, Process, Record, Setup, Step

Outputs = list[tuple[str, Record]]


def steps(process: Process[Dispatcher], sends: Log, setup: Setup) -> Iterator[tuple[str, Process[Dispatcher]]]:
    """What the process may compute now."""
    new = len(sends) - process.memory.next
    for count in range(new + 1):
        read, outputs = _read(process.memory, sends, count)
        for offsets in {*lanes(read.waiting, sends), read.waiting, ()}:
            if count or offsets:
                waiting = tuple(offset for offset in read.waiting if offset not in offsets)
                low = min(waiting, default=read.next)
                done = frozenset(offset for offset in {*read.done, *offsets} if offset >= low)
                after = read._replace(done=done, waiting=waiting)
                released = [("queue", sends[offset]) for offset in offsets]
                step = Step((*outputs, *released), _saved(after, low, setup))
                yield "computes a step", Process(after, step)


def lanes(waiting: tuple[int, ...], log: Log) -> Iterator[tuple[int, ...]]:
    """The head of each lane: the invoke's, the single messages', and each that comes again."""
    seen = set()
    for offset in waiting:
        record = log[offset]
        lane = (record.of in INVOKE, offset if record.attempt > 1 else 0)
        if lane not in seen:
            seen.add(lane)
            yield (offset,)


def _read(memory: Dispatcher, sends: Log, count: int) -> tuple[Dispatcher, Outputs]:
    outputs: Outputs = []
    done, waiting, stopped = set(memory.done), list(memory.waiting), memory.stopped
    for offset in range(memory.next, memory.next + count):
        record = sends[offset]
        if offset in done:
            continue
        if record.what == "stop":
            stopped = True
            outputs.append(("queue", record))
            doomed = [o for o in waiting if sends[o].of in INVOKE]
            waiting = [o for o in waiting if o not in doomed]
            done |= {offset, *doomed}
            outputs += [("deliveries", Record("dropped", sends[o].of, sends[o].attempt)) for o in doomed]
        elif stopped and record.of in INVOKE:
            done.add(offset)
            outputs.append(("deliveries", Record("dropped", record.of, record.attempt)))
        else:
            waiting.append(offset)
    after = Dispatcher(memory.next + count, frozenset(done), stopped, tuple(waiting))
    return after, outputs


def _saved(memory: Dispatcher, low: int, setup: Setup) -> Dispatcher:
    """The low-water mark and what is dealt with beyond it; the stops."""
    forgetful = setup.mutation == "a stop is forgotten when the dispatcher dies"
    return Dispatcher(low, memory.done, memory.stopped and not forgetful)
