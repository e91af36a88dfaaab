"""Puts the OpenAPI document together."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from inspect import cleandoc
from typing import Any, Final

import orjson
from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from api_gateway.errors import CODES
from api_gateway.invoke_requests import OfferBody
from api_gateway.openapi import answers, examples, failures, parameters, words
from api_gateway.openapi.operation import Operation
from api_gateway.openapi.operations import OPERATIONS
from api_gateway.openapi.parameters import reference
from dapi_common.events.shapes import JsonObject
from dapi_common.provider import catalog
from dapi_common.provider.fields import Credentials

Routes = Sequence[tuple[str, str, Callable[..., Any]]]

_ABOUT: Final = """Send SMS, voice, e-mail and push through the providers that you already have: in order, at your own
rate, with the truth about every message.

Every value in an answer is a string unless it is an object or an array; numbers are accepted as strings or as integers.
Bodies are strict JSON (UTF-8, no duplicate keys, at most 32 deep, at most 10 MiB) with `Content-Type:
application/json`. A method that a resource does not have: 405 `method-not-allowed`, with `Allow`. What a GET answers
after a 200 includes the change.

Messages, invokes, lists and credits can be asked for as they were: `?at=2026-01-02T03:04:05Z`. That is made from the
log, up to its first record of your account's part that is later. The time that counts is when the log got the record,
some milliseconds after the times that resources carry. It takes seconds rather than milliseconds, and the longer the
log is the longer. What is asked for without `at` is as it is now."""
_TAGS: Final = {
    "Accounts": "What your account may do, and what it has.",
    "Providers": "The vendors through which you send, with your own credentials there.",
    "Messages": "One message to one recipient.",
    "Lists": "Sets of contacts that can be reached together.",
    "Invokes": "Lists that are being contacted, in order and at your pace.",
    "Inbound": "What people send back, through providers that pass it on.",
    "Suppressions": "Contacts to whom nothing is sent: they opted out, their address is no good, or you said so.",
}
_FAMILIES: Final = {name.lower(): name for name in _TAGS}

_WHERE: Final[Mapping[type[answers.Answer], str]] = {answers.ManyMade: "/ids/0", answers.Named: "/name"}
"""Where an answer says what was made."""


class _Schemas(GenerateJsonSchema):
    """Without titles; what may be left out is no null."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])


def written(routes: Routes) -> bytes:
    """The document as JSON."""
    return orjson.dumps(document(routes), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def document(routes: Routes) -> JsonObject:
    """Raises LookupError for a route that operations.py does not describe."""
    paths: dict[str, JsonObject] = {}
    for method, path, _ in routes:
        paths.setdefault(path, {})[method.lower()] = _operation(method, path, _described(method, path))
    return {
        "openapi": "3.1.0",
        "info": {"title": "Delivery API", "version": version("api-gateway"), "description": _ABOUT},
        "servers": [{"url": "/"}],
        "security": [{"basic": []}],
        "tags": [{"name": name, "description": text} for name, text in _TAGS.items()],
        "paths": paths,
        "components": {
            "securitySchemes": {"basic": {"type": "http", "scheme": "basic", "description": "USER_ID:USER_SECRET"}},
            "parameters": {"key": parameters.KEYED},
            "headers": parameters.all_headers(),
            "responses": failures.shared(),
            "schemas": _schemas(),
        },
    }


def _described(method: str, path: str) -> Operation:
    if (method, path) not in OPERATIONS:
        raise LookupError(f"openapi/operations.py does not describe {method} {path}")
    return OPERATIONS[method, path]


def tag(path: str) -> str:
    """The family of a path."""
    return _FAMILIES.get(path.split("/")[2], "Accounts")


def _operation(method: str, path: str, operation: Operation) -> JsonObject:
    alias = not path.startswith("/v1/accounts") and tag(path) == "Accounts"
    body = {"requestBody": _body(operation)} if operation.body else {}
    return {
        "operationId": operation.id + ("Alias" if alias else ""),
        "tags": [tag(path)],
        "summary": operation.summary + (" (short path)" if alias else ""),
        "description": operation.about,
        "parameters": parameters.of(method, path, operation),
        **body,
        "responses": {"200": _answer(method, path, operation), **failures.answers(method, operation)},
    }


def _body(operation: Operation) -> JsonObject:
    content = {"application/json": {"schema": _body_schema(operation), "example": examples.ASKED[operation.id]}}
    return {"required": not operation.may_be_empty, "content": content}


def _body_schema(operation: Operation) -> JsonObject:
    if operation.body is Credentials:
        return {"anyOf": [reference("schemas", _credentials(name)) for name in catalog.names()]}
    models = [reference("schemas", model.__name__) for model in (operation.body, operation.or_body) if model]
    return models[0] if len(models) == 1 else {"anyOf": models}


def _credentials(provider: str) -> str:
    return f"Credentials-{provider}"


def _answer(method: str, path: str, operation: Operation) -> JsonObject:
    names = [*(["Link"] if operation.paged else []), *(["Idempotent-Replayed"] if parameters.keyed(method) else [])]
    schema = reference("schemas", operation.answer.__name__)
    links = dict(_links(path, operation))
    return {
        "description": _about(operation.answer),
        "headers": parameters.headers(*names),
        "content": {"application/json": {"schema": schema, "example": examples.ANSWERED[operation.id]}},
        **({"links": links} if links else {}),
    }


def _links(path: str, operation: Operation) -> Iterator[tuple[str, JsonObject]]:
    """From what is created to what can be done with it."""
    if operation.makes is None:
        return
    known = {name: f"$request.path.{name}" for name in parameters.in_path(path)}
    where = _WHERE.get(operation.answer, "/id")
    given = {**known, operation.makes: f"$response.body#{where}"}
    for (_, target), other in OPERATIONS.items():
        wanted = parameters.in_path(target)
        if operation.makes in wanted and set(wanted) <= set(given):
            yield other.id, {"operationId": other.id, "parameters": {name: given[name] for name in wanted}}


def _schemas() -> JsonObject:
    """Of every body and every answer."""
    operations = OPERATIONS.values()
    bodies = {body for one in operations for body in (one.body, one.or_body) if body} - {Credentials}
    answered = {operation.answer for operation in OPERATIONS.values()}
    schemas = {**_made(bodies | {OfferBody}), **_made(answered | {answers.Error})}
    for name in ("InvokeBody", "RetryBody"):
        schemas[name]["properties"]["providers"]["items"] = reference("schemas", OfferBody.__name__)
    code = schemas["Error"]["properties"]["error-code"]
    code["description"] = "  \n".join(f"`{name}` ({status}): {text}" for name, (status, text) in CODES.items())
    for name in catalog.names():
        (schemas[_credentials(name)],) = _made({catalog.credentials_model(name)}).values()
    return schemas


def _made(models: Iterable[type[BaseModel]]) -> dict[str, Any]:
    """Their schemas and those of their parts, by name."""
    ordered: list[Any] = [(model, "validation") for model in sorted(models, key=lambda model: model.__name__)]
    template = "#/components/schemas/{model}"
    _, schema = models_json_schema(ordered, ref_template=template, schema_generator=_Schemas)
    definitions: dict[str, Any] = schema["$defs"]
    for definition in definitions.values():
        definition.pop("title", None)
        definition["description"] = " ".join(definition.get("description", "").split())
        for name, field in definition.get("properties", {}).items():
            if name in words.FIELDS and "$ref" not in field:
                field.setdefault("description", words.FIELDS[name])
    return definitions


def _about(model: type[BaseModel]) -> str:
    return " ".join(cleandoc(model.__doc__ or "").split())
