"""/v1/lists/{list}/contacts: who is to be reached, how, and in which order."""

from aiohttp import web

from api_gateway import paging, requests
from api_gateway.call import Call, answer
from api_gateway.errors import Problem, found
from api_gateway.lists import list_id
from api_gateway.views import contacts as view
from dapi_common.events.commands import RemoveContact
from dapi_common.ids import ContactId


async def add(call: Call) -> web.Response:
    """All of them or none."""
    wanted = list_id(call)
    return answer({"ids": await call.ask(await requests.contacts(await call.json(), call.stamp(), wanted))})


async def one(call: Call) -> web.Response:
    """As it stands now."""
    return answer(found(await view.get(call.store, call.account, list_id(call), _contact_id(call))))


async def page(call: Call) -> web.Response:
    """By id."""
    at = paging.asked(call)
    contacts = await view.page(call.store, call.account, list_id(call), at)
    if contacts is None:
        raise Problem("not-found")
    return paging.paged(call, "contacts", contacts, at)


async def update(call: Call) -> web.Response:
    """Replaces the contact; its id stays."""
    wanted, contact = list_id(call), _contact_id(call)
    await call.ask(requests.contact(await call.json(), call.stamp(), wanted, contact))
    return answer({"id": contact})


async def remove(call: Call) -> web.Response:
    """Invokes that are accepted already go on with it."""
    wanted, contact = list_id(call), _contact_id(call)
    await call.ask(RemoveContact(**call.stamp(), list_id=wanted, contact_id=contact))
    return answer({"id": contact})


def _contact_id(call: Call) -> ContactId:
    return ContactId(call.id("contact"))
