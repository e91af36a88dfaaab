"""A request that is repeated with its Idempotency-Key gets the first answer again and does nothing twice."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from local_stack.system import Credentials, System
from tests.e2e.api import World, world_of

MESSAGE = {"provider": "nexmo", "type": "sms", "arguments": {"from": "Dapi", "to": "+447700900100", "text": "Hi"}}


@pytest.fixture
async def world(system: System, account: Credentials) -> AsyncIterator[World]:
    async with world_of(system, account) as world:
        yield world


@pytest.fixture
async def http(system: System, account: Credentials) -> AsyncIterator[aiohttp.ClientSession]:
    headers = {"Authorization": aiohttp.encode_basic_auth(account.user_id, account.user_secret)}
    async with aiohttp.ClientSession(system.url, headers=headers) as session:
        yield session


async def put(http: aiohttp.ClientSession, key: str, body: Any = MESSAGE) -> tuple[int, Any, bool]:
    """Status, answer, and whether it is a replay."""
    async with http.put("/v1/messages", json=body, headers={"Idempotency-Key": key}) as response:
        return response.status, await response.json(), response.headers.get("Idempotent-Replayed") == "true"


async def test_a_repetition_sends_nothing_again(world: World, http: aiohttp.ClientSession) -> None:
    assert await put(http, "first") == (200, {"id": "1"}, False)
    assert await put(http, "first") == (200, {"id": "1"}, True)
    assert await put(http, "second") == (200, {"id": "2"}, False)
    assert len((await world.client.call("GET", "/v1/messages"))["messages"]) == 2


async def test_the_key_outlives_the_planner(world: World, http: aiohttp.ClientSession) -> None:
    await put(http, "kept")
    world.system.supervisor.kill("invoke-planner")
    async with asyncio.timeout(60):
        while (answer := await put(http, "kept"))[0] == 503:
            await asyncio.sleep(0.2)
    assert answer == (200, {"id": "1"}, True)


async def test_another_body_with_the_same_key_is_refused(world: World, http: aiohttp.ClientSession) -> None:
    await put(http, "key")
    status, answer, _ = await put(http, "key", {**MESSAGE, "ttl": "60"})
    assert (status, answer["error-code"]) == (422, "idempotency-key-reused")


async def test_a_refusal_is_repeated_too(world: World, http: aiohttp.ClientSession) -> None:
    await world.client.call("DELETE", "/v1/providers/nexmo")
    first, again = await put(http, "no"), await put(http, "no")
    assert first[0] == again[0] == 400
    assert first[1]["error-code"] == again[1]["error-code"] == "message-invalid-provider"
    assert (first[2], again[2]) == (False, True)


async def test_of_many_at_once_one_is_done(world: World, http: aiohttp.ClientSession) -> None:
    answers = await asyncio.gather(*(put(http, "race") for _ in range(10)))
    assert {status for status, _, _ in answers} <= {200, 409}
    assert {answer["id"] for status, answer, _ in answers if status == 200} == {"1"}
    assert len((await world.client.call("GET", "/v1/messages"))["messages"]) == 1
