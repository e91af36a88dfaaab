"""GET /v1/accounts/…: what the account may do and what it has."""

from aiohttp import web

from api_gateway.call import Call, answer
from api_gateway.errors import Problem, try_later
from api_gateway.history import CREDITS
from api_gateway.views import accounts as view


async def limits(call: Call) -> web.Response:
    """From memory: answers with the store down."""
    held = call.limits
    return answer(
        {"mps": str(held.mps), "lists": str(held.lists), "contact-per-list": str(held.contacts_per_list)},
    )


async def credits(call: Call) -> web.Response:
    """The balance. An account that no read model knows yet is asked to come back; one that was not there at the time
    that is asked for had none."""
    balance = await view.balance(await call.seen(CREDITS), call.account)
    if balance is None:
        raise Problem("not-found") if "at" in call.request.query else try_later("store-unavailable")
    return answer(balance)
