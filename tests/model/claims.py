"""What must be true of every world that can be reached, and of every one in which nothing more is to come."""

from collections import Counter

from tests.model.state import INVOKE, MESSAGES, Setup, World


def violated(world: World, setup: Setup) -> str:
    """The promise that this world breaks; "" when it keeps them all."""
    deaths = sum(fact.what == "died" for fact in world.logs.deliveries)
    refunds = Counter(fact.of for fact in world.logs.events if fact.what == "refunded")
    if world.broken:
        return world.broken
    if deaths > setup.at_once * world.budget.adapters:
        return "more sends are unknown than calls were under way when adapters died"
    if any(count > 1 for count in refunds.values()):
        return "a message is refunded twice"
    return next((problem for message in MESSAGES if (problem := _untrue(world, message, setup))), "")


def _untrue(world: World, message: str, setup: Setup) -> str:
    """What the vendor and the planner know of one message must agree."""
    place = MESSAGES.index(message)
    taken, mark = world.vendor[place].taken, world.saved[0].marks[place]
    if taken > 1 and not setup.resend:
        return f"the vendor took {message} twice"
    if taken and mark in ("f", "s"):
        return f"{message} counts as {mark}, without a doubt, and the vendor took it"
    if mark == "c" and not taken:
        return f"{message} counts as completed, and the vendor has not got it"
    return ""


def unfinished(world: World, setup: Setup) -> str:
    """Why this world is no end; "" when everything accepted has its final state, and counts and money are right."""
    planner = world.saved[0]
    if planner.commands < len(world.logs.commands):
        return "a command was never taken"
    accepted = [fact.of for fact in world.logs.events if fact.what == "accepted"]
    for message in MESSAGES:
        mark = planner.marks[MESSAGES.index(message)]
        if accepted.count(message) > 1:
            return f"{message} was accepted twice"
        if accepted.count(message) and mark[:1] not in ("c", "f", "s"):
            return f"{message} is lost: accepted, and pending for ever"
        if mark and (problem := _miscounted(world, message, mark, setup)):
            return problem
    return ""


def _miscounted(world: World, message: str, mark: str, setup: Setup) -> str:
    refunded = any(fact.what == "refunded" and fact.of == message for fact in world.logs.events)
    if setup.resend and "?" in mark:
        return ""
    if refunded != (mark in ("f", "s")) and not (setup.resend and mark == "c"):
        return f"{message} counts as {mark}, and is {'' if refunded else 'not '}refunded"
    shown = _shown(world, message)
    if shown != mark[:1]:
        return f"{message} counts as {mark}, and its facts say {shown}"
    return ""


def _shown(world: World, message: str) -> str:
    """What a read model makes of the message's facts, in whatever order: a maximum over their ranks."""
    facts = {fact.what for fact in world.logs.deliveries if fact.of == message and not fact.resend}
    if facts & {"accepted", "reported"}:
        return "c"
    if "refused" in facts:
        return "f"
    if "dropped" in facts:
        return "s"
    if facts & {"unknown", "died"}:
        return "f"
    return "s" if message in INVOKE and INVOKE.index(message) >= world.saved[0].released else ""
