"""What a Live installation lacks for messages to go out: a dispatcher, and a provider that plays nexmo."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from dapi_common import topics
from dapi_common.provider.calls import Calls
from dapi_common.provider.worker import AdapterTask
from dispatcher.worker import DispatcherTask
from tests.contract.path.provider import Nexmo
from tests.unit.dapi_common.provider.world import letters, no_http

from .live import Live
from .world import CONTACT, MESSAGE, NEXMO, OFFER, Caller


@asynccontextmanager
async def sending() -> AsyncIterator[Live]:
    """An installation that sends through nexmo."""
    async with Live().running() as live:
        queue = topics.provider_topic("nexmo")
        calls = Calls(Nexmo(), no_http(), live.clock)
        dispatcher = DispatcherTask({}, ("nexmo", "twilio"))
        live.start_worker("dispatcher", [topics.SENDS], topics.DISPATCHER_STATE, lambda _: dispatcher)
        live.start_worker(
            "adapter", [queue], None, lambda _: AdapterTask(calls, replace(letters("nexmo"), vault=live.vault))
        )
        yield live


AMAZON = {"ACCESS_KEY": "key-of-tests", "SECRET_KEY": "secret-key-of-tests", "REGION_NAME": "us-west-2"}
KEYS = {"nexmo": NEXMO, "amazon-ses": AMAZON}


async def furnish(caller: Caller, times: int = 1, providers: Sequence[str] = ("nexmo",)) -> None:
    """So many of everything that an account can have; each list with so many contacts."""
    for name in providers:
        await made(caller, f"/v1/providers/{name}", KEYS[name])
    for number in range(1, times + 1):
        await made(caller, "/v1/lists", {"metadata": {"name": "Test"}})
        contacts = [{**CONTACT, "provider": "nexmo", "contact": f"+3161234567{n}"} for n in range(times)]
        await made(caller, f"/v1/lists/{number}/contacts", {"contacts": contacts})
        await made(caller, "/v1/messages", MESSAGE)
        await made(caller, "/v1/invokes", {"list_id": str(number), "providers": [OFFER]})
    for number in range(1, times + 1):
        await made(caller, "/v1/suppressions", {"type": "sms", "contact": f"+3161234567{number - 1}"})


async def made(caller: Caller, path: str, body: dict[str, Any]) -> None:
    """Creates it. Raises AssertionError when the gateway does not."""
    answer = await caller("PUT", path, body)
    assert answer.status == 200, answer.body
