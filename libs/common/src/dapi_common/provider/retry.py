"""When a try that was put off is made again."""

from collections.abc import Callable

BASE_SECONDS = 0.5
CAP_SECONDS = 300.0


def retry_at(now: float, attempt: int, retry_after: float | None, random: Callable[[], float]) -> float:
    """Exponential backoff with full jitter, on top of what the provider asks for. `random` answers 0 <= x < 1."""
    ceiling = min(CAP_SECONDS, BASE_SECONDS * 2.0 ** min(attempt - 1, 16))
    return now + (retry_after or 0.0) + random() * ceiling
