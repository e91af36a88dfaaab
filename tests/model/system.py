"""What may happen next in a `World`: every action of every actor, and every fault that the bounds still allow.

A process that is killed is at once started again with what is committed: one that starts later is one that does not
act. Only the newest process of an actor can commit; another's attempt ends it."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from tests.model import adapter, dispatcher, planner
from tests.model.state import (
    ACTORS,
    INVOKE,
    MESSAGES,
    Actor,
    Adapter,
    Answer,
    Budget,
    Dispatcher,
    Log,
    Logs,
    Planner,
    Process,
    Record,
    Setup,
    Step,
    Vendor,
    World,
    Zombie,
)


class Action(NamedTuple):
    """Who did what. `is_certain`: sooner or later it happens, which nobody promises of faults, receipts and stops."""

    who: str
    what: str
    detail: str = ""
    is_certain: bool = True

    def __str__(self) -> str:
        return f"{self.who} {self.what}{self.detail and ' ' + self.detail}"


FENCED: Step[Any] = Step((), None)
Next = Iterator[tuple[Action, World]]


def start(setup: Setup) -> World:
    """Nothing has happened; commands that come at once are in the log."""
    saved = (Planner(), Dispatcher(), Adapter())
    commands = tuple(Record(command) for command in setup.commands if command != "stop")
    return World(
        Logs(commands=commands),
        saved,
        Process(saved[0]),
        Process(saved[1]),
        Process(saved[2]),
        None,
        (Vendor(), Vendor(), Vendor()),
        Budget(setup.crashes, setup.zombies, lates=setup.lates),
    )


def successors(world: World, setup: Setup) -> Next:
    """Every world that one action away from this one."""
    yield from _clients(world, setup)
    yield from _working(world, setup)
    for actor in ACTORS:
        yield from _commits(world, actor, setup)
        yield from _faults(world, actor, setup)
    for offset in world.adapter.calls:
        yield from _calls(world, offset, setup)
    yield from _zombie(world, setup)
    yield from _receipts(world, setup)


def _clients(world: World, setup: Setup) -> Next:
    if "stop" in setup.commands and len(world.logs.commands) < len(setup.commands):
        yield Action("the client", "asks for a stop", is_certain=False), append(world, "commands", Record("stop"))


def _working(world: World, setup: Setup) -> Next:
    for actor, action, after in _computing(world, setup):
        if setup.atomic and _process(after, actor).step:
            yield from _commits(after, actor, setup)
        else:
            yield action, after


def _computing(world: World, setup: Setup) -> Iterator[tuple[Actor, Action, World]]:
    if world.planner.step is None:
        for what, planning in planner.steps(world.planner, world.logs, setup):
            yield "planner", Action("the planner", what), world._replace(planner=planning)
    if world.dispatcher.step is None:
        for what, dispatching in dispatcher.steps(world.dispatcher, world.logs.sends, setup):
            yield "dispatcher", Action("the dispatcher", what), world._replace(dispatcher=dispatching)
    if world.adapter.step is None:
        taken = {message: world.vendor[i].taken > 0 for i, message in enumerate(MESSAGES)}
        for what, calling in adapter.steps(world.adapter, world.logs.queue, taken, setup):
            yield "adapter", Action("the adapter", what), world._replace(adapter=calling)


def _process(world: World, actor: Actor) -> Process[Any]:
    match actor:
        case "planner":
            return world.planner
        case "dispatcher":
            return world.dispatcher
        case "adapter":
            return world.adapter


def _commits(world: World, actor: Actor, setup: Setup) -> Next:
    """One transaction: outputs, state and offsets; then the calls may start. Two mutations tear it apart."""
    process = _process(world, actor)
    if (step := process.step) is None:
        return
    ended: dict[str, Any] = {actor: process._replace(step=None, calls=tuple(sorted(process.calls + step.calls)))}
    match setup.mutation:
        case "outputs are committed before offsets" if step.outputs:
            half: dict[str, Any] = {actor: process._replace(step=step._replace(outputs=()))}
            yield Action(f"the {actor}", "commits its outputs"), _write(world, step)._replace(**half)
        case "offsets are committed before outputs" if step.saved != world.saved[ACTORS.index(actor)]:
            yield Action(f"the {actor}", "commits its offsets"), _save(world, actor, step)
        case _:
            written = _save(_write(world, step), actor, step)
            yield Action(f"the {actor}", "commits", _told(step)), written._replace(**ended)


def _told(step: Step[Any]) -> str:
    outputs = [f"{record.what} {record.of}{record.attempt or ''} to {topic}" for topic, record in step.outputs]
    begun = [f"begun at offset {offset}" for offset in step.calls]
    return ", ".join([*outputs, *begun]) or "offsets"


def _write(world: World, step: Step[Any]) -> World:
    """The outputs. A plan must be in the log before its sends, which a look at the log afterwards would not tell."""
    for topic, record in step.outputs:
        if topic == "sends" and record.of in INVOKE and Record("planned") not in world.logs.events:
            world = world._replace(broken="a send of the invoke is in the log before its plan")
        world = append(world, topic, record)
    return world


def _save(world: World, actor: Actor, step: Step[Any]) -> World:
    if actor == "adapter" and any(_stopped(world, offset) for offset in step.calls):
        world = world._replace(broken="a call was begun after the adapter had obeyed the stop")
    place = ACTORS.index(actor)
    saved: Any = (*world.saved[:place], step.saved, *world.saved[place + 1 :])
    return _forgotten(world._replace(saved=saved))


def _forgotten(world: World) -> World:
    """The order of what nobody will read again makes no difference: worlds that differ in nothing else are one."""
    planning, dispatching, adapting = world.saved
    logs = world.logs
    return world._replace(
        logs=logs._replace(
            events=tuple(sorted(logs.events)),
            deliveries=_sorted(logs.deliveries, planning.deliveries),
            sends=_sorted(logs.sends, dispatching.next),
            queue=logs.queue if world.zombie else _sorted(logs.queue, adapting.next),
        )
    )


def _sorted(log: Log, below: int) -> Log:
    return (*sorted(log[:below]), *log[below:])


def _stopped(world: World, offset: int) -> bool:
    """Whether the adapter has, in the log, dealt with a stop, and this is a send of the invoke."""
    done = world.saved[2]
    stops = [o for o, record in enumerate(world.logs.queue) if record.what == "stop"]
    return world.logs.queue[offset].of in INVOKE and any(o < done.next or o in done.done for o in stops)


def _faults(world: World, actor: Actor, setup: Setup) -> Next:
    """kill -9; or it is frozen, taken for dead and replaced."""
    process, fresh = _process(world, actor), Process(world.saved[ACTORS.index(actor)])
    if process == fresh:
        return
    budget = world.budget._replace(adapters=world.budget.adapters + (actor == "adapter"))
    renewed: dict[str, Any] = {actor: fresh}
    again = world._replace(**renewed)
    if budget.crashes:
        killed = budget._replace(crashes=budget.crashes - 1)
        yield Action(f"the {actor}", "is killed", is_certain=False), again._replace(budget=killed)
    if budget.zombies and (process.step or process.calls):
        frozen = budget._replace(zombies=budget.zombies - 1)
        zombie = Zombie(actor, _frozen(process, setup))
        action = Action(f"the {actor}", "is frozen and replaced", is_certain=False)
        yield action, again._replace(budget=frozen, zombie=zombie)


def _frozen(process: Process[Any], setup: Setup) -> Process[Any]:
    """What it knows and has computed is worth nothing where it is fenced; the calls that it is about to make are."""
    if setup.mutation == "nobody is fenced":
        return process
    return process._replace(memory=None, step=process.step and FENCED, arrivals=())


def _calls(world: World, offset: int, setup: Setup) -> Next:
    send = world.logs.queue[offset]
    for answer in _answers(setup, send.attempt):
        after = _called(world, offset, answer, setup)
        after = after._replace(adapter=_answered(world.adapter, offset, answer))
        yield Action("the adapter", "calls the vendor", f"for {send.of}{send.attempt}: {answer}"), after
    if world.budget.lates:
        budget = world.budget._replace(lates=world.budget.lates - 1)
        late = _answered(world.adapter, offset, "late")
        action = Action("the adapter", "is too late to call", f"for {send.of}{send.attempt}", is_certain=False)
        yield action, world._replace(adapter=late, budget=budget)


def _answered(process: Process[Adapter], offset: int, answer: Answer) -> Process[Adapter]:
    calls = tuple(other for other in process.calls if other != offset)
    return process._replace(calls=calls, arrivals=tuple(sorted((*process.arrivals, (offset, answer)))))


def _answers(setup: Setup, attempt: int) -> list[Answer]:
    return [answer for answer in setup.answers if answer != "deferred" or attempt < setup.tries]


def _called(world: World, offset: int, answer: Answer, setup: Setup) -> World:
    """What the vendor sees of a call."""
    send = world.logs.queue[offset]
    if answer == "cut":
        return world
    place = MESSAGES.index(send.of)
    known = world.vendor[place]
    if send.attempt in known.attempts:
        world = world._replace(broken=f"{send.of} was submitted twice on one attempt")
    if send.of == "B" and not any(fact.of == "A" for fact in world.logs.deliveries):
        world = world._replace(broken="B was submitted before A was answered")
    taken = known.taken + (answer in ("accepted", "lost"))
    vendor = list(world.vendor)
    vendor[place] = known._replace(attempts=(*known.attempts, send.attempt), taken=taken)
    return world._replace(vendor=(vendor[0], vendor[1], vendor[2]))


def _zombie(world: World, setup: Setup) -> Next:
    """It makes the calls that it had begun, and tries to commit what it had computed, which ends it."""
    if (zombie := world.zombie) is None:
        return
    actor, process = zombie
    for offset in process.calls:
        send = world.logs.queue[offset]
        rest = process._replace(calls=tuple(other for other in process.calls if other != offset))
        for answer in _answers(setup, send.attempt):
            after = _called(world, offset, answer, setup)
            action = Action(f"the {actor} of before", "calls the vendor", f"for {send.of}{send.attempt}: {answer}")
            yield action._replace(is_certain=False), after._replace(zombie=zombie._replace(process=rest))
    if process.step is None:
        return
    if setup.mutation == "nobody is fenced":
        late = process._replace(step=None, calls=process.calls + process.step.calls)
        written = _save(_write(world, process.step), actor, process.step)._replace(zombie=Zombie(actor, late))
        yield Action(f"the {actor} of before", "commits", _told(process.step), is_certain=False), written
    else:
        yield Action(f"the {actor} of before", "is fenced and ends", is_certain=False), world._replace(zombie=None)


def _receipts(world: World, setup: Setup) -> Next:
    for place, known in enumerate(world.vendor if setup.receipts else ()):
        if known.taken and not known.reported:
            vendor = list(world.vendor)
            vendor[place] = known._replace(reported=True)
            after = world._replace(vendor=(vendor[0], vendor[1], vendor[2]))
            report = Action("the vendor", "reports", MESSAGES[place], is_certain=False)
            yield report, append(after, "deliveries", Record("reported", MESSAGES[place], 1))


def append(world: World, topic: str, record: Record) -> World:
    """One log is longer."""
    return world._replace(logs=world.logs._replace(**{topic: (*getattr(world.logs, topic), record)}))
