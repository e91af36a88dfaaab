"""/v1/invokes: lists that are being contacted."""

from dataclasses import replace

from aiohttp import web

from api_gateway import invoke_requests, paging
from api_gateway.call import Call, answer
from api_gateway.errors import Problem
from api_gateway.history import MESSAGES
from api_gateway.views import invokes as view
from dapi_common.events.commands import DeleteInvoke
from dapi_common.ids import InvokeId


async def create(call: Call) -> web.Response:
    """Contacts the list as it stands when this is accepted, or those whom an earlier invoke did not reach."""
    ids = await call.ask(invoke_requests.invoke(await call.json(), call.stamp(), call.limits))
    return answer({"id": ids[0]})


async def one(call: Call) -> web.Response:
    """With a page of its contacts."""
    at = paging.asked(call)
    invoke = _invoke_id(call)
    detail = await view.get(await call.seen(replace(MESSAGES, invoke=invoke)), call.account, invoke, at)
    if detail is None:
        raise Problem("not-found")
    return answer(detail.answer, paging.next_link(call, at, detail.after))


async def page(call: Call) -> web.Response:
    """Newest first, each with its first contacts."""
    at = paging.asked(call)
    return paging.paged(call, "invokes", await view.page(await call.seen(MESSAGES), call.account, at), at)


async def change(call: Call) -> web.Response:
    """Stops, pauses, resumes or re-paces it."""
    invoke = _invoke_id(call)
    await call.ask(invoke_requests.change(await call.json(), call.stamp(), invoke, call.limits))
    return answer({"id": invoke})


async def delete(call: Call) -> web.Response:
    """Removes it and its messages, unless it runs."""
    invoke = _invoke_id(call)
    await call.ask(DeleteInvoke(**call.stamp(), invoke_id=invoke))
    return answer({"id": invoke})


def _invoke_id(call: Call) -> InvokeId:
    return InvokeId(call.id("invoke"))
