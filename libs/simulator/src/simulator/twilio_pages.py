"""Twilio's lists: https://www.twilio.com/docs/usage/twilios-response"""

import math
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from email.utils import format_datetime
from functools import lru_cache
from itertools import islice
from typing import TypeVar

PAGE_SIZE = 50
LARGEST_PAGE = 1000
DAY = 86_400.0

Item = TypeVar("Item")


def page(
    name: str, path: str, query: Mapping[str, str], items: Iterable[Item], resource: Callable[[Item], dict[str, object]]
) -> dict[str, object]:
    """One page of a list; ValueError for a bad number."""
    size = min(int(query.get("PageSize", PAGE_SIZE)), LARGEST_PAGE)
    number = int(query.get("Page", 0))
    if size < 1 or number < 0:
        raise ValueError("pages count from 0 and are not empty")
    start = number * size
    found = list(islice(items, start, start + size + 1))
    shown = [resource(item) for item in found[:size]]
    return {
        name: shown,
        "page": number,
        "page_size": size,
        "start": start,
        "end": start + max(len(shown) - 1, 0),
        "uri": f"{path}?PageSize={size}&Page={number}",
        "first_page_uri": f"{path}?PageSize={size}&Page=0",
        "next_page_uri": f"{path}?PageSize={size}&Page={number + 1}" if len(found) > size else None,
        "previous_page_uri": f"{path}?PageSize={size}&Page={number - 1}" if number else None,
    }


def between(name: str, query: Mapping[str, str]) -> tuple[float, float]:
    """The times that `name`, `name>` and `name<` allow, bounds included: on the wire they read `name>=…`. A bound is a
    day, or a second; ValueError for anything else."""
    first, last = _span(query[name]) if name in query else (0.0, math.inf)
    earliest = _span(query[f"{name}>"])[0] if f"{name}>" in query else 0.0
    latest = _span(query[f"{name}<"])[1] if f"{name}<" in query else math.inf
    return max(first, earliest), min(last, latest)


def _span(text: str) -> tuple[float, float]:
    if len(text) == len("2026-01-02"):
        start = datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC).timestamp()
        return start, start + DAY - 1e-6
    at = datetime.fromisoformat(text)
    second = (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    return second, second + 1 - 1e-6


@lru_cache(maxsize=16)
def rfc2822(second: int) -> str:
    return format_datetime(datetime.fromtimestamp(second, UTC))
