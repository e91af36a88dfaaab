"""A lean HTTP server for load: it carries submissions to the same stage at half of aiohttp's cost.

It knows HTTP/1.1 POST with a Content-Length, answered one at a time. A connection that brings anything else is
handed to aiohttp for good.
"""

import asyncio
from collections.abc import Callable, Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import cast

from simulator.app import Simulator
from simulator.provider import Provider
from simulator.stage import Verdict
from simulator.wire import Incoming, Reply

_NEEDS_AIOHTTP = frozenset({"transfer-encoding", "expect", "connection", "upgrade"})
_REASONS = {status.value: status.phrase for status in HTTPStatus}


class LeanProtocol(asyncio.Protocol):
    def __init__(self, simulator: Simulator, fallback: Callable[[], asyncio.Protocol]) -> None:
        self._simulator = simulator
        self._fallback = fallback
        self._buffer = b""
        self._waiting = False
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one without saying so

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        self._serve()

    def _serve(self) -> None:
        while self._buffer and not self._waiting and self._serve_one():
            pass

    def _serve_one(self) -> bool:
        """False when the request is not all here yet, or another's now."""
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return False
        path, headers = _head(self._buffer[:end])
        provider = self._simulator.provider(path)
        length = headers.get("content-length", "")
        if provider is None or not length.isdecimal() or not _NEEDS_AIOHTTP.isdisjoint(headers):
            return self._hand_over()
        stop = end + 4 + int(length)
        if len(self._buffer) < stop:
            return False
        body, self._buffer = self._buffer[end + 4 : stop], self._buffer[stop:]
        self._play(provider, Incoming(path, headers, body))
        return True

    def _play(self, provider: Provider, request: Incoming) -> None:
        verdict = self._simulator.stage.play(provider, request)
        if verdict.wait:
            self._waiting = True
            asyncio.get_running_loop().call_later(verdict.wait, self._answer_late, verdict)
        else:
            self._answer(verdict)

    def _answer_late(self, verdict: Verdict) -> None:
        self._waiting = False
        self._answer(verdict)
        self._serve()

    def _answer(self, verdict: Verdict) -> None:
        if verdict.reply is None:
            self._buffer = b""
            self._transport.close()
        elif not self._transport.is_closing():
            self._transport.write(_encoded(verdict.reply))

    def _hand_over(self) -> bool:
        protocol = self._fallback()
        self._transport.set_protocol(protocol)
        protocol.connection_made(self._transport)
        protocol.data_received(self._buffer)
        return False


@lru_cache(maxsize=1024)
def _head(head: bytes) -> tuple[str, Mapping[str, str]]:
    """The path of an HTTP/1.1 POST, else an empty one; header names in lower case. One client's heads are the same but
    for a few lengths."""
    request, *lines = head.decode("latin-1").split("\r\n")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return (request[5:-9] if request.startswith("POST ") and request.endswith(" HTTP/1.1") else ""), headers


def _encoded(reply: Reply) -> bytes:
    more = "".join(f"\r\n{name}: {value}" for name, value in reply.headers.items()).encode() if reply.headers else b""
    return b"%b%d%b\r\n\r\n%b" % (_first(reply.status, reply.content_type), len(reply.body), more, reply.body)


@lru_cache(maxsize=1024)
def _first(status: int, content_type: str) -> bytes:
    """An answer up to its length."""
    reason = _REASONS.get(status, "Unknown")
    return f"HTTP/1.1 {status} {reason}\r\nContent-Type: {content_type}\r\nContent-Length: ".encode()
