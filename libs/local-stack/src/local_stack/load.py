"""A load of requests over kept connections: as little of a client as can be, because it shares the machine."""

import asyncio
import time
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from statistics import quantiles

from local_stack.system import Credentials

JSON = "application/json"
Request = Callable[[], tuple[str, str, bytes]]
"""Makes the next request: method, path, body."""


class LoadFailed(RuntimeError):
    """An answer was not a 200."""


@dataclass(frozen=True, slots=True)
class Rate:
    """What a load reached: requests a second, and the time that one took, in milliseconds."""

    per_second: float
    p50_ms: float
    p99_ms: float

    def __str__(self) -> str:
        return f"{self.per_second:.0f}/s, p50 {self.p50_ms:.1f} ms, p99 {self.p99_ms:.1f} ms"


async def load(
    port: int, credentials: Credentials, request: Request, connections: int, seconds: float, media: str = JSON
) -> Rate:
    """So many connections, each with one request after the other. Raises LoadFailed."""
    user = b64encode(f"{credentials.user_id}:{credentials.user_secret}".encode()).decode()
    times: list[float] = []
    started = time.perf_counter()
    loops = (_connection(port, user, request, started + seconds, times, media) for _ in range(connections))
    await asyncio.gather(*loops)
    elapsed = time.perf_counter() - started
    cuts = quantiles(times, n=100)
    return Rate(len(times) / elapsed, cuts[49] * 1000, cuts[98] * 1000)


async def _connection(port: int, user: str, request: Request, until: float, times: list[float], media: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        while (started := time.perf_counter()) < until:
            writer.write(encoded(user, *request(), media))
            await _answer(reader)
            times.append(time.perf_counter() - started)
    finally:
        writer.close()
        await writer.wait_closed()


def encoded(user: str, method: str, path: str, body: bytes, media: str = JSON) -> bytes:
    """A request as it goes over the wire, by a `user` in HTTP Basic's encoding."""
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
        raise LoadFailed(f"{head.partition(b' ')[2][:3].decode()}: {body[:200].decode()}")
