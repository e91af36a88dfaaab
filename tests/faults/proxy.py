"""A TCP proxy between two processes, and what a wire can do to them."""

import asyncio
import contextlib
import socket
import struct
from typing import Literal

from local_stack.ports import HOST, listens

Mode = Literal["pass", "refuse", "void", "reset", "slow"]
SLOWNESS = 0.4
"""Seconds that each piece of bytes takes on a slow wire."""
_LOOK_AGAIN = 0.02
_AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER: closing sends a reset."""


class Proxy:
    """Passes bytes on to `target` (a port of 127.0.0.1). Nobody listens here while nobody listens there, so that a
    connection to a dead process is refused as it would be without a proxy.

    refuse   connections end with a reset, new ones are refused
    void     what is sent is lost without a word, in both directions; connections that lost something, or were opened
             meanwhile, end with a reset when it is over, as if their peer had given them up
    reset    each answer is cut in its middle, by a reset
    slow     every piece takes SLOWNESS longer; none overtakes another"""

    def __init__(self, port: int, target: int) -> None:
        self.port, self.target = port, target
        self._mode: Mode = "pass"
        self._is_down = self._is_over = False
        self._listening: socket.socket | None = None
        self._connections: dict[Connection, asyncio.Task[None]] = {}
        self._lookout: asyncio.Task[None] | None = None

    @property
    def mode(self) -> Mode:
        return self._mode

    async def start(self) -> None:
        """Listens once the target does."""
        self.look()

    async def stop(self) -> None:
        """Ends every connection."""
        self._is_over = True
        if self._lookout:
            self._lookout.cancel()
            await asyncio.wait([self._lookout])
        self._close()
        self._reset(set(self._connections))
        while self._connections:
            await asyncio.sleep(0)

    async def become(self, mode: Mode) -> None:
        """From now on, for connections there are and will be."""
        before, self._mode = self._mode, mode
        if before == "void":
            self._reset({one for one in self._connections if one.is_doomed})
        if mode == "refuse":
            self._reset(set(self._connections))
        self._adjust()

    def look(self) -> None:
        """Somebody has seen the target gone: nobody listens here until it is back."""
        if not self._is_over and (self._lookout is None or self._lookout.done()):
            self._lookout = asyncio.create_task(self._until_back())

    async def _until_back(self) -> None:
        while not await listens(self.target):
            self._is_down = True
            self._adjust()
            await asyncio.sleep(_LOOK_AGAIN)
        self._is_down = False
        self._adjust()

    def _adjust(self) -> None:
        if self._mode == "refuse" or self._is_down:
            self._close()
        elif self._listening is None:
            self._listening = socket.create_server((HOST, self.port), backlog=1024)
            self._listening.setblocking(False)
            asyncio.get_running_loop().add_reader(self._listening, self._accept, self._listening)

    def _close(self) -> None:
        listening, self._listening = self._listening, None
        if listening:
            asyncio.get_running_loop().remove_reader(listening)
            listening.close()

    def _accept(self, listening: socket.socket) -> None:
        """At once: asyncio's own servers lose what they are just accepting when they are closed."""
        with contextlib.suppress(BlockingIOError):
            accepted, _ = listening.accept()
            connection = Connection(self)
            self._connections[connection] = asyncio.create_task(self._serve(connection, accepted))

    def _reset(self, connections: "set[Connection]") -> None:
        for connection in tuple(connections):
            connection.reset()

    async def _serve(self, connection: "Connection", accepted: socket.socket) -> None:
        try:
            await connection.serve(accepted)
        finally:
            connection.reset()
            del self._connections[connection]


class Connection:
    """One client's connection, and the one that was made for it."""

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy
        self._writers: list[asyncio.StreamWriter] = []
        self.is_doomed = proxy.mode == "void"
        self._is_over = False

    def reset(self) -> None:
        """Ends both sides at once."""
        self.is_doomed = self._is_over = True
        for writer in self._writers:
            if not writer.transport.is_closing():
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
                writer.transport.abort()

    def _join(self, writer: asyncio.StreamWriter) -> bool:
        """One side is connected. Whether both were ended meanwhile."""
        self._writers.append(writer)
        return self._is_over

    async def serve(self, accepted: socket.socket) -> None:
        """Passes on until either side ends."""
        with contextlib.suppress(OSError):
            reader, client = await asyncio.open_connection(sock=accepted)
            if self._join(client):
                return
            if self.is_doomed:
                await self._swallow(reader)
                return
            try:
                there, onward = await asyncio.open_connection(HOST, self._proxy.target)
            except OSError:
                self._proxy.look()
                return
            if self._join(onward):
                return
            asking = asyncio.create_task(self._pass(reader, onward, is_answer=False))
            await self._pass(there, client, is_answer=True)
            self._proxy.look()
            await asking

    async def _swallow(self, reader: asyncio.StreamReader) -> None:
        while await reader.read(65536):
            pass

    async def _pass(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, is_answer: bool) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65536):
                if self._proxy.mode == "slow":
                    await asyncio.sleep(SLOWNESS)
                if self._proxy.mode == "void" or self.is_doomed:
                    self.is_doomed = True
                    continue
                if self._proxy.mode == "reset" and is_answer:
                    sink.write(data[: len(data) // 2])
                    await sink.drain()
                    self.reset()
                    return
                sink.write(data)
                await sink.drain()
        if not self.is_doomed:
            sink.close()
