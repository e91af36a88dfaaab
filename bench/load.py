"""A load of requests over kept connections: as little of a client as can be, because it shares the machine."""

import asyncio
import time
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from math import inf

from bench.result import BenchFailed, Figures, percentiles
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
    """So many connections, each with one request after the other, until time or requests are used up. Raises
    BenchFailed for an answer that is not a 200."""
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
            writer.write(encoded(user, *request, media))
            await _answer(reader)
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


async def _answer(reader: asyncio.StreamReader) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
    body = await reader.readexactly(length)
    if not head.startswith(b"HTTP/1.1 200"):
        raise BenchFailed(f"{head.partition(b' ')[2][:3].decode()}: {body[:200].decode()}")
