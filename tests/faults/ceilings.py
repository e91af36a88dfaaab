"""Is any second over its ceiling? Every account of a run sends through all providers, so all share."""

from collections.abc import Callable, Sequence

from local_stack.figures import seconds_of
from tests.faults.facts import Facts, Submission
from tests.faults.load import PROVIDERS
from tests.faults.windows import Window, distorted, shaken

OVER = 1.01
"""What a ceiling may be exceeded by."""
CHANGING = 1.15
"""And while its providers' shares of it change: adapters differ by 0.15 s (decision 0008). That is taken to go on for
SETTLED seconds after trouble."""
SETTLED = 60.0
SHARING = len(PROVIDERS)
"""Any window may hold one more than its ceiling, of each provider."""


def over_ceiling(facts: Facts, excused: bool = True) -> list[str]:
    """Invokes and accounts of which more came in some second than their ceiling lets through. Not `excused`: by OVER,
    whatever happened."""
    groups: list[tuple[str, int, set[str]]] = [
        (f"invoke {one.id} of {one.account}", one.mps, set(one.order_of)) for one in facts.invokes
    ]
    for account, mps in facts.accounts.items():
        numbers = {number for number, (owner, _) in facts.singles.items() if owner == account}
        numbers.update(*(one.order_of for one in facts.invokes if one.account == account))
        groups.append((f"account {account}", mps, numbers))
    entries, windows = clear(facts), shaken(facts.injected) if excused else ()
    found = [
        (name, mps, most_over([one.at for one in entries if one.number in group], mps, facts.blur, windows))
        for name, mps, group in groups
    ]
    return [f"{name}: {peak} in a second, at most {mps}" for name, mps, peak in found if peak]


def most_over(times: Sequence[float], mps: int, blur: Callable[[float], float], windows: Sequence[Window]) -> int:
    """The most in a second that has more than it may; 0 when none has. What was read in a blurred second may have come
    in a longer one; within `windows` adapters are differently late, and each may catch up at the ceiling."""
    over = [(at, count) for at, count in seconds_of(times) if count > mps * OVER + SHARING]

    def allowed(at: float) -> float:
        since = min((at - end for start, end in windows if start <= at), default=SETTLED)
        factor = SHARING * OVER if since <= 0 else CHANGING if since < SETTLED else OVER
        return (1 + blur(at)) * mps * factor + SHARING

    return max((count for at, count in over if count > allowed(at)), default=0)


def clear(facts: Facts) -> Sequence[Submission]:
    """The ledger without what a frozen provider, or a slow wire to it, has heaped up: its clock says when it read."""
    blurred = distorted(facts.injected)
    return [entry for entry in facts.ledger if not any(start <= entry.at <= end for start, end in blurred)]
