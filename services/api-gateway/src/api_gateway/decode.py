"""Strict JSON: UTF-8, one object, no duplicate keys, no NaN or Infinity, no lone surrogates, at most 32 deep.

orjson is strict about everything but duplicates and depth, and turns large integers into floats; the standard
library sees the pairs of every object and keeps integers whole. So the first judges and the second reads: together
3 µs for a message of 100 bytes."""

import asyncio
from json import JSONDecoder
from typing import Final

import orjson

from api_gateway.errors import Problem
from dapi_common.events.shapes import JsonObject

MAX_BODY: Final = 10 * 1024 * 1024
MAX_DEPTH: Final = 32
INLINE: Final = 64 * 1024
"""Bodies beyond this many bytes are read in a thread: they would hold up every other request."""


async def json_object(body: bytes) -> JsonObject:
    """The object in `body`. Raises Problem json-invalid."""
    if len(body) <= INLINE:
        return parse(body)
    return await asyncio.to_thread(parse, body)


def parse(body: bytes) -> JsonObject:
    """The object in `body`. Raises Problem json-invalid."""
    try:
        seen = orjson.loads(body)
        if _too_deep(body, seen):
            raise Problem("json-invalid", f"The json value must be at most {MAX_DEPTH} levels deep")
        value = _DECODER.decode(body.decode())
    except (ValueError, RecursionError):
        raise Problem("json-invalid") from None
    if not isinstance(value, dict):
        raise Problem("json-invalid", "The json value must be an object")
    return value


def _too_deep(body: bytes, value: object) -> bool:
    if body.count(b"{") + body.count(b"[") <= MAX_DEPTH:
        return False
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [inner for outer in level for inner in _children(outer) if isinstance(inner, dict | list)]
        if not level:
            return False
    return True


def _children(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _unique(pairs: list[tuple[str, object]]) -> JsonObject:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise Problem("json-invalid", "The json value must not have a key twice in one object")
    return value


_DECODER: Final = JSONDecoder(object_pairs_hook=_unique)
