"""Requests to the control endpoints: read into models, or refused with what is wrong with them."""

from collections.abc import Callable
from typing import TypeVar

import orjson
from aiohttp import web
from pydantic import BaseModel, ValidationError

Model = TypeVar("Model", bound=BaseModel)


def json_answer(body: object) -> web.Response:
    return web.Response(body=orjson.dumps(body), content_type="application/json")


async def read(request: web.Request, model: type[Model]) -> Model:
    body = await request.read()
    return checked(lambda: model.model_validate_json(body))


def checked(validate: Callable[[], Model]) -> Model:
    """The model, or an HTTP 400 that says what is wrong with the input."""
    try:
        return validate()
    except ValidationError as problem:
        text = problem.json(include_url=False, include_context=False)
        raise web.HTTPBadRequest(text=text, content_type="application/json") from problem
