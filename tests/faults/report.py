"""What a run found: one JSON object for machines, and whether all is well."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from tests.faults.checks import accepted
from tests.faults.facts import Facts
from tests.faults.writing import Counts

MUST_BE_ZERO = (
    "lost",
    "duplicated",
    "unexplained",
    "over_ceiling",
    "out_of_order",
    "after_stop",
    "pending",
    "balance_off",
    "counts_off",
    "refused",
)


@dataclass(frozen=True, slots=True)
class Report:
    """`unknown`: messages of which nobody knows what became; each is shown as such. `over_one_percent`: with
    nothing excused. `refused`: writes that were refused for no reason that we know of. `unanswered`: tries of writes
    that got no answer, or one that asks to try again."""

    seed: int
    minutes: float
    faults: int
    accepted: int
    lost: int
    duplicated: int
    unknown: int
    unexplained: int
    over_ceiling: int
    over_one_percent: int
    out_of_order: int
    after_stop: int
    pending: int
    balance_off: int
    counts_off: int
    refused: int
    unanswered: int

    @classmethod
    def of(
        cls, seed: int, minutes: float, facts: Facts, found: Mapping[str, Sequence[str]], counts: Counts
    ) -> "Report":
        """`found`: what is wrong, by name."""
        return cls(
            seed=seed,
            minutes=round(minutes, 1),
            faults=len(facts.injected),
            accepted=len(accepted(facts)),
            unknown=sum(message.is_unknown for message in facts.messages),
            refused=len(counts.refusals),
            unanswered=sum(times for status, times in counts.answers.items() if status in (0, 429) or status >= 500),
            **{name: len(lines) for name, lines in found.items()},
        )

    @property
    def is_clean(self) -> bool:
        return not any(getattr(self, name) for name in MUST_BE_ZERO)

    def line(self) -> str:
        """The JSON object."""
        return json.dumps(asdict(self))
