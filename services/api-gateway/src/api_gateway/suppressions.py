"""/v1/suppressions: contacts to whom the account sends nothing."""

from aiohttp import web

from api_gateway import paging, requests
from api_gateway.call import Call, answer
from api_gateway.errors import found
from api_gateway.views import suppressions as view
from dapi_common.events.commands import LiftSuppression
from dapi_common.ids import SuppressionId


async def create(call: Call) -> web.Response:
    """Of a contact that is suppressed already, the id that it has."""
    ids = await call.ask(requests.suppression(await call.json(), call.stamp()))
    return answer({"id": ids[0]})


async def one(call: Call) -> web.Response:
    """Since when and why."""
    return answer(found(await view.get(call.store, call.account, _id(call))))


async def page(call: Call) -> web.Response:
    """Newest first; an unknown filter value matches nothing."""
    query, at = call.request.query, paging.asked(call)
    filters = view.Filters(type=query.get("type"), contact=query.get("contact"))
    return paging.paged(call, "suppressions", await view.page(call.store, call.account, at, filters), at)


async def lift(call: Call) -> web.Response:
    """Whoever had it suppressed."""
    wanted = _id(call)
    await call.ask(LiftSuppression(**call.stamp(), suppression_id=wanted))
    return answer({"id": wanted})


def _id(call: Call) -> SuppressionId:
    return SuppressionId(call.id("suppression"))
