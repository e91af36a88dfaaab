"""A TCP relay that tests cut, freeze and mend: a server that is dead, or silent, and comes back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

Mood = Literal["open", "cut", "silent"]


class Relay:
    """Passes bytes on to one address while open. Cut: connections end at once. Silent: nothing comes through."""

    def __init__(self, host: str, port: int) -> None:
        self.port = 0
        """On 127.0.0.1."""
        self._target = host, port
        self._mood: Mood = "open"
        self._open = asyncio.Event()
        self._open.set()
        self._writers: set[asyncio.StreamWriter] = set()

    def become(self, mood: Mood) -> None:
        """From now on, for connections there are and will be."""
        self._mood = mood
        if mood == "silent":
            self._open.clear()
            return
        self._open.set()
        if mood == "cut":
            for writer in self._writers:
                writer.close()

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._mood == "cut":
            writer.close()
            return
        there, onward = await asyncio.open_connection(*self._target)
        self._writers |= {writer, onward}
        await asyncio.gather(self._pass(reader, onward), self._pass(there, writer))
        self._writers -= {writer, onward}

    async def _pass(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(65536):
                await self._open.wait()
                target.write(data)
                await target.drain()
        except OSError:
            pass
        finally:
            target.close()


@asynccontextmanager
async def relay(host: str, port: int) -> AsyncIterator[Relay]:
    """A relay to (host, port), listening meanwhile."""
    between = Relay(host, port)
    server = await asyncio.start_server(between.accept, "127.0.0.1", 0)
    between.port = server.sockets[0].getsockname()[1]
    try:
        yield between
    finally:
        server.close()
        between.become("cut")
