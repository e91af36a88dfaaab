"""Many clients at once, more gateways than one, and what an account's money did meanwhile."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from decimal import Decimal
from typing import Any

from api_gateway.views import ledger
from api_gateway.views.pages import Slice
from dapi_common.ids import AccountId
from dapi_common.store.mongo import MongoStore
from local_stack.client import CallFailed, Client, client_of
from local_stack.ports import HOST, free_port
from local_stack.services import GATEWAY, service_process
from local_stack.system import Credentials, System

CROWD = 50


@asynccontextmanager
async def two_more_gateways(system: System) -> AsyncIterator[list[str]]:
    """The addresses of all three."""
    names, urls = [], [system.url]
    try:
        for replica in ("2", "3"):
            port = free_port()
            own = {"DAPI_INSTANCE": replica, "DAPI_HTTP_PORT": str(port)}
            process = service_process(f"{GATEWAY}-{replica}", GATEWAY, {**system.environment, **own})
            await system.supervisor.start(process)
            names.append(process.name)
            urls.append(f"http://{HOST}:{port}")
        for name in names:
            await system.supervisor.wait_ready(name)
        yield urls
    finally:
        for name in names:
            await system.supervisor.stop(name)


@asynccontextmanager
async def crowd(system: System, account: Credentials) -> AsyncIterator[list[Client]]:
    """So many clients, each with connections of its own."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(client_of(system.url, account)) for _ in range(CROWD)]


Attempt = Callable[[Client, int], Awaitable[Any]]


async def outcomes(clients: Sequence[Client], times: int, attempt: Attempt) -> Counter[str]:
    """How often each error code was answered ("": none), all clients at once, each one attempt after the other."""

    async def one(client: Client, who: int) -> list[str]:
        return [await _code(attempt(client, who * times + n)) for n in range(times)]

    answers = await asyncio.gather(*(one(client, who) for who, client in enumerate(clients)))
    return Counter(code for codes in answers for code in codes)


async def _code(call: Awaitable[Any]) -> str:
    try:
        await call
    except CallFailed as failure:
        return failure.code if failure.status == 400 else str(failure)
    return ""


@asynccontextmanager
async def watched(client: Client) -> AsyncIterator[list[Decimal]]:
    """Every balance that is seen meanwhile."""
    seen: list[Decimal] = []

    async def watch() -> None:
        while True:
            seen.append(await balance(client))

    watching = asyncio.create_task(watch())
    try:
        yield seen
    finally:
        watching.cancel()
        await asyncio.wait([watching])


async def balance(client: Client) -> Decimal:
    return Decimal((await client.call("GET", "/v1/accounts/credits"))["balance"])


async def balance_until(client: Client, wanted: Decimal) -> None:
    """Returns once it is that."""
    async with asyncio.timeout(30):
        while await balance(client) != wanted:
            await asyncio.sleep(0.05)


async def movements(system: System, account: Credentials) -> list[tuple[str, Decimal]]:
    """The whole ledger, oldest first; each line's balance is the sum so far, and never negative."""
    store = MongoStore(system.backends.mongo, "dapi")
    try:
        page = await ledger.page(store, AccountId(account.user_id), Slice(1000))
    finally:
        await store.close()
    assert page.after is None
    total, lines = Decimal(0), []
    for line in reversed(page.items):
        total += Decimal(str(line["amount"]))
        assert total == Decimal(str(line["balance"])) >= 0
        lines.append((str(line["kind"]), Decimal(str(line["amount"]))))
    return lines


def sending(to: Sequence[str]) -> Attempt:
    """Each attempt is a message to the next of these numbers."""

    async def send(client: Client, n: int) -> None:
        arguments = {"from": "Dapi", "to": to[n], "text": "Hi"}
        await client.call("PUT", "/v1/messages", {"provider": "nexmo", "type": "sms", "arguments": arguments})

    return send
