"""Ending a client that may hang, or end otherwise than it was asked to."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError

from dapi_common.bus import kafka_clients
from dapi_common.bus.kafka_clients import bounded


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka_clients, "CLOSE_SECONDS", 0.05)
    monkeypatch.setattr(kafka_clients, "_CANCEL_SECONDS", 0.05)


async def cancelled() -> None:
    """As aiokafka's fetcher ends: it waits for a task of its own that it has cancelled."""
    fetch = asyncio.create_task(asyncio.sleep(60))
    await asyncio.sleep(0)
    fetch.cancel()
    await fetch


async def away() -> None:
    raise KafkaConnectionError("away")


async def hanging() -> None:
    await asyncio.sleep(60)


async def stubborn() -> None:
    for _ in range(20):
        try:
            await asyncio.sleep(0.05)
        except asyncio.CancelledError:
            continue


@pytest.mark.parametrize("stop", [cancelled, away, hanging, stubborn])
async def test_whoever_ends_a_client_goes_on_whatever_it_does(stop: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async with asyncio.timeout(20):
        await bounded(stop())


async def test_a_defect_is_none_of_that() -> None:
    async def defective() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        await bounded(defective())
