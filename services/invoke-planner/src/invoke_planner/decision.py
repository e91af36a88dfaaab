"""What a decision is: the events that a command causes, or why it changes nothing."""

from dataclasses import dataclass

from invoke_planner.account import Event
from invoke_planner.credits import Insufficient


@dataclass(frozen=True, slots=True)
class Rejected:
    """Why a command changes nothing: an error code of the API, what to do about it, and the field to blame."""

    code: str
    description: str
    field: str | None = None


Decision = list[Event] | Rejected


@dataclass(frozen=True, slots=True)
class Unchanged:
    """What a command asks for is so already: its answer names these ids."""

    ids: tuple[str, ...]


def not_found(kind: str) -> Rejected:
    """There is none of that kind with this id."""
    return Rejected("not-found", f"There is no such {kind}.")


def insufficient(reason: Insufficient) -> Rejected:
    """The balance does not cover it."""
    description = f"This needs {reason.needed} and the balance is {reason.balance}: top up first."
    return Rejected("credits-insufficient", description)
