"""The gateway under test."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from aiohttp.test_utils import TestClient, TestServer

from api_gateway.app import application
from api_gateway.auth import Accounts
from api_gateway.call import Gateway
from api_gateway.commands import Asks
from dapi_common import topics
from dapi_common.bus.follow import follow
from dapi_common.bus.memory import MemoryBus
from dapi_common.clock import ManualClock, SystemClock
from dapi_common.secrets import Vault
from dapi_common.store.memory import MemoryStore
from dapi_common.store.positions import Barrier

from .world import ALICE, BOB, MASTER_KEY, Planner, World, open_account


@pytest.fixture
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    """Its parameter, where a test gives one, is `reveal_credentials`."""
    bus, store, clock = MemoryBus(), MemoryStore(), ManualClock()
    planner, barrier = Planner(bus, store), Barrier(store, SystemClock())
    asks = Asks(bus.publisher(), barrier, clock, "gateway-1", budget=0.3, patience=0.1)
    gateway = Gateway(Accounts(), asks, store, Vault(MASTER_KEY), getattr(request, "param", True))
    await open_account(bus, ALICE)
    await open_account(bus, BOB)
    accounts, outcomes = bus.reader([topics.ACCOUNTS]), bus.reader([topics.OUTCOMES], from_start=False)
    await accounts.start()
    await outcomes.start()
    tasks = [
        asyncio.create_task(planner.run()),
        asyncio.create_task(follow(accounts, gateway.accounts.apply)),
        asyncio.create_task(follow(outcomes, asks.settle)),
    ]
    async with TestClient(TestServer(application(gateway))) as client:
        await asyncio.sleep(0)
        yield World(client, bus, store, planner, gateway)
    await barrier.close()
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
