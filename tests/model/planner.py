"""The planner: commands and facts in, events and sends out (invoke_planner/worker.py, invoke.py, progress.py)."""

from collections.abc import Iterator

from tests.model.state import INVOKE, MESSAGES, Logs, Planner, Process, Record, Setup, Step

Outputs = list[tuple[str, Record]]


def steps(process: Process[Planner], logs: Logs, setup: Setup) -> Iterator[tuple[str, Process[Planner]]]:
    """What the process may compute now, from any number of the next records of each input."""
    memory = process.memory
    new_commands, new_facts = len(logs.commands) - memory.commands, len(logs.deliveries) - memory.deliveries
    for commands in range(new_commands + 1):
        for facts in range(new_facts + 1):
            after, outputs = _step(memory, logs, commands, facts, setup)
            if after != memory:
                step = Step(tuple(outputs), after._replace(loaded=False))
                yield "computes a step", Process(after, step)
    if memory.accepted and not memory.loaded and not memory.stopped and memory.released < len(INVOKE):
        yield "reads the contacts from the store", Process(memory._replace(loaded=True))


def _step(memory: Planner, logs: Logs, commands: int, facts: int, setup: Setup) -> tuple[Planner, Outputs]:
    outputs: Outputs = []
    for record in logs.commands[memory.commands : memory.commands + commands]:
        memory = _command(memory._replace(commands=memory.commands + 1), record.what, outputs)
    for record in logs.deliveries[memory.deliveries : memory.deliveries + facts]:
        memory = _fact(memory._replace(deliveries=memory.deliveries + 1), record, outputs)
    if memory.loaded and not memory.stopped:
        memory = _release(memory, outputs, setup)
    return memory, outputs


def _command(memory: Planner, what: str, outputs: Outputs) -> Planner:
    match what:
        case "invoke":
            outputs += [("events", Record("accepted", contact)) for contact in INVOKE]
            return memory._replace(accepted=True)
        case "single":
            outputs += [("events", Record("accepted", "S")), ("sends", Record("send", "S", 1))]
        case "stop" if memory.accepted and not all(_is_final(memory.marks[i]) for i in range(len(INVOKE))):
            outputs += [("events", Record("stopped")), ("sends", Record("stop"))]
            memory = memory._replace(stopped=True)
            for contact in INVOKE[memory.released :]:
                memory = _settle(memory, contact, "s", outputs, refund=True)
    return memory


def _release(memory: Planner, outputs: Outputs, setup: Setup) -> Planner:
    early = setup.mutation == "sends are released before the plan is logged"
    if not memory.planned and not (early and memory.released == 0):
        outputs.append(("events", Record("planned")))
        memory = memory._replace(planned=True)
    while memory.released < len(INVOKE) and _may_start(memory, setup):
        outputs.append(("sends", Record("send", INVOKE[memory.released], 1)))
        memory = memory._replace(released=memory.released + 1)
    return memory


def _may_start(memory: Planner, setup: Setup) -> bool:
    """Whether all of a lower order are answered."""
    if setup.mutation == "the next order starts when the one before was released":
        return True
    return all(memory.marks[: memory.released])


def _fact(memory: Planner, fact: Record, outputs: Outputs) -> Planner:
    message = fact.of
    mark = memory.marks[MESSAGES.index(message)]
    match fact.what:
        case "accepted" | "reported":
            return memory if _is_final(mark) and "?" not in mark else _mark(memory, message, "c")
        case "refused" | "dropped":
            return _settle(memory, message, "f" if fact.what == "refused" else "s", outputs, refund=True)
        case "unknown" | "died" if not _is_final(mark):
            doubted = _mark(memory, message, "a?")
            return doubted if fact.resend else _settle(doubted, message, "f", outputs, refund=False)
        case "deferred" if not mark:
            return _mark(memory, message, "a")
    return memory


def _settle(memory: Planner, message: str, final: str, outputs: Outputs, refund: bool) -> Planner:
    mark = memory.marks[MESSAGES.index(message)]
    if _is_final(mark):
        return memory
    if refund:
        outputs.append(("events", Record("refunded", message)))
    return _mark(memory, message, final + ("?" if "?" in mark else ""))


def _mark(memory: Planner, message: str, mark: str) -> Planner:
    marks = tuple(mark if of == message else old for of, old in zip(MESSAGES, memory.marks, strict=True))
    return memory._replace(marks=marks)


def _is_final(mark: str) -> bool:
    return mark[:1] in ("c", "f", "s")
