"""What a run left behind, as the checkers read it: plain values, that a test can make up."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from tests.faults.inject import Injected
from tests.faults.load import Invoke

FINAL = frozenset({"completed", "failed", "stopped"})
UNKNOWN = "delivery-unknown"


@dataclass(frozen=True, slots=True)
class Submission:
    """One line of a provider's ledger: what reached it, when, and whether it took it."""

    at: float
    number: str
    taken: bool


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of a message, when its outcome was known."""

    at: float
    outcome: str
    code: str


@dataclass(frozen=True, slots=True)
class Message:
    """What the API says of a message, at the end."""

    id: str
    account: str
    number: str
    provider: str
    status: str
    error: str = ""
    attempts: Sequence[Attempt] = ()

    @property
    def is_unknown(self) -> bool:
        return self.error == UNKNOWN


@dataclass(frozen=True, slots=True)
class Progress:
    """What an invoke says of itself, and what its contacts say."""

    id: str
    account: str
    status: str
    counts: Mapping[str, int]
    contacts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Money:
    """An account's: `movements` is its ledger."""

    account: str
    balance: Decimal
    movements: Sequence[Decimal]
    topped_up: Decimal
    fee: Decimal


def sharp(start: float) -> float:
    """They are right."""
    return 0.0


@dataclass(frozen=True, slots=True)
class Facts:
    """All of it. `accounts`: each account's own ceiling. `blur`: by how many seconds the ledger's times may be wrong in
    the second that begins then."""

    singles: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    invokes: Sequence[Invoke] = ()
    messages: Sequence[Message] = ()
    ledger: Sequence[Submission] = ()
    progress: Sequence[Progress] = ()
    money: Sequence[Money] = ()
    accounts: Mapping[str, int] = field(default_factory=dict)
    injected: Sequence[Injected] = ()
    blur: Callable[[float], float] = sharp
