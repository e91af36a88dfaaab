"""The wire does what it is told, on loopback, to a server that answers each line with the line."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from local_stack.ports import HOST, free_port
from tests.faults.proxy import SLOWNESS, Proxy

LINE = b"0123456789\n"


class Echo:
    """Notes what reached it."""

    def __init__(self, port: int) -> None:
        self.port, self.heard = port, b""
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, HOST, self.port)

    def stop(self) -> None:
        assert self._server
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                self.heard += line
                writer.write(line)
        except OSError:
            pass
        finally:
            writer.close()


class Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def ask(self) -> bytes:
        """The answer. Raises OSError when the connection is reset, TimeoutError when none comes for a second."""
        async with asyncio.timeout(1.0 + SLOWNESS):
            self._writer.write(LINE)
            await self._writer.drain()
            return await self._reader.readline()

    def close(self) -> None:
        self._writer.close()


async def connect(proxy: Proxy) -> Client:
    return Client(*await asyncio.open_connection(HOST, proxy.port))


@pytest.fixture
async def echo() -> AsyncIterator[Echo]:
    server = Echo(free_port())
    await server.start()
    yield server
    server.stop()


@pytest.fixture
async def proxy(echo: Echo) -> AsyncIterator[Proxy]:
    between = Proxy(free_port(), echo.port)
    await between.start()
    await until_listening(between)
    yield between
    await between.stop()


@pytest.fixture
async def client(proxy: Proxy) -> AsyncIterator[Client]:
    one = await connect(proxy)
    yield one
    one.close()


async def until_listening(proxy: Proxy) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                (await connect(proxy)).close()
            except OSError:
                await asyncio.sleep(0.01)
            else:
                return


async def test_it_passes_on_what_it_is_given(client: Client) -> None:
    assert [await client.ask(), await client.ask()] == [LINE, LINE]


async def test_refusing_ends_connections_and_takes_no_new_ones_until_it_is_over(proxy: Proxy, client: Client) -> None:
    await client.ask()
    await proxy.become("refuse")
    with pytest.raises(OSError):
        await client.ask()
    with pytest.raises(ConnectionRefusedError):
        await connect(proxy)
    await proxy.become("pass")
    again = await connect(proxy)
    assert await again.ask() == LINE
    again.close()


async def test_the_void_swallows_and_ends_afterwards_what_it_has_swallowed(
    proxy: Proxy, client: Client, echo: Echo
) -> None:
    quiet = await connect(proxy)
    await quiet.ask()
    await client.ask()
    await proxy.become("void")
    late = await connect(proxy)
    for one in (client, late):
        with pytest.raises(TimeoutError):
            await one.ask()
    await proxy.become("pass")
    for one in (client, late):
        with pytest.raises(OSError):
            await one.ask()
    assert await quiet.ask() == LINE
    assert echo.heard == 3 * LINE
    for one in (quiet, late):
        one.close()


async def test_a_reset_comes_in_the_middle_of_an_answer_to_what_was_heard(
    proxy: Proxy, client: Client, echo: Echo
) -> None:
    await proxy.become("reset")
    with pytest.raises(OSError):
        assert await client.ask() == LINE
    assert echo.heard == LINE


async def test_slow_is_slower_and_loses_nothing(proxy: Proxy, client: Client) -> None:
    await proxy.become("slow")
    started = asyncio.get_running_loop().time()
    assert await client.ask() == LINE
    assert asyncio.get_running_loop().time() - started >= 2 * SLOWNESS
    await proxy.become("pass")
    assert await client.ask() == LINE


async def test_nobody_listens_while_the_target_is_away(proxy: Proxy, client: Client, echo: Echo) -> None:
    await client.ask()
    echo.stop()
    proxy.look()
    async with asyncio.timeout(30):
        while True:
            try:
                (await connect(proxy)).close()
            except ConnectionRefusedError:
                break
            await asyncio.sleep(0.01)
    await echo.start()
    await until_listening(proxy)
    again = await connect(proxy)
    assert await again.ask() == LINE
    again.close()
