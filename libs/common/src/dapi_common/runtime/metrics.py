"""Every metric of every process, declared once. Labels hold names of ours, never ids, addresses or texts."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector

REGISTRY: Final = CollectorRegistry()
"""What `/metrics` shows."""

ProcessCollector(registry=REGISTRY)

_FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_CALL = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


def _counter(name: str, help_line: str, *labels: str) -> Counter:
    return Counter(name, help_line, labels, registry=REGISTRY)


def _seconds(name: str, help_line: str, *labels: str, buckets: tuple[float, ...] = _FAST) -> Histogram:
    return Histogram(name, help_line, labels, buckets=buckets, registry=REGISTRY)


OUTPUTS: Final = _counter("dapi_outputs", "Records written by committed transactions, by topic.", "topic")
COMMITS: Final = _counter("dapi_commits", "Transactions committed by workers.")
PARKED: Final = _counter("dapi_parked", "Records that nobody could process, by the topic they came from.", "topic")
STEP_SECONDS: Final = _seconds("dapi_step_seconds", "One step of a task, without its commit.")
COMMIT_SECONDS: Final = _seconds("dapi_commit_seconds", "One transaction, from begin to commit.")

FOLDED: Final = _counter("dapi_folded", "Records folded into read models.")
FOLD_SECONDS: Final = _seconds("dapi_fold_seconds", "One batch of the projector, from its bytes to its positions.")
STORE_SECONDS: Final = _seconds("dapi_store_seconds", "Calls of the document store that answered, by call.", "call")
STORE_FAILURES: Final = _counter("dapi_store_failures", "Calls that the document store did not answer in time.", "call")
BARRIER_SECONDS: Final = _seconds("dapi_barrier_seconds", "Waits for the projector, by whether it got there.", "passed")

HTTP_REQUESTS: Final = _counter("dapi_http_requests", "Requests answered by the API.", "method", "route", "status")
HTTP_SECONDS: Final = _seconds(
    "dapi_http_seconds", "Requests of the API, from first byte to answer.", "method", "route"
)

PROVIDER_CALLS: Final = _counter("dapi_provider_calls", "Calls to providers, by outcome.", "provider", "outcome")
PROVIDER_SECONDS: Final = _seconds("dapi_provider_seconds", "Calls to providers.", "provider", buckets=_CALL)
LOOKUPS: Final = _counter("dapi_lookups", "Questions to vendors about unclear sends.", "provider", "result")
CALLBACKS: Final = _counter("dapi_callbacks", "Callbacks of vendors, by what became of them.", "provider", "result")
SAMPLES: Final = _counter("dapi_samples", "Samples that insights read, by what became of them.", "result")
SAMPLES_LOST: Final = _counter("dapi_samples_lost", "Calls and receipts that no figure will show.", "provider")


@contextmanager
def timed(histogram: Histogram) -> Iterator[None]:
    """Observes how long the block took, unless it raised."""
    started = perf_counter()
    yield
    histogram.observe(perf_counter() - started)
