"""The operators' routes, and the token that guards all of them, those that do not exist too."""

import hmac
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import hdrs, web
from aiohttp.typedefs import Middleware

from api_gateway.admin import accounts
from api_gateway.admin.accounts import AdminCall
from api_gateway.app import edge, held_back
from api_gateway.auth import Failures
from api_gateway.call import Gateway
from api_gateway.decode import MAX_BODY
from api_gateway.errors import Problem

Handler = Callable[[AdminCall], Awaitable[web.Response]]
Served = Callable[[web.Request], Awaitable[web.StreamResponse]]

ROUTES: Final[tuple[tuple[str, str, Handler], ...]] = (
    ("GET", "/admin/accounts", accounts.page),
    ("POST", "/admin/accounts", accounts.create),
    ("GET", "/admin/accounts/{account}", accounts.one),
    ("POST", "/admin/accounts/{account}/limits", accounts.limits),
    ("POST", "/admin/accounts/{account}/credits", accounts.credits),
    ("POST", "/admin/accounts/{account}/secret", accounts.secret),
)


def application(gateway: Gateway, token: str) -> web.Application:
    """The operators' API of one gateway process. `token` is not empty."""
    app = web.Application(client_max_size=MAX_BODY + 1, middlewares=[edge, _guard(token)])
    for method, path, handler in ROUTES:
        app.router.add_route(method, path, _called(gateway, handler))
    return app


def _called(gateway: Gateway, handler: Handler) -> Served:
    async def call(request: web.Request) -> web.StreamResponse:
        return await handler(AdminCall(gateway, request))

    return call


def _guard(token: str) -> Middleware:
    expected, failures = token.strip().encode(), Failures()

    @web.middleware
    async def guarded(request: web.Request, handler: Served) -> web.StreamResponse:
        if not _shows(request.headers.get(hdrs.AUTHORIZATION, ""), expected):
            await held_back(failures, request.remote or "")
            raise Problem(
                "unauthorized",
                "Send the header Authorization: Bearer <DAPI_ADMIN_TOKEN>",
                headers={hdrs.WWW_AUTHENTICATE: 'Bearer realm="dapi-admin"'},
            )
        return await handler(request)

    return guarded


def _shows(header: str, expected: bytes) -> bool:
    """Whether the header holds the token. Constant time."""
    scheme, _, given = header.partition(" ")
    right = hmac.compare_digest(given.strip().encode("utf-8", "surrogateescape"), expected)
    return right and scheme.lower() == "bearer"
