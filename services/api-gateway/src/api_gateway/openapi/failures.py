"""Which errors a route may answer, and how they look."""

from collections.abc import Iterator
from typing import Final

from api_gateway.errors import CODES
from api_gateway.openapi.operation import Operation
from api_gateway.openapi.parameters import headers, keyed, reference
from dapi_common.events.shapes import JsonObject

_ALWAYS: Final = ("request-invalid", "unauthorized", "rate-limited", "internal-error", "overloaded")
_WITH_BODY: Final = ("json-invalid", "content-type-invalid", "body-too-large")
_KEYED: Final = ("idempotency-key-invalid", "idempotency-key-reused", "idempotency-key-in-flight")
_TIMED: Final = ("at-invalid", "at-too-far", "not-found", "log-unavailable")
NO_ROUTE: Final = ("method-not-allowed",)
"""What no documented route can answer."""
_COMES_WITH: Final = {401: ("WWW-Authenticate",), 409: ("Retry-After",), 429: ("Retry-After",), 503: ("Retry-After",)}


def answers(method: str, operation: Operation) -> JsonObject:
    """By status."""
    by_status: dict[int, list[str]] = {}
    for code in codes(method, operation):
        by_status.setdefault(CODES[code][0], []).append(code)
    return {str(status): _shared(by_status[status]) for status in sorted(by_status)}


def codes(method: str, operation: Operation) -> list[str]:
    """Every code that the route may answer, in the order of the table."""
    may = set(_codes(method, operation))
    return [code for code in CODES if code in may]


def shared() -> JsonObject:
    """The answers that stand alone under their status, by code."""
    return {code: answer([code]) for code in CODES}


def answer(codes: list[str]) -> JsonObject:
    """One error answer, with any of these codes."""
    named: JsonObject = {"type": "object", "properties": {"error-code": {"enum": codes}}}
    content: JsonObject = {"schema": {"allOf": [reference("schemas", "Error"), named]}}
    if len(codes) == 1:
        said = {"error-code": codes[0], "error-description": CODES[codes[0]][1], "request-id": "0" * 32}
        content["example"] = said
    return {
        "description": "  \n".join(f"`{code}`: {CODES[code][1]}" for code in codes),
        "headers": headers(*_COMES_WITH.get(CODES[codes[0]][0], ())),
        "content": {"application/json": content},
    }


def _shared(codes: list[str]) -> JsonObject:
    return reference("responses", codes[0]) if len(codes) == 1 else answer(codes)


def _codes(method: str, operation: Operation) -> Iterator[str]:
    yield from _ALWAYS
    yield from operation.codes
    if operation.body:
        yield from _WITH_BODY
    if operation.paged:
        yield "page-invalid"
    if operation.timed:
        yield from _TIMED
    if keyed(method):
        yield from _KEYED
    if method != "GET":
        yield "outcome-unknown"
    elif operation.stored:
        yield "store-unavailable"
