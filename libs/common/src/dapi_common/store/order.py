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
