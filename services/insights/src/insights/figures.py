"""From counts to the figures of a window."""

import sys
from collections import Counter
from collections.abc import Iterator
from typing import Final, get_args

from dapi_common.events.receipts import ReceiptStatus
from dapi_common.events.signals import BOUNDS, MOST_ERRORS, OTHER, Figures, OutcomeClass, SignalSampled

Counts = Counter[str]
"""How often each thing happened, named `<kind> <which>`: a count is one entry of a flat dict, and a sum is a sum."""

_OUTCOME, _AUTH, _ERROR, _LATENCY, _RECEIPT = "outcome", "auth", "error", "latency", "receipt"
_OUTCOMES: Final[tuple[OutcomeClass, ...]] = get_args(OutcomeClass)
_RECEIPTS: Final[tuple[ReceiptStatus, ...]] = get_args(ReceiptStatus)


def counted(sample: SignalSampled) -> Counts:
    """What a sample adds."""
    return Counter({sys.intern(name): count for name, count in _named(sample) if count})


def _named(sample: SignalSampled) -> Iterator[tuple[str, int]]:
    yield _AUTH, sample.auth
    for kind, counts in (
        (_OUTCOME, sample.outcomes),
        (_ERROR, sample.errors),
        (_LATENCY, sample.latencies),
        (_RECEIPT, sample.receipts),
    ):
        for which, count in counts.items():
            yield f"{kind} {which}", count


def figures(counts: Counts) -> Figures:
    """Of a window with these counts."""
    latencies = sorted((int(which), count) for which, count in _of(counts, _LATENCY))
    return Figures(
        outcomes={name: counts[f"{_OUTCOME} {name}"] for name in _OUTCOMES if f"{_OUTCOME} {name}" in counts},
        auth=counts[_AUTH],
        errors=_errors(counts),
        p50=percentile(latencies, 50),
        p95=percentile(latencies, 95),
        receipts={name: counts[f"{_RECEIPT} {name}"] for name in _RECEIPTS if f"{_RECEIPT} {name}" in counts},
    )


def percentile(latencies: list[tuple[int, int]], percent: int) -> float | None:
    """What so many percent took at most, in seconds: the upper bound of a bucket, so up to a quarter too high. Takes
    (bucket, count) in ascending order; None of none."""
    total, passed = sum(count for _, count in latencies), 0
    for slot, count in latencies:
        passed += count
        if passed * 100 >= total * percent:
            return round(BOUNDS[slot], 4)
    return None


def _errors(counts: Counts) -> dict[str, int]:
    """The most frequent codes, and what is left of them together."""
    found = sorted(_of(counts, _ERROR), key=lambda error: (error[0] == OTHER, -error[1], error[0]))
    named, rest = found[:MOST_ERRORS], sum(count for _, count in found[MOST_ERRORS:])
    return {**dict(named), **({OTHER: rest} if rest else {})}


def _of(counts: Counts, kind: str) -> Iterator[tuple[str, int]]:
    for name, count in counts.items():
        if name.startswith(f"{kind} "):
            yield name.partition(" ")[2], count
