"""The reference says what the router, the models and the table of codes say: all of it, and nothing else."""

import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import orjson
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from api_gateway.app import ROUTES
from api_gateway.errors import CODES
from api_gateway.openapi import answers, examples, failures
from api_gateway.openapi.document import written
from api_gateway.openapi.operation import Operation
from api_gateway.openapi.operations import OPERATIONS
from api_gateway.openapi.pages import public
from dapi_common.provider import catalog
from dapi_common.provider.fields import Credentials

from .world import World

Route = tuple[str, str]

COMMITTED = Path(__file__).parents[3] / "docs" / "openapi.json"
GENERATED = orjson.loads(written(ROUTES))
DESCRIBED = {(method.upper(), path) for path, methods in GENERATED["paths"].items() for method in methods}
BY_ID = {operation.id: operation for operation in OPERATIONS.values()}


@pytest.mark.parametrize("route", [(method, path) for method, path, _ in ROUTES], ids=" ".join)
def test_every_route_is_described(route: Route) -> None:
    assert route in OPERATIONS, f"openapi/operations.py does not describe {' '.join(route)}"


@pytest.mark.parametrize("route", OPERATIONS, ids=" ".join)
def test_nothing_is_described_that_is_no_route(route: Route) -> None:
    assert route in {(method, path) for method, path, _ in ROUTES}, f"there is no {' '.join(route)}"


async def test_the_running_router_and_the_document_have_the_same_routes(world: World) -> None:
    app = world.client.app
    assert app is not None
    routes = {(route.method, route.resource.canonical) for route in app.router.routes() if route.resource}
    assert routes == DESCRIBED | {("GET", path) for path in public(ROUTES)}


def test_the_committed_document_is_the_generated_one() -> None:
    assert COMMITTED.read_bytes() == written(ROUTES), "run python -m api_gateway.openapi docs/openapi.json"


def test_it_is_openapi() -> None:
    OpenAPIV31SpecValidator(GENERATED).validate()


def test_every_code_is_one_that_some_route_may_answer() -> None:
    codes = {code for (method, _), operation in OPERATIONS.items() for code in failures.codes(method, operation)}
    assert codes | {*failures.NO_ROUTE} == set(CODES)


@pytest.mark.parametrize("operation", BY_ID.values(), ids=lambda operation: operation.id)
def test_the_examples_are_requests_and_answers(operation: Operation) -> None:
    closed(operation.answer).model_validate(examples.ANSWERED[operation.id])
    if operation.body is Credentials:
        assert catalog.check_credentials("amazon-ses", examples.ASKED[operation.id]) is None
    elif operation.body:
        operation.body.model_validate(examples.ASKED[operation.id])


def closed(answer: type[answers.Answer]) -> type[answers.Answer]:
    """The same, refusing fields that are not described."""
    return type(answer.__name__, (answer,), {"model_config": {"extra": "forbid"}})


def test_there_is_no_example_of_what_is_not_there() -> None:
    assert set(examples.ANSWERED) == set(BY_ID)
    assert set(examples.ASKED) == {operation.id for operation in BY_ID.values() if operation.body}


@pytest.mark.parametrize("operation", BY_ID.values(), ids=lambda operation: operation.id)
def test_every_scalar_of_an_answer_is_a_string(operation: Operation) -> None:
    schema = GENERATED["components"]["schemas"][operation.answer.__name__]
    assert set(kinds(schema)) <= {"string", "object", "array"}


def kinds(schema: Any) -> Iterator[str]:
    """The types in a schema and in those that it refers to."""
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield from kinds(GENERATED["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
        if isinstance(schema.get("type"), str):
            yield schema["type"]
        for part in schema.values():
            yield from kinds(part)


@pytest.mark.parametrize("path", public(ROUTES))
async def test_the_reference_is_served_to_anybody_and_from_here_alone(world: World, path: str) -> None:
    async with world.client.get(path) as response:
        assert response.status == 200
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        text = await response.text()
    assert not re.findall(r"(?:src|href|url|import|from|fetch)[\s=(]*[\"'](?:https?:)?//", text)
    if path == "/openapi.json":
        assert response.content_type == "application/json"
        assert orjson.loads(text) == GENERATED


async def test_everything_that_the_page_loads_is_there(world: World) -> None:
    texts = [
        part.read_text() for part in files("api_gateway.openapi").iterdir() if part.name.endswith((".html", ".js"))
    ]
    loaded = {name for text in texts for name in re.findall(r'"(/docs/[^"]+|/openapi\.json)"', text)}
    assert loaded == set(public(ROUTES)) - {"/docs"}
