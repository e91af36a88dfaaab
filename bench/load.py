"""A load of requests over kept connections: as little of a client as can be, because it shares the machine."""

import asyncio
import time
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from math import inf

from bench.result import BenchFailed, Figures, percentiles
from local_stack.client import AGAIN, PATIENCE
from local_stack.ports import HOST
from local_stack.system import Credentials

JSON = "application/json"
Request = tuple[str, str, bytes]
"""Method, path, body."""


@dataclass(frozen=True, slots=True)
class Rate:
    """What a load reached: requests a second, and the time that each took, in seconds."""

    per_second: float
    times: list[float]

    def figures(self, name: str) -> Figures:
        """`<name>_per_s`, and the percentiles of its times."""
        return {f"{name}_per_s": round(self.per_second, 1), **percentiles(self.times, name)}


async def load(
    port: int,
    credentials: Credentials,
    requests: Iterator[Request],
    connections: int,
    seconds: float = inf,
    media: str = JSON,
) -> Rate:
    """So many connections, each with one request after the other, until time or requests are used up. A GET that is
    told to try later does so, for PATIENCE seconds, and its time includes that. Raises BenchFailed for every other
    answer but a 200."""
    user = basic(credentials)
    times: list[float] = []
    started = time.perf_counter()
    loops = (_connection(port, user, requests, started + seconds, times, media) for _ in range(connections))
    await asyncio.gather(*loops)
    return Rate(len(times) / (time.perf_counter() - started), times)


async def _connection(
    port: int, user: str, requests: Iterator[Request], until: float, times: list[float], media: str
) -> None:
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        while (started := time.perf_counter()) < until and (request := next(requests, None)):
            patience = PATIENCE if request[0] == "GET" else 0.0
            await _ask(reader, writer, encoded(user, *request, media), started + patience)
            times.append(time.perf_counter() - started)
    finally:
        writer.close()
        await writer.wait_closed()


def basic(credentials: Credentials) -> str:
    """A user in HTTP Basic's encoding."""
    return b64encode(f"{credentials.user_id}:{credentials.user_secret}".encode()).decode()


def encoded(user: str, method: str, path: str, body: bytes, media: str = JSON) -> bytes:
    """A request as it goes over the wire."""
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Basic {user}\r\n"
        f"Content-Type: {media}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes, until: float) -> None:
    while True:
        writer.write(request)
        status, body = await _answer(reader)
        if status == 200:
            return
        if status != 503 or time.perf_counter() > until:
            raise BenchFailed(f"{status}: {body[:200].decode()}")
        await asyncio.sleep(AGAIN)


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
    return int(head.split(None, 2)[1]), await reader.readexactly(length)
