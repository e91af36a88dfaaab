"""/v1/inbound: what people sent back."""

from aiohttp import web

from api_gateway import paging
from api_gateway.call import Call, answer
from api_gateway.errors import found
from api_gateway.views import inbound as view


async def one(call: Call) -> web.Response:
    """With what its provider posted."""
    return answer(found(await view.get(call.store, call.account, call.id("inbound"))))


async def page(call: Call) -> web.Response:
    """Newest first; an unknown filter value matches nothing."""
    query, at = call.request.query, paging.asked(call)
    filters = view.Filters(kind=query.get("kind"), provider=query.get("provider"), type=query.get("type"))
    return paging.paged(call, "inbound", await view.page(call.store, call.account, at, filters), at)
