"""What a provider saw of an invoke, computed from its ledger: the rate, its ceiling, and the order."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Submission:
    """One call that reached a provider. `to` has digits only, `at` is in seconds."""

    at: float
    to: str
    accepted: bool


def seconds_of(times: Sequence[float]) -> Iterator[tuple[float, int]]:
    """Of each of them: it, and how many there are in the second that begins with it. They need not be sorted."""
    ordered = sorted(times)
    end = 0
    for first, at in enumerate(ordered):
        while end < len(ordered) and ordered[end] - at < 1.0:
            end += 1
        yield at, end - first


def peak_in_a_second(times: Sequence[float]) -> int:
    """The most of them in any window of one second. They need not be sorted."""
    return max((count for _, count in seconds_of(times)), default=0)


def mean_rate(times: Sequence[float]) -> float:
    """Per second, from the first to the last; 0 for fewer than two."""
    span = max(times) - min(times) if times else 0.0
    return (len(times) - 1) / span if span else 0.0


def order_violations(submissions: Sequence[Submission], order_of: Mapping[str, int]) -> int:
    """How many contacts were called for the first time after one of a higher order had been."""
    seen: set[str] = set()
    highest = violations = 0
    for submission in sorted(submissions, key=lambda one: one.at):
        if submission.to in seen:
            continue
        seen.add(submission.to)
        order = order_of[submission.to]
        violations += order < highest
        highest = max(highest, order)
    return violations
