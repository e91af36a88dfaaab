from collections.abc import AsyncIterator

import aiohttp
import pytest

from simulator.app import Simulator
from simulator.server import listen


@pytest.fixture(params=[False, True], ids=["aiohttp", "bench"])
async def http(request: pytest.FixtureRequest) -> AsyncIterator[aiohttp.ClientSession]:
    """A client of a simulator on loopback; both HTTP servers keep the same contract."""
    listener = await listen(Simulator(), "127.0.0.1", 0, bench=request.param)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{listener.port}") as session:
        yield session
    await listener.close()
