"""A request's body, as its JSON object."""

import asyncio
from typing import Final

from aiohttp import web

from api_gateway.decode import MAX_BODY, json_object
from api_gateway.errors import Problem
from dapi_common.events.shapes import JsonObject

BODY_SECONDS: Final = 30.0
"""A body that takes longer to arrive is refused."""


async def json_body(request: web.Request, optional: bool = False) -> JsonObject:
    """The body's object; with `optional` no body means {}. Raises Problem."""
    media = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if media and media != "application/json":
        raise Problem("content-type-invalid")
    body = await _read(request)
    if optional and not body:
        return {}
    if not media:
        raise Problem("content-type-invalid")
    return await json_object(body)


async def _read(request: web.Request) -> bytes:
    if (request.content_length or 0) > MAX_BODY:
        raise Problem("body-too-large")
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await request.read()
    except TimeoutError:
        raise Problem("json-invalid", "The body did not arrive in time") from None
    except web.RequestPayloadError:
        raise Problem("json-invalid", "The body could not be read") from None
