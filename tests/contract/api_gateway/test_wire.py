"""The whole process on a port: when it is ready, what it answers to what is no HTTP, how it ends, what it logs."""

import asyncio
import io
import logging
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, suppress

import orjson
import pytest
import structlog

from api_gateway.auth import Accounts
from api_gateway.call import Gateway
from api_gateway.commands import Asks
from api_gateway.serving import serve
from dapi_common import topics
from dapi_common.bus.memory import MemoryBus
from dapi_common.bus.port import Output
from dapi_common.clock import SystemClock
from dapi_common.events.outcomes import CommandOutcome
from dapi_common.runtime import logs
from dapi_common.runtime.health import Health
from dapi_common.secrets import Vault
from dapi_common.store.memory import MemoryStore
from dapi_common.store.positions import Barrier

from . import wire
from .wire import request
from .world import ALICE, MASTER_KEY, MESSAGE, Planner, basic, open_account

Exchange = Callable[[bytes], Awaitable[tuple[int, Mapping[str, str], dict[str, str]]]]


class Process:
    """A running gateway and what surrounds it."""

    def __init__(self) -> None:
        self.bus, self.store, self.clock, self.health = MemoryBus(), MemoryStore(), SystemClock(), Health()
        self.planner = Planner(self.bus, self.store)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]

    async def run(self) -> None:
        """Until cancelled."""
        barrier = Barrier(self.store, self.clock)
        asks = Asks(self.bus.publisher(), barrier, self.clock, "g")
        gateway = Gateway(Accounts(), asks, self.store, Vault(MASTER_KEY))
        try:
            await serve(gateway, self.bus, self.bus.publisher(), "127.0.0.1", self.port, self.health)
        finally:
            await barrier.close()

    async def exchange(self, sent: bytes) -> tuple[int, Mapping[str, str], dict[str, str]]:
        """Status, headers (lower case) and JSON of the answer to these bytes."""
        raw = await wire.exchange(self.port, sent)
        return raw.status, raw.headers, raw.body


@asynccontextmanager
async def running() -> AsyncIterator[tuple[Process, asyncio.Task[None]]]:
    """A gateway that is ready, and its task."""
    process = Process()
    await open_account(process.bus, ALICE)
    gateway, planner = asyncio.create_task(process.run()), asyncio.create_task(process.planner.run())
    while process.health.reason is not None:
        await asyncio.sleep(0.001)
    yield process, gateway
    for task in (gateway, planner):
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.fixture
async def exchange() -> AsyncIterator[Exchange]:
    """Sends raw bytes to a running gateway."""
    async with running() as (process, _):
        yield process.exchange


@pytest.fixture
def logged() -> Iterator[io.BytesIO]:
    """What the process writes to its log."""
    root, lines = logging.getLogger(), io.BytesIO()
    handlers, level = root.handlers[:], root.level
    logs.configure("api-gateway", "0", "INFO", lines)
    yield lines
    structlog.reset_defaults()
    root.handlers[:], root.level = handlers, level


async def test_a_ready_gateway_knows_its_accounts_and_takes_messages(exchange: Exchange) -> None:
    status, _, body = await exchange(
        request("PUT", "/v1/messages", orjson.dumps(MESSAGE), "Content-Type: application/json\r\n")
    )
    assert (status, body) == (200, {"id": "1"})


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\r\n\r\n",
        b"FOO\x00 / HTTP/1.1\r\n\r\n",
        b"GET /v1/limits HTTP/1.1\r\nAuth\x01orization: secret\r\n\r\n",
        b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\n\r\n",
        b"PUT /v1/messages HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"PUT /v1/messages HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
async def test_what_is_no_http_is_refused_in_json(exchange: Exchange, sent: bytes) -> None:
    status, headers, body = await exchange(sent)
    assert (status, body["error-code"]) == (400, "request-invalid")
    assert headers["content-type"] == "application/json"
    assert headers["x-request-id"] == body["request-id"]


@pytest.mark.parametrize(
    "target",
    [
        b"/v1/messages?contact=\xff&limit=1",
        b"/v1/messages?status=%ED%A0%80",
        b"/v1/messages?page=\xff",
        b"/v1/messages?after=\xff",
        b"/v1/messages?%ff=%ff",
        b"/v1/messages/\xff",
        b"/v1/lists/%FF/contacts",
        b"/v1/providers/\xed\xa0\x80",
        b"/\xff",
        b"*",
        b"http://[::1/v1/limits",
        b"//x/v1/limits",
        b"/v1/limits?" + b"a=1&" * 1500,
    ],
)
async def test_no_target_breaks_the_gateway(exchange: Exchange, target: bytes) -> None:
    status, _, body = await exchange(request("GET", "@").replace(b"@", target, 1))
    assert status < 500
    assert "error-code" in body or status == 200


async def test_a_compressed_body_is_no_json(exchange: Exchange) -> None:
    headers = "Content-Type: application/json\r\nContent-Encoding: gzip\r\n"
    status, _, body = await exchange(request("PUT", "/v1/messages", b"\x1f\x8b\x08broken", headers))
    assert (status, body["error-code"]) == (400, "json-invalid")


async def test_a_broken_chunk_is_no_body(exchange: Exchange) -> None:
    headers = f"Authorization: {basic(ALICE)['Authorization']}\r\nContent-Type: application/json\r\n"
    sent = f"PUT /v1/lists HTTP/1.1\r\nHost: x\r\n{headers}Transfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\nzz\r\n"
    status, _, _ = await exchange(sent.encode())
    assert status == 400


@pytest.mark.parametrize("expected", ["100-continue", "miracles"])
async def test_a_client_that_expects_something_is_answered(exchange: Exchange, expected: str) -> None:
    headers = f"Content-Type: application/json\r\nExpect: {expected}\r\n"
    assert (await exchange(request("PUT", "/v1/lists", b"{}", headers)))[0] == 200


async def test_a_log_line_says_what_was_asked_and_never_what_was_in_it(exchange: Exchange, logged: io.BytesIO) -> None:
    json = "Content-Type: application/json\r\n"
    await exchange(request("PUT", "/v1/messages", orjson.dumps(MESSAGE), json))
    await exchange(request("GET", "/v1/messages/1?contact=%2B31612345678"))
    await exchange(request("GET", "/v1/secret-path?token=secret-query"))
    await exchange(request("PUT", "/v1/messages", b"secret-body", json))
    await exchange(b"GET / HTTP/1.1\r\nsecret\x01header: x\r\n\r\n")
    written = logged.getvalue().decode()
    assert not re.search("31612345678|This is a test|secret|alice", written)
    told = [orjson.loads(line) for line in written.splitlines()]
    assert [(t["method"], t["route"], t["status"]) for t in told if t["event"] == "request.answered"] == [
        ("PUT", "/v1/messages", 200),
        ("GET", "/v1/messages/{message}", 200),
        ("GET", "unknown", 404),
        ("PUT", "/v1/messages", 400),
    ]
    assert all(t["seconds"] >= 0 and len(t["request_id"]) == 32 for t in told if t["event"] == "request.answered")


async def test_a_gateway_that_is_told_to_end_answers_what_is_under_way() -> None:
    async with running() as (process, gateway):
        process.planner.silent = True
        json = "Content-Type: application/json\r\n"
        asking = asyncio.create_task(process.exchange(request("PUT", "/v1/messages", orjson.dumps(MESSAGE), json)))
        while not process.planner.commands:
            await asyncio.sleep(0.001)
        gateway.cancel()
        await asyncio.sleep(0.01)
        command = process.planner.commands[0]
        outcome = CommandOutcome(account=ALICE, command_id=command.command_id, ids=("7",))
        await process.bus.publisher().publish(Output(topics.OUTCOMES, outcome, "g"), 1.0)
        assert (await asking)[::2] == (200, {"id": "7"})
        with pytest.raises(asyncio.CancelledError):
            await gateway
