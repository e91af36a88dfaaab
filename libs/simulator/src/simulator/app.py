"""The routes: each provider's own paths, and beside them the control endpoints."""

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

from simulator import control, outgoing
from simulator.accounts import Accounts
from simulator.amazon_ses import AmazonSes
from simulator.amazon_sns import AmazonSns
from simulator.bluemix import Bluemix
from simulator.client import AiohttpClient
from simulator.courier import Courier
from simulator.mailgun import Mailgun
from simulator.nexmo import Nexmo
from simulator.plivo import Plivo
from simulator.provider import Provider
from simulator.sns_topics import Topics
from simulator.stage import Stage, Verdict
from simulator.twilio import Twilio
from simulator.wire import Incoming

LARGEST_REQUEST = 64 * 1024**2


class Simulator:
    """`base_url` is where others reach it; without one, the address at which it comes to listen."""

    def __init__(self, stage: Stage | None = None, base_url: str = "") -> None:
        self.base_url = base_url
        self.stage = stage or Stage()
        self.accounts = Accounts()
        self.client = AiohttpClient()
        self.courier = Courier(self.client, self.stage.clock, lambda: self.stage.settings.retry_speed)
        self.stage.report = self.courier.take
        topics = Topics(lambda: self.base_url)
        self.sns = AmazonSns(self.accounts, topics, self.stage.clock)
        self.providers: tuple[Provider, ...] = (
            Nexmo(self.accounts),
            Twilio(self.accounts),
            Plivo(self.accounts),
            Mailgun(self.accounts, self.stage.clock),
            AmazonSes(self.accounts, topics, self.stage.clock),
            self.sns,
            Bluemix(self.accounts, self.stage.clock),
        )

    def provider(self, path: str) -> Provider | None:
        """Whose submissions are posted to this path."""
        for provider in self.providers:
            if provider.sends(path):
                return provider
        return None

    def clear(self) -> None:
        """Empties the ledger and what the providers remember; scripts, settings and accounts stay."""
        self.stage.ledger.clear()
        for provider in self.providers:
            provider.clear()

    async def close(self) -> None:
        """Receipts that have not gone out never will."""
        await self.courier.forget()
        await self.client.close()
        self.stage.ledger.close()


def make_app(simulator: Simulator) -> web.Application:
    confirmations = simulator.sns.subscriptions.middleware
    app = web.Application(client_max_size=LARGEST_REQUEST, middlewares=(confirmations,))
    app.add_routes(control.routes(simulator.stage, simulator.accounts, simulator.courier.log, simulator.clear))
    app.add_routes(outgoing.routes(simulator.courier, simulator.accounts, simulator.providers))
    for provider in simulator.providers:
        app.add_routes(provider.lookups())
    app.router.add_post("/{path:.*}", _submit(simulator))
    return app


def _submit(simulator: Simulator) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def submit(request: web.Request) -> web.StreamResponse:
        provider = simulator.provider(request.path)
        if provider is None:
            raise web.HTTPNotFound
        incoming = Incoming(request.path, request.headers, await request.read(), query=request.query_string)
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
