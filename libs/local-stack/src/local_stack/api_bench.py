"""`make bench SCENARIO=api`: what the HTTP API does on this machine, with every part on it. The last line is one JSON
object: writes and reads a second, pages at depth, and large lists."""

import asyncio
import json
import os
import random
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from rich.console import Console

from dapi_common import topics
from dapi_common.bus.kafka import KafkaBus
from dapi_common.bus.port import Output
from dapi_common.events.invokes import MessageAccepted
from dapi_common.ids import AccountId, MessageId
from dapi_common.runtime.settings import Settings
from local_stack.backends import backends
from local_stack.bench import LIMITS
from local_stack.client import Client, client_of
from local_stack.contacts import Contact
from local_stack.demo import OFFERS, PROVIDERS
from local_stack.load import Rate, load
from local_stack.system import Credentials, System, running_system

CONNECTIONS = 80
SECONDS = 10.0
PAGES = 1000
_PIECE = 2000


async def api_bench(out: Console, history: int) -> int:
    """The exit code. `history` messages are put into the read models for the pages."""
    with TemporaryDirectory() as folder:
        async with (
            backends(Path(folder), os.environ) as found,
            running_system(found, Path(folder), bench=True) as system,
        ):
            figures = await _rates(system, out) | await _lists(system, out) | await _pages(system, history, out)
    print(json.dumps(figures))
    return 0


async def _rates(system: System, out: Console) -> dict[str, float]:
    credentials = await _account(system)
    port, numbers = int(system.url.rpartition(":")[2]), count()

    def put() -> tuple[str, str, bytes]:
        arguments = {"from": "Dapi", "to": f"+4478{next(numbers):08}", "text": "Hi"}
        return "PUT", "/v1/messages", json.dumps({"provider": "nexmo", "type": "sms", "arguments": arguments}).encode()

    await load(port, credentials, put, CONNECTIONS, SECONDS)  # a broker's first seconds are its compiler's
    written = await load(port, credentials, put, CONNECTIONS, SECONDS)
    out.print(f"PUT /v1/messages: {written}")
    read = await load(port, credentials, lambda: ("GET", _message(), b""), CONNECTIONS // 4, SECONDS)
    out.print(f"GET /v1/messages/{{id}}: {read}")
    return {**_named("put", written), **_named("get", read)}


def _message() -> str:
    return f"/v1/messages/{random.randint(1, 1000)}"


def _named(name: str, rate: Rate) -> dict[str, float]:
    return {
        f"{name}_per_s": round(rate.per_second),
        f"{name}_p50_ms": round(rate.p50_ms, 1),
        f"{name}_p99_ms": round(rate.p99_ms, 1),
    }


async def _lists(system: System, out: Console) -> dict[str, float]:
    """A list of 100,000 contacts in ten requests, and its invoke, stopped at once."""
    async with client_of(system.url, await _account(system)) as client:
        list_id = (await client.call("PUT", "/v1/lists", {}))["id"]
        started = time.monotonic()
        for start in range(0, 100_000, 10_000):
            contacts = [
                Contact(type="sms", provider="nexmo", order="1", contact=f"+4476{n:08}")
                for n in range(start, start + 10_000)
            ]
            await client.call("PUT", f"/v1/lists/{list_id}/contacts", {"contacts": contacts})
        added = time.monotonic()
        invoke = await client.call("PUT", "/v1/invokes", {"list_id": list_id, "providers": [OFFERS[0]]})
        accepted = time.monotonic()
        await client.call("POST", f"/v1/invokes/{invoke['id']}", {"status": "stopped"})
    out.print(f"100,000 contacts in {added - started:.1f} s, their invoke in {(accepted - added) * 1000:.0f} ms")
    return {"contacts_100k_s": round(added - started, 1), "invoke_100k_ms": round((accepted - added) * 1000)}


async def _pages(system: System, history: int, out: Console) -> dict[str, float]:
    """Page 1 and, by cursor, page PAGES of an account with so many messages, put into the log as accepted long ago."""
    credentials = await _account(system)
    bus = KafkaBus(system.backends.kafka, Settings().partitions)
    async with bus.publisher() as publisher, client_of(system.url, credentials) as client:
        for accepted in _pieces(AccountId(credentials.user_id), history):
            await asyncio.gather(*(publisher.publish(Output(topics.EVENTS, event), 60) for event in accepted))
        await _visible(client, history)
        after = str(history - 100 * (PAGES - 1) + 1)
        first = await _milliseconds(client, "/v1/messages")
        deep = await _milliseconds(client, f"/v1/messages?after={after}")
    out.print(f"of {history} messages: page 1 in {first:.1f} ms, page {PAGES} by cursor in {deep:.1f} ms")
    return {"page_1_ms": round(first, 1), "page_1000_ms": round(deep, 1), "page_ratio": round(deep / first, 2)}


async def _visible(client: Client, n: int) -> None:
    async with asyncio.timeout(n / 1000 + 60):
        while await _newest(client) < n:  # noqa: ASYNC110  # the other side is a process
            await asyncio.sleep(0.5)


async def _newest(client: Client) -> int:
    messages = (await client.call("GET", "/v1/messages?limit=1"))["messages"]
    return int(messages[0]["id"]) if messages else 0


def _pieces(account: AccountId, history: int) -> Iterator[list[MessageAccepted]]:
    for start in range(1, history + 1, _PIECE):
        yield [_accepted(account, n) for n in range(start, min(start + _PIECE, history + 1))]


def _accepted(account: AccountId, n: int) -> MessageAccepted:
    return MessageAccepted(
        account=account,
        message_id=MessageId(str(n)),
        n=n,
        provider="nexmo",
        channel="sms",
        arguments={"from": "Dapi", "to": f"+4478{n:08}", "text": "Hi"},
        deadline=time.time(),
        at=time.time(),
    )


async def _milliseconds(client: Client, path: str) -> float:
    times: list[float] = []
    for _ in range(50):
        started = time.perf_counter()
        messages = (await client.call("GET", path))["messages"]
        times.append((time.perf_counter() - started) * 1000)
        assert len(messages) == 100, len(messages)
    return median(times)


async def _account(system: System) -> Credentials:
    credentials = await system.create_account(*LIMITS)
    async with client_of(system.url, credentials) as client:
        for name, keys in PROVIDERS.items():
            await client.call("PUT", f"/v1/providers/{name}", dict(keys))
    return credentials
