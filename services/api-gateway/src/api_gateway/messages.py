"""/v1/messages: one message to one recipient."""

from dataclasses import replace

from aiohttp import web

from api_gateway import paging, requests
from api_gateway.call import Call, answer
from api_gateway.errors import Problem, found
from api_gateway.history import MESSAGES
from api_gateway.shapes import is_message_id
from api_gateway.views import messages as view
from api_gateway.views import story
from dapi_common.ids import MessageId


async def create(call: Call) -> web.Response:
    """Accepts a message: it will be sent, or fail with a reason."""
    ids = await call.ask(requests.message(await call.json(), call.stamp()))
    return answer({"id": ids[0]})


async def one(call: Call) -> web.Response:
    """A message of the account, of an invoke or single."""
    message = _message_id(call)
    asked = replace(MESSAGES, message=message, invoke=message.partition("-")[0] if "-" in message else "")
    return answer(found(await view.get(await call.seen(asked), call.account, message)))


async def events(call: Call) -> web.Response:
    """What happened to it, in the order of time."""
    return answer(found(await story.get(call.store, call.account, _message_id(call))))


async def page(call: Call) -> web.Response:
    """Newest first; an unknown filter value matches nothing."""
    query, at = call.request.query, paging.asked(call)
    filters = view.Filters(
        status=query.get("status"),
        provider=query.get("provider"),
        type=query.get("type"),
        invoke_id=query.get("invoke_id"),
        contact=query.get("contact"),
    )
    store = await call.seen(MESSAGES)
    return paging.paged(call, "messages", await view.page(store, call.account, at, filters), at)


def _message_id(call: Call) -> MessageId:
    message = call.request.match_info["message"]
    if not is_message_id(message):
        raise Problem("not-found")
    return MessageId(message)
