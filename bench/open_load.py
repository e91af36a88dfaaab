"""A load that does not wait for answers: requests come when they come, as those of many clients do. Over kept
connections, as many as it takes. A request's time counts from when it was due, so that neither a slow answer nor this
load itself hides what those who came meanwhile waited for (coordinated omission)."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import cast

from local_stack.ports import HOST

MOST_CONNECTIONS = 4000
_TICK = 0.002

Encoded = Callable[[], bytes]
"""Makes the next request, from its first line to the end of its body."""


@dataclass(slots=True)
class Answers:
    """What came back, by the API's error code ("" for a 200, "cut" where there was no answer): the seconds of each."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    unsent: int = 0
    """Requests for which there was no connection left."""
    lag: float = 0.0
    """The longest that this load itself stood still: what was measured then says little of the other side."""

    def counts(self) -> Counter[str]:
        """How many of each code."""
        return Counter({code: len(times) for code, times in self.seconds.items()})


class _Connection(asyncio.Protocol):
    """One request at a time."""

    def __init__(self, answered: "Callable[[_Connection, str, float], None]") -> None:
        self._answered, self._read, self._since = answered, b"", 0.0
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is one without saying so

    def send(self, request: bytes, due: float) -> None:
        self._since = due
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._read += data
        head, end, body = self._read.partition(b"\r\n\r\n")
        if end and len(body) >= int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]):
            self._read = b""
            self._done("" if head.startswith(b"HTTP/1.1 200") else _code(body))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._since:
            self._done("cut")

    def _done(self, code: str) -> None:
        since, self._since = self._since, 0.0
        self._answered(self, code, time.perf_counter() - since)


def _code(body: bytes) -> str:
    return body.partition(b'"error-code":"')[2].partition(b'"')[0].decode() or "unreadable"


class OpenLoad:
    """A context: connections live as long as it."""

    def __init__(self, port: int, requests: Sequence[Encoded]) -> None:
        """`requests` take turns."""
        self._port, self._requests = port, requests
        self._idle: list[_Connection] = []
        self._connections: set[_Connection] = set()
        self._under_way = 0
        self._answers = Answers()

    async def __aenter__(self) -> "OpenLoad":
        return self

    async def __aexit__(self, *_: object) -> None:
        for connection in self._connections:
            connection.transport.close()

    async def run(self, rate: float, seconds: float) -> Answers:
        """So many requests a second, and then as long as it takes until all are answered. All of them: those too that
        were due while this load stood still at its end."""
        self._answers = Answers()
        started, sent, asking = time.perf_counter(), 0, set[asyncio.Task[None]]()
        last, wanted = 0.0, int(rate * seconds)
        while sent < wanted:
            elapsed = time.perf_counter() - started
            self._answers.lag, last = max(self._answers.lag, elapsed - last), elapsed
            for _ in range(min(int(elapsed * rate), wanted) - sent):
                request, due = self._requests[sent % len(self._requests)](), started + sent / rate
                sent += 1
                if self._idle:
                    self._send(self._idle.pop(), request, due)
                else:
                    asking.add(asyncio.create_task(self._open(request, due)))
            await asyncio.sleep(_TICK)
        await asyncio.gather(*asking)
        while self._under_way:  # another process's
            await asyncio.sleep(_TICK)
        return self._answers

    async def _open(self, request: bytes, due: float) -> None:
        if len(self._connections) >= MOST_CONNECTIONS:
            self._answers.unsent += 1
            return
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(lambda: _Connection(self._answered), HOST, self._port)
        self._connections.add(connection)
        self._send(connection, request, due)

    def _send(self, connection: _Connection, request: bytes, due: float) -> None:
        self._under_way += 1
        connection.send(request, due)

    def _answered(self, connection: _Connection, code: str, seconds: float) -> None:
        self._under_way -= 1
        self._answers.seconds.setdefault(code, []).append(seconds)
        if code == "cut":
            self._connections.discard(connection)
        else:
            self._idle.append(connection)
