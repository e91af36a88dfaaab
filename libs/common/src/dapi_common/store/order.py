"""The order of values: MongoDB's own (BSON), which `maximum`, ranges and sorting follow."""

from datetime import datetime
from typing import Any

from dapi_common.store.port import Value


def rank(value: Value) -> tuple[int, Any]:
    """A key that sorts values as the store does: null, numbers, strings, objects, arrays, booleans, dates. Objects
    compare field by field in their own order: first types, then names, then values."""
    match value:
        case None:
            return 0, 0
        case bool():
            return 5, value
        case int() | float():
            return 1, value
        case str():
            return 2, value
        case dict():
            return 3, tuple((kind, name, key) for name, (kind, key) in ((n, rank(v)) for n, v in value.items()))
        case list():
            return 4, tuple(map(rank, value))
        case datetime():
            return 6, value


def exceeds(value: Value, other: Value) -> bool:
    """Whether its rank is greater. Of two objects nothing is ranked beyond the first fields that differ."""
    if not (isinstance(value, dict) and isinstance(other, dict)):
        return rank(value) > rank(other)
    for (name, mine), (its_name, its) in zip(value.items(), other.items(), strict=False):
        (kind, key), (its_kind, its_key) = rank(mine), rank(its)
        if (kind, name, key) != (its_kind, its_name, its_key):
            return (kind, name, key) > (its_kind, its_name, its_key)
    return len(value) > len(other)
