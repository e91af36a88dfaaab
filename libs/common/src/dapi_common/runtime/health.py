"""Whether a process lives and does its job: `/health/live`, `/health/ready` and `/metrics`, on loopback."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from dapi_common.runtime import metrics
from dapi_common.runtime.logs import LogEvent, log


class Health:
    """A process's own word on itself. It starts as not ready."""

    def __init__(self) -> None:
        self.reason: str | None = "starting"
        """Why the process is not ready; None while it is."""

    def ready(self) -> None:
        """The process does its job."""
        if self.reason is not None:
            log.info(LogEvent.SERVICE_READY)
        self.reason = None

    def not_ready(self, reason: str) -> None:
        """The process cannot do its job for now. `reason` is shown and logged: our own words, no content."""
        if self.reason is None:
            log.warning(LogEvent.SERVICE_NOT_READY, reason=reason)
        self.reason = reason


def application(health: Health) -> web.Application:
    """Live answers 200 while the event loop turns; ready answers 503 with the reason while it is not."""

    async def live(_: web.Request) -> web.Response:
        return web.json_response({"status": "live"})

    async def ready(_: web.Request) -> web.Response:
        if health.reason is None:
            return web.json_response({"status": "ready"})
        return web.json_response({"status": "not ready", "reason": health.reason}, status=503)

    async def scrape(_: web.Request) -> web.Response:
        return web.Response(body=generate_latest(metrics.REGISTRY), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.add_routes([web.get("/health/live", live), web.get("/health/ready", ready), web.get("/metrics", scrape)])
    return app


@asynccontextmanager
async def serving(health: Health, port: int) -> AsyncIterator[None]:
    """Serves `application` on 127.0.0.1 meanwhile. Port 0: nothing is served. Raises OSError when the port is taken."""
    if port == 0:
        yield
        return
    runner = web.AppRunner(application(health), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield
    finally:
        await runner.cleanup()
