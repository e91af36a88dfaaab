"""The routes, and what surrounds every request: who asks, what is answered when it fails, one line in the log."""

import asyncio
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Final
from uuid import uuid4

from aiohttp import hdrs, web

from api_gateway import accounts, contacts, inbound, invokes, lists, messages, providers, suppressions
from api_gateway.auth import Failures
from api_gateway.call import PLACE, Call, Gateway
from api_gateway.decode import MAX_BODY
from api_gateway.errors import Problem, try_later
from api_gateway.idempotency import IS_REPLAYED, REPLAYED
from api_gateway.openapi import pages
from dapi_common.events.outcomes import AccountSnapshot
from dapi_common.runtime import metrics
from dapi_common.runtime.logs import LogEvent, log
from dapi_common.store.port import StoreUnavailable

Handler = Callable[[Call], Awaitable[web.Response]]

ROUTES: Final[tuple[tuple[str, str, Handler], ...]] = (
    ("GET", "/v1/accounts/limits", accounts.limits),
    ("GET", "/v1/limits", accounts.limits),
    ("GET", "/v1/accounts/credits", accounts.credits),
    ("GET", "/v1/credits", accounts.credits),
    ("GET", "/v1/providers", providers.every),
    ("GET", "/v1/providers/{name}", providers.one),
    ("PUT", "/v1/providers/{name}", providers.put),
    ("POST", "/v1/providers/{name}", providers.update),
    ("DELETE", "/v1/providers/{name}", providers.remove),
    ("GET", "/v1/messages", messages.page),
    ("PUT", "/v1/messages", messages.create),
    ("GET", "/v1/messages/{message}", messages.one),
    ("GET", "/v1/messages/{message}/events", messages.events),
    ("GET", "/v1/lists", lists.page),
    ("PUT", "/v1/lists", lists.create),
    ("GET", "/v1/lists/{list}", lists.one),
    ("POST", "/v1/lists/{list}", lists.update),
    ("DELETE", "/v1/lists/{list}", lists.delete),
    ("GET", "/v1/lists/{list}/contacts", contacts.page),
    ("PUT", "/v1/lists/{list}/contacts", contacts.add),
    ("GET", "/v1/lists/{list}/contacts/{contact}", contacts.one),
    ("POST", "/v1/lists/{list}/contacts/{contact}", contacts.update),
    ("DELETE", "/v1/lists/{list}/contacts/{contact}", contacts.remove),
    ("GET", "/v1/invokes", invokes.page),
    ("PUT", "/v1/invokes", invokes.create),
    ("GET", "/v1/invokes/{invoke}", invokes.one),
    ("POST", "/v1/invokes/{invoke}", invokes.change),
    ("DELETE", "/v1/invokes/{invoke}", invokes.delete),
    ("GET", "/v1/inbound", inbound.page),
    ("GET", "/v1/inbound/{inbound}", inbound.one),
    ("GET", "/v1/suppressions", suppressions.page),
    ("PUT", "/v1/suppressions", suppressions.create),
    ("GET", "/v1/suppressions/{suppression}", suppressions.one),
    ("DELETE", "/v1/suppressions/{suppression}", suppressions.lift),
)

_GATEWAY: Final = web.AppKey("gateway", Gateway)
_FAILURES: Final = web.AppKey("failures", Failures)
_SNAPSHOT: Final = web.RequestKey("snapshot", AccountSnapshot)
_TURNED_AWAY: Final = web.RequestKey("turned_away", bool)


def application(gateway: Gateway) -> web.Application:
    """The API of one gateway process."""
    app = web.Application(client_max_size=MAX_BODY + 1, middlewares=[edge, _authenticated])
    app[_GATEWAY], app[_FAILURES] = gateway, Failures()
    for method, path, handler in ROUTES:
        app.router.add_route(method, path, _called(handler), expect_handler=_expect)
    for path, page in pages.public(ROUTES).items():
        app.router.add_get(path, page, allow_head=False)
    return app


def _called(handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def call(request: web.Request) -> web.StreamResponse:
        return await handler(Call(request.app[_GATEWAY], request[_SNAPSHOT], request))

    return call


async def _expect(request: web.Request) -> None:
    """Lets a client that asks first send its body; other expectations are not ours to judge."""
    if request.headers.get(hdrs.EXPECT, "").lower() == "100-continue" and request.transport:
        request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")


@web.middleware
async def _authenticated(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Everything below /v1, known or not, is for accounts only, and for so many requests at a time."""
    if not request.path.startswith("/v1/"):
        return await handler(request)
    gateway = request.app[_GATEWAY]
    try:
        request[_SNAPSHOT] = snapshot = gateway.accounts.authenticate(request.headers.get(hdrs.AUTHORIZATION))
    except Problem:
        await held_back(request.app[_FAILURES], request.remote or "")
        raise
    request[_TURNED_AWAY] = True
    with gateway.admission.of(request.method).place(snapshot.account) as request[PLACE]:
        request[_TURNED_AWAY] = False
        return await handler(request)


async def held_back(failures: Failures, address: str) -> None:
    """Waits, after one more failed proof from the address. Raises Problem rate-limited."""
    with failures.holding(address):
        await asyncio.sleep(failures.delay(address, perf_counter()))


@web.middleware
async def edge(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Every answer is JSON, carries a request id and leaves one line: no path, no query, no body in it. Who is turned
    away is counted only: there may be thousands a second, and a line is a third of what they cost."""
    request_id, started = uuid4().hex, perf_counter()
    response = await _answered(request, handler, request_id)
    response.headers["X-Request-Id"] = request_id
    if request.get(IS_REPLAYED):
        response.headers[REPLAYED] = "true"
    _told(request, response.status, perf_counter() - started, request_id)
    return response


async def _answered(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]], request_id: str
) -> web.StreamResponse:
    try:
        return await handler(request)
    except Problem as expected:
        problem = expected
    except StoreUnavailable:
        problem = try_later("store-unavailable")
    except web.HTTPException as error:
        problem = _translated(error)
    except Exception as defect:  # noqa: BLE001  # the one place: a defect ends its request, not the process
        log.error(LogEvent.REQUEST_FAILED, request_id=request_id, exc_info=defect)
        problem = Problem("internal-error")
    return web.Response(
        status=problem.status,
        body=problem.body(request_id),
        content_type="application/json",
        headers=problem.headers,
    )


def _translated(error: web.HTTPException) -> Problem:
    """aiohttp's own refusals: no such route, no such method, too much."""
    match error:
        case web.HTTPMethodNotAllowed():
            return Problem("method-not-allowed", headers={hdrs.ALLOW: ", ".join(sorted(error.allowed_methods))})
        case web.HTTPRequestEntityTooLarge():
            return Problem("body-too-large")
        case web.HTTPNotFound():
            return Problem("not-found")
        case _:
            return Problem("request-invalid")


def _told(request: web.Request, status: int, seconds: float, request_id: str) -> None:
    resource = request.match_info.route.resource
    route = resource.canonical if resource else "unknown"
    method = request.method if request.method in hdrs.METH_ALL else "unknown"
    metrics.HTTP_REQUESTS.labels(method, route, str(status)).inc()
    if request.get(_TURNED_AWAY):
        return
    metrics.HTTP_SECONDS.labels(method, route).observe(seconds)
    log.info(
        LogEvent.REQUEST_ANSWERED,
        method=method,
        route=route,
        status=status,
        seconds=round(seconds, 6),
        request_id=request_id,
    )
