"""What the documents of several read models have in common."""

from collections.abc import Mapping
from typing import Any

from pydantic_core import from_json, to_json

from dapi_common.clock import rfc3339
from dapi_common.store.port import Document, Value


def packed(value: object) -> str:
    """JSON that is carried and never looked into: as text it survives any key, any depth and integers of any size."""
    return to_json(value).decode()


def unpacked(text: Value) -> Any:
    """What `packed` took; {} for a field that is not there."""
    assert text is None or isinstance(text, str)
    return from_json(text) if text else {}


def seen(at: float) -> dict[str, Value]:
    """The `maximum` of a resource's times: the earliest wins `minus_created`, the latest `updated`."""
    return {"minus_created": -at, "updated": at}


def times(document: Document) -> dict[str, object]:
    """A resource's times, as every answer ends with them."""
    return answered_times(-number(document, "minus_created"), number(document, "updated"))


def answered_times(created: float, updated: float) -> dict[str, object]:
    """See `times`."""
    return {"created-at": rfc3339(created), "updated-at": rfc3339(updated)}


def number(document: Mapping[str, Value], field: str) -> float:
    """A number that a fold has written."""
    value = document[field]
    assert isinstance(value, int | float)
    return value


def integer(document: Mapping[str, Value], field: str) -> int:
    """An integer that a fold has written."""
    value = document[field]
    assert isinstance(value, int)
    return value


def part(document: Mapping[str, Value], field: str) -> dict[str, Value]:
    """An embedded document; {} while no fold has written it."""
    value = document.get(field, {})
    assert isinstance(value, dict)
    return value


def listed(document: Mapping[str, Value], field: str) -> list[dict[str, Value]]:
    """Embedded documents; none while no fold has written them."""
    values = document.get(field, [])
    assert isinstance(values, list)
    return [value for value in values if isinstance(value, dict)]
