"""What requests carry outside of their bodies, and what answers carry in their headers."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from api_gateway.openapi.operation import Operation
from api_gateway.paging import DEFAULT_LIMIT, MAX_LIMIT
from dapi_common.events.shapes import JsonObject
from dapi_common.provider import catalog

_ID: Final[JsonObject] = {"type": "string", "pattern": "^[1-9][0-9]{0,17}$"}
_MESSAGE_ID: Final[JsonObject] = {"type": "string", "pattern": "^[1-9][0-9]{0,17}(-[1-9][0-9]{0,17})?$"}
IN_PATHS: Final[Mapping[str, tuple[str, JsonObject, str]]] = {
    "name": ("The provider's input name", {"type": "string"}, "amazon-ses"),
    "message": ("The id of a message; `<invoke>-<contact>` for one of an invoke", _MESSAGE_ID, "1"),
    "list": ("The id of a list", _ID, "1"),
    "contact": ("The id of a contact", _ID, "2"),
    "invoke": ("The id of an invoke", _ID, "1"),
    "inbound": ("The id of something that somebody sent back", _ID, "1"),
    "suppression": ("The id of a suppression", _ID, "1"),
}
"""What each parameter of a path is, its schema, and the documents' example."""
_PAGED: Final[Mapping[str, tuple[str, JsonObject]]] = {
    "page": ("Counts from 0; a page past the end is empty", {"type": "integer", "minimum": 0, "maximum": 10**9 - 1}),
    "limit": (
        f"How many on a page; {DEFAULT_LIMIT} when it is not given",
        {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT},
    ),
    "after": ("The cursor of the page before, as its Link header has it", {"type": "string"}),
}
_TIMED: Final[Mapping[str, tuple[str, JsonObject]]] = {
    "at": (
        "How it was at this time (RFC 3339), from the log: what was recorded later is left out. A plus sign in it is "
        "written %2B",
        {"type": "string", "format": "date-time"},
    )
}
FILTERS: Final[Mapping[str, tuple[str, JsonObject]]] = {
    "status": ("Only those with this status", {"type": "string"}),
    "kind": ("Only those of this kind", {"type": "string"}),
    "provider": ("Only those through this provider", {"type": "string"}),
    "type": ("Only those of this type", {"type": "string"}),
    "invoke_id": ("Only those of this invoke", {"type": "string"}),
    "contact": ("Only those that are for this number, address or device", {"type": "string"}),
}
KEYED: Final[JsonObject] = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "The same key and the same body get the first answer again, for at least 7 days",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]([ -~]*[!-~])?$"},
}
_HEADERS: Final[Mapping[str, tuple[str, JsonObject]]] = {
    "X-Request-Id": ("Names this request; say it when you ask for help", {"type": "string"}),
    "Link": ('Where the next page is (`rel="next"`); absent on the last', {"type": "string"}),
    "Idempotent-Replayed": ("This is the first answer again", {"type": "string", "enum": ["true"]}),
    "Retry-After": ("Seconds to wait before asking again", {"type": "string", "pattern": "^[0-9]+$"}),
    "WWW-Authenticate": ("How to prove who you are", {"type": "string"}),
}
_ALWAYS: Final = {"X-Request-Id", "Retry-After", "WWW-Authenticate"}


def in_path(path: str) -> list[str]:
    """The names of a path's parameters."""
    return re.findall(r"{(\w+)}", path)


def of(method: str, path: str, operation: Operation) -> list[JsonObject]:
    """The operation's parameters."""
    key = [reference("parameters", "key")] if keyed(method) else []
    return [*map(_path, in_path(path)), *_query(operation), *key]


def keyed(method: str) -> bool:
    """Whether the method takes an Idempotency-Key."""
    return method in {"PUT", "POST"}


def headers(*names: str) -> JsonObject:
    """The headers of an answer, and what every answer has."""
    return {name: reference("headers", name) for name in ("X-Request-Id", *names)}


def all_headers() -> JsonObject:
    """By name."""
    return {
        name: {"description": text, "required": name in _ALWAYS, "schema": schema}
        for name, (text, schema) in _HEADERS.items()
    }


def reference(kind: str, name: str) -> JsonObject:
    """To a component."""
    return {"$ref": f"#/components/{kind}/{name}"}


def _path(name: str) -> JsonObject:
    text, schema, example = IN_PATHS[name]
    if name == "name":
        schema = {**schema, "enum": list(catalog.names())}
    return {"name": name, "in": "path", "required": True, "description": text, "schema": schema, "example": example}


def _query(operation: Operation) -> Iterator[JsonObject]:
    filters = {name: FILTERS[name] for name in operation.filters}
    wanted = {**(_PAGED if operation.paged else {}), **filters, **(_TIMED if operation.timed else {})}
    for name, (text, schema) in wanted.items():
        yield {"name": name, "in": "query", "description": text, "schema": schema}
