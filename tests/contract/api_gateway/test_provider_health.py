"""`health` on GET /v1/providers: from the log, through the real projector, to the client."""

import asyncio
from typing import Any

from dapi_common import topics
from dapi_common.bus.port import Output
from dapi_common.events.receipts import ProviderPaused, ProviderResumed
from dapi_common.events.signals import Figures, ProviderHealth
from dapi_common.ids import AccountId

from .live import TICK, Live
from .world import NEXMO, Caller

ACCOUNT = AccountId("watched")


async def until(caller: Caller, status: str) -> Any:
    """The health, once it says so."""
    async with asyncio.timeout(30):
        while (health := (await caller("GET", "/v1/providers/nexmo")).body["health"])["status"] != status:
            await asyncio.sleep(TICK)
        return health


async def test_figures_and_pauses_are_shown_with_the_provider() -> None:
    async with Live().running() as live:
        caller, publisher = await live.open(ACCOUNT), live.bus.publisher()
        await caller("PUT", "/v1/providers/nexmo", NEXMO)
        assert await until(caller, "unknown") == {"status": "unknown", "windows": {}}

        window, now = Figures(outcomes={"accepted": 3}, p50=0.05, p95=0.05), live.clock.now()
        known: dict[str, Any] = {"account": ACCOUNT, "provider": "nexmo", "at": now}
        figures = ProviderHealth(channels={"sms": {"1m": window, "5m": window, "1h": window}}, **known)
        await publisher.publish(Output(topics.PROVIDER_HEALTH, figures, f"{ACCOUNT}/nexmo"), 1.0)
        health = await until(caller, "ok")
        assert health["windows"]["sms"]["1m"]["accepted"] == "3"

        paused = ProviderPaused(code="4", description="the credentials are wrong", probe_at=now + 30, **known)
        await publisher.publish(Output(topics.DELIVERIES, paused), 1.0)
        health = await until(caller, "paused")
        assert (health["code"], health["description"]) == ("4", "the credentials are wrong")
        assert (await caller("GET", "/v1/providers")).body["providers"][0]["health"] == health

        await publisher.publish(Output(topics.DELIVERIES, ProviderResumed(**{**known, "at": now + 1})), 1.0)
        await until(caller, "ok")


async def test_other_credentials_end_a_pause_at_once() -> None:
    async with Live().running() as live:
        caller, now = await live.open(ACCOUNT), live.clock.now()
        await caller("PUT", "/v1/providers/nexmo", NEXMO)
        paused = ProviderPaused(
            account=ACCOUNT, provider="nexmo", code="4", description="no", probe_at=now + 30, at=live.clock.now()
        )
        await live.bus.publisher().publish(Output(topics.DELIVERIES, paused), 1.0)
        await until(caller, "paused")
        await caller("POST", "/v1/providers/nexmo", {**NEXMO, "API_SECRET": "another"})
        assert (await caller("GET", "/v1/providers/nexmo")).body["health"]["status"] == "unknown"
