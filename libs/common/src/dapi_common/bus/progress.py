"""How far a task is, as an entry of its own state: written in each of its transactions, the last one is the truth.

Not as the offsets of its consumer group, which is what these are for: a coordinator that loads them may say that there
are none, or old ones, and whoever believes that sends everything once more (docs/decisions/0011)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import TypeAdapter

from dapi_common.bus.port import Committed

KEY = "inputs"
"""Of the entry, among those of the task itself."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What the next owner of a task has to know of its inputs, by topic."""

    committed: Mapping[str, Committed] = field(default_factory=dict)
    suspects: Mapping[str, Committed] = field(default_factory=dict)
    """What was written down of records that ended a process (suspects.py)."""

    def after(self, committed: Mapping[str, Committed], suspects: Mapping[str, Committed]) -> "Progress":
        """With these besides what is known, and instead of it."""
        return Progress({**self.committed, **committed}, {**self.suspects, **suspects})

    def written(self) -> bytes:
        """As `read` reads it back."""
        return _ADAPTER.dump_json(self)

    @staticmethod
    def read(value: bytes | None) -> "Progress":
        """The value of the entry; None: there is none. Raises ValueError."""
        return _ADAPTER.validate_json(value) if value is not None else Progress()


_ADAPTER = TypeAdapter(Progress)
