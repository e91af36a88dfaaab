"""Listening, until told to stop."""

import asyncio
import signal

from aiohttp import web

from simulator.app import Simulator, make_app
from simulator.lean import LeanProtocol


async def listen(simulator: Simulator, host: str, port: int, *, bench: bool) -> "Listener":
    runner = web.AppRunner(make_app(simulator), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    fallback = runner.server
    assert fallback is not None
    loop = asyncio.get_running_loop()
    if bench:
        server = await loop.create_server(lambda: LeanProtocol(simulator, fallback), host, port, backlog=1024)
    else:
        server = await loop.create_server(fallback, host, port, backlog=1024)
    listener = Listener(simulator, runner, server)
    simulator.base_url = simulator.base_url or f"http://{host}:{listener.port}"
    return listener


class Listener:
    def __init__(self, simulator: Simulator, runner: web.AppRunner, server: asyncio.Server) -> None:
        self._simulator = simulator
        self._runner = runner
        self._server = server

    @property
    def port(self) -> int:
        number: int = self._server.sockets[0].getsockname()[1]
        return number

    async def close(self) -> None:
        self._server.close()
        await self._simulator.close()
        await self._runner.cleanup()


async def serve(simulator: Simulator, host: str, port: int, *, bench: bool) -> None:
    """Until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    listener = await listen(simulator, host, port, bench=bench)
    print(f"simulator: http://{host}:{listener.port}", flush=True)
    await stop.wait()
    await listener.close()
