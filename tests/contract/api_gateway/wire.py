"""HTTP as bytes, for what no client library would send."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from .world import ALICE, basic

SECONDS = 10.0
"""No answer takes longer."""


@dataclass(frozen=True, slots=True)
class Raw:
    """An answer; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: dict[str, Any]


async def exchange(port: int, sent: bytes, source: str = "127.0.0.1") -> Raw:
    """The JSON answer to these bytes, sent from the address `source`. Raises TimeoutError."""
    async with asyncio.timeout(SECONDS):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
        try:
            writer.write(sent)
            head = await _head(reader)
            if head[0] == "HTTP/1.1 100 Continue":
                head = await _head(reader)
            headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in head[1:] if line)}
            body = orjson.loads(await reader.readexactly(int(headers["content-length"])))
        finally:
            writer.close()
        assert isinstance(body, dict)
        return Raw(int(head[0].split()[1]), headers, body)


async def _head(reader: asyncio.StreamReader) -> list[str]:
    return (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")


def request(method: str, path: str, body: bytes = b"", headers: str = "", authorization: str = "") -> bytes:
    """A request, of alice unless told otherwise."""
    authorization = authorization or basic(ALICE)["Authorization"]
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization}\r\n{headers}"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
