"""/v1/lists: sets of contacts."""

from aiohttp import web

from api_gateway import paging, requests
from api_gateway.call import Call, answer
from api_gateway.errors import found
from api_gateway.history import LISTS
from api_gateway.views import lists as view
from dapi_common.events.commands import DeleteList
from dapi_common.ids import ListId


async def create(call: Call) -> web.Response:
    """An empty list."""
    ids = await call.ask(requests.new_list(await call.json(optional=True), call.stamp()))
    return answer({"id": ids[0]})


async def one(call: Call) -> web.Response:
    """Its metadata."""
    return answer(found(await view.get(await call.seen(LISTS), call.account, list_id(call))))


async def page(call: Call) -> web.Response:
    """By id."""
    at = paging.asked(call)
    return paging.paged(call, "lists", await view.page(await call.seen(LISTS), call.account, at), at)


async def update(call: Call) -> web.Response:
    """Replaces the metadata; without any, removes it."""
    wanted = list_id(call)
    await call.ask(requests.list_update(await call.json(optional=True), call.stamp(), wanted))
    return answer({"id": wanted})


async def delete(call: Call) -> web.Response:
    """With its contacts."""
    wanted = list_id(call)
    await call.ask(DeleteList(**call.stamp(), list_id=wanted))
    return answer({"id": wanted})


def list_id(call: Call) -> ListId:
    """The list in the path. Raises Problem not-found."""
    return ListId(call.id("list"))
