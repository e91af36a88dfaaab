"""What an adapter's process serves to its vendor: callbacks, which are answered 200 only once the log has what they
say, and documents that vendors fetch. Nothing of a request is logged but that it came and what became of it."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from aiohttp import hdrs, web

from dapi_common.bus.port import Output, Publisher
from dapi_common.clock import Clock
from dapi_common.events.receipts import DeliveryReported
from dapi_common.ids import AccountId
from dapi_common.provider.adapter import Adapter, Receives
from dapi_common.provider.addresses import DOCUMENT, PREFIX, Try
from dapi_common.provider.callback import Callback, Received, Rejected
from dapi_common.provider.http import Http
from dapi_common.provider.intake import facts
from dapi_common.provider.letters import Letters
from dapi_common.provider.signals import Signals
from dapi_common.runtime import metrics
from dapi_common.runtime.logs import LogEvent, log
from dapi_common.secrets import Unreadable

MAX_BODY: Final = 26 * 1024 * 1024
"""A mail that somebody sent back, attachments included (Mailgun's limit is 25 MB)."""
LOG_SECONDS: Final = 5.0
"""Vendors wait 8 to 15 seconds; what the log has not taken by then is to be sent again."""
AT_ONCE: Final = 512
"""Callbacks under way; what comes beyond is asked to come again."""
_SOON: Final = {hdrs.RETRY_AFTER: "5"}


@dataclass(frozen=True, slots=True)
class Webhook:
    """What a callback needs."""

    adapter: Adapter
    http: Http
    letters: Letters
    publisher: Publisher
    clock: Clock
    signals: Signals
    public_url: str


def application(webhook: Webhook) -> web.Application:
    """The routes of one adapter's process."""
    app, door = web.Application(client_max_size=MAX_BODY), _Door(webhook)
    base = f"{PREFIX}/{webhook.adapter.name}/{{account}}"
    handlers = {
        f"{base}/{DOCUMENT}/{{sealed}}": door.document,
        f"{base}/{{message}}/{{token}}": door.of_message,
        f"{base}/{{token}}": door.of_account,
    }
    for path, handler in handlers.items():
        app.router.add_get(path, handler, allow_head=False)
        app.router.add_post(path, handler)
    return app


@asynccontextmanager
async def serving(webhook: Webhook, host: str, port: int) -> AsyncIterator[None]:
    """Serves while the context lasts; at its end callbacks under way are answered. Port 0: nothing is served."""
    if not port:
        yield
        return
    runner = web.AppRunner(application(webhook), access_log=None, shutdown_timeout=LOG_SECONDS)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port, backlog=1024).start()
        yield
    finally:
        await runner.cleanup()


class _Door:
    def __init__(self, webhook: Webhook) -> None:
        self._webhook = webhook
        self._adapter = webhook.adapter if isinstance(webhook.adapter, Receives) else None
        self._under_way = 0

    async def document(self, request: web.Request) -> web.Response:
        """Vendors fetch it with GET or POST; either way it is the one in the URL."""
        content = self._webhook.letters.addresses.open_document(request.match_info["sealed"])
        if content is None:
            return self._refused(404, "unknown")
        return web.Response(text=content, content_type="application/xml")

    async def of_message(self, request: web.Request) -> web.Response:
        """A callback at one message's URL."""
        account, token = AccountId(request.match_info["account"]), request.match_info["token"]
        about = self._webhook.letters.addresses.read(account, request.match_info["message"], token)
        return await self._guarded(account, about, request) if about else self._refused(404, "unknown")

    async def of_account(self, request: web.Request) -> web.Response:
        """A callback at the account's own URL."""
        account, token = AccountId(request.match_info["account"]), request.match_info["token"]
        known = self._webhook.letters.addresses.is_account_s(account, token)
        return await self._guarded(account, None, request) if known else self._refused(404, "unknown")

    async def _guarded(self, account: AccountId, about: Try | None, request: web.Request) -> web.Response:
        if self._under_way >= AT_ONCE:
            return self._refused(503, "busy")
        self._under_way += 1
        try:
            return await self._take(account, about, request)
        except web.HTTPException:
            raise
        except Exception as defect:  # noqa: BLE001  # it ends its callback, not the process; the vendor sends it again
            log.error(LogEvent.CALLBACK_FAILED, provider=self._webhook.adapter.name, exc_info=defect)
            return self._refused(500, "failed")
        finally:
            self._under_way -= 1

    async def _take(self, account: AccountId, about: Try | None, request: web.Request) -> web.Response:
        webhook = self._webhook
        credentials = self._credentials(account)
        if credentials is None or self._adapter is None:
            return self._refused(404, "unknown")
        callback = Callback(
            method=request.method,
            url=f"{webhook.public_url.rstrip('/')}{request.raw_path}",
            headers={name.lower(): value for name, value in request.headers.items()},
            body=await request.read(),
            credentials=credentials,
            at=webhook.clock.now(),
            is_of_message=about is not None,
        )
        read = await self._adapter.receive(callback, webhook.http.at(self._adapter.url(credentials)))
        if isinstance(read, Rejected):
            log.warning(
                LogEvent.CALLBACK_REJECTED, provider=webhook.adapter.name, status=read.status, reason=read.reason
            )
            return self._refused(read.status, "rejected")
        outputs = list(facts(webhook.adapter.name, account, about, read, webhook.letters.addresses, callback.at))
        if not await self._written(outputs):
            return self._refused(503, "log")
        return self._taken(outputs, read)

    def _taken(self, outputs: Sequence[Output], read: Received) -> web.Response:
        for fact in (output.payload for output in outputs):
            if isinstance(fact, DeliveryReported) and fact.status:
                self._webhook.signals.receipt(fact.account, fact.channel, fact.status, fact.at)
        metrics.CALLBACKS.labels(self._webhook.adapter.name, "taken").inc()
        return web.Response(text=read.answer.body, content_type=read.answer.content_type)

    def _credentials(self, account: AccountId) -> Mapping[str, str] | None:
        sealed = self._webhook.letters.directory.find(account)
        try:
            return self._webhook.letters.vault.unseal(sealed) if sealed else None
        except Unreadable:
            return None

    async def _written(self, outputs: Sequence[Output]) -> bool:
        writes = [self._webhook.publisher.publish(output, LOG_SECONDS) for output in outputs]
        results = await asyncio.gather(*writes, return_exceptions=True)
        for failure in (result for result in results if isinstance(result, BaseException)):
            log.warning(LogEvent.LOG_UNAVAILABLE, provider=self._webhook.adapter.name, error=type(failure).__name__)
            return False
        return True

    def _refused(self, status: int, why: str) -> web.Response:
        metrics.CALLBACKS.labels(self._webhook.adapter.name, why).inc()
        return web.Response(status=status, text=why, headers=_SOON if status >= 500 else None)
