"""The routes: each provider's own paths, and beside them the control endpoints."""

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

from simulator import control
from simulator.accounts import Accounts
from simulator.nexmo import Nexmo
from simulator.provider import Provider
from simulator.stage import Stage, Verdict
from simulator.twilio import Twilio
from simulator.wire import Incoming


class Simulator:
    def __init__(self, stage: Stage | None = None) -> None:
        self.stage = stage or Stage()
        self.accounts = Accounts()
        self.providers: tuple[Provider, ...] = (Nexmo(self.accounts), Twilio(self.accounts))

    def provider(self, path: str) -> Provider | None:
        """Whose submissions are posted to this path."""
        return next((provider for provider in self.providers if provider.sends(path)), None)

    def clear(self) -> None:
        """Empties the ledger and what the providers remember; scripts, settings and accounts stay."""
        self.stage.ledger.clear()
        for provider in self.providers:
            provider.clear()


def make_app(simulator: Simulator) -> web.Application:
    app = web.Application()
    app.add_routes(control.routes(simulator.stage, simulator.accounts, simulator.clear))
    for provider in simulator.providers:
        app.add_routes(provider.lookups())
    app.router.add_post("/{path:.*}", _submit(simulator))
    return app


def _submit(simulator: Simulator) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def submit(request: web.Request) -> web.StreamResponse:
        provider = simulator.provider(request.path)
        if provider is None:
            raise web.HTTPNotFound
        incoming = Incoming(request.path, request.headers, await request.read())
        verdict = simulator.stage.play(provider, incoming)
        if verdict.wait:
            await asyncio.sleep(verdict.wait)
        return _answer(request, verdict)

    return submit


def _answer(request: web.Request, verdict: Verdict) -> web.Response:
    reply = verdict.reply
    if reply is None:
        if request.transport:
            request.transport.close()
        return web.Response()  # never written: the connection is gone
    headers = {**reply.headers, "Content-Type": reply.content_type}
    return web.Response(status=reply.status, body=reply.body, headers=headers)
