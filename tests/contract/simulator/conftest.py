from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from simulator.app import Simulator
from simulator.server import listen
from tests.contract.simulator.receivers import Hooks


@pytest.fixture(params=[False, True], ids=["aiohttp", "bench"])
async def http(request: pytest.FixtureRequest) -> AsyncIterator[aiohttp.ClientSession]:
    """A client of a simulator on loopback; both HTTP servers keep the same contract."""
    listener = await listen(Simulator(), "127.0.0.1", 0, bench=request.param)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{listener.port}") as session:
        yield session
    await listener.close()


@pytest.fixture
async def hooks() -> AsyncIterator[Hooks]:
    """Somebody on loopback who integrates against the simulator."""
    hooks = Hooks("")
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", hooks.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    hooks.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield hooks
    await runner.cleanup()
