"""What the end-to-end tests do with the system, as any client would."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from local_stack.client import JSON, CallFailed, Client, client_of, ledger_of
from local_stack.contacts import Contact
from local_stack.demo import OFFERS, PROVIDERS
from local_stack.system import Credentials, System

ENDED = ("completed", "stopped")


@dataclass(frozen=True, slots=True)
class World:
    """A system and one account's view of it."""

    system: System
    client: Client

    async def list_of(self, contacts: Sequence[Contact]) -> str:
        """A new list with these contacts."""
        list_id = (await self.client.call("PUT", "/v1/lists", {}))["id"]
        await self.client.call("PUT", f"/v1/lists/{list_id}/contacts", {"contacts": list(contacts)})
        return str(list_id)

    async def invoke(self, list_id: str, **more: Any) -> str:
        """A new invoke over both providers, once it can be read: a store that is slower than a gateway's patience (4
        seconds) shows it after its 200."""
        body = {"list_id": list_id, "providers": list(OFFERS), **more}
        invoke = str((await self.client.call("PUT", "/v1/invokes", body))["id"])
        async with asyncio.timeout(30):
            while True:
                try:
                    await self.counts(invoke)
                    return invoke
                except CallFailed as absent:
                    if absent.status != 404:
                        raise
                    await asyncio.sleep(0.1)

    async def counts(self, invoke_id: str) -> tuple[str, dict[str, int]]:
        """Status and progress. The counts add up, whenever they are looked at."""
        invoke = await self.client.call("GET", f"/v1/invokes/{invoke_id}?limit=1")
        progress = {name: int(value) for name, value in invoke["progress"].items()}
        assert sum(progress.values()) == 2 * progress["total"], progress
        return str(invoke["status"]), progress

    async def until(self, invoke_id: str, done: int, seconds: float = 120) -> dict[str, int]:
        """The counts once so many contacts have their outcome."""
        async with asyncio.timeout(seconds):
            while True:
                _, progress = await self.counts(invoke_id)
                if progress["total"] - progress["pending"] >= done:
                    return progress
                await asyncio.sleep(0.05)

    async def until_ended(self, invoke_id: str, seconds: float = 120) -> dict[str, int]:
        """The counts once the invoke has ended and nothing of it is pending."""
        async with asyncio.timeout(seconds):
            while True:
                status, progress = await self.counts(invoke_id)
                if status in ENDED and not progress["pending"]:
                    return progress
                await asyncio.sleep(0.1)

    async def contacts(self, invoke_id: str) -> list[JSON]:
        """Every contact of the invoke's plan, with its message's status."""
        found: list[JSON] = []
        page = 0
        while True:
            invoke = await self.client.call("GET", f"/v1/invokes/{invoke_id}?limit=1000&page={page}")
            if not invoke["contacts"]:
                return found
            found += invoke["contacts"]
            page += 1

    async def statuses(self, invoke_id: str, expected: Mapping[str, int]) -> None:
        """Returns once the contacts' statuses are these: they are folded from another topic than the counts."""
        async with asyncio.timeout(20):
            while Counter(contact["status"] for contact in await self.contacts(invoke_id)) != Counter(expected):
                await asyncio.sleep(0.2)

    async def message_until(self, message_id: str, *statuses: str, seconds: float = 60) -> JSON:
        """The message once it has one of these statuses, and is seen: a store that is slower than a gateway's patience
        may show it later than its 200."""
        async with asyncio.timeout(seconds):
            while True:
                try:
                    message = await self.client.call("GET", f"/v1/messages/{message_id}")
                    if message["status"] in statuses:
                        return message
                except CallFailed as failure:
                    if failure.status != 404:
                        raise
                await asyncio.sleep(0.05)

    async def send(self, to: str, **more: Any) -> str:
        """A new single message through nexmo."""
        message = {"provider": "nexmo", "type": "sms", "arguments": {"from": "Dapi", "to": to, "text": "Hi"}, **more}
        return str((await self.client.call("PUT", "/v1/messages", message))["id"])

    async def refusal(self, method: str, path: str, body: JSON | None = None) -> tuple[int, str]:
        """Status and error code of a call that must fail."""
        try:
            await self.client.call(method, path, body)
        except CallFailed as failure:
            return failure.status, failure.code
        raise AssertionError(f"{method} {path} was not refused")

    async def submissions(self, contacts: Sequence[Contact]) -> list[JSON]:
        """What the simulator's ledger has of these contacts, in its order."""
        numbers = {contact["contact"].lstrip("+") for contact in contacts}
        return [entry for entry in await ledger_of(self.system.simulator_url) if entry["to"].lstrip("+") in numbers]

    async def script(self, to: str, *steps: JSON, repeat: bool = True) -> None:
        """What the simulated provider answers to this number."""
        script = {"steps": list(steps), "repeat": repeat}
        async with (
            aiohttp.ClientSession(self.system.simulator_url) as http,
            http.put(f"/_scripts/{to}", json=script) as answer,
        ):
            assert answer.status == 204


@asynccontextmanager
async def world_of(system: System, credentials: Credentials) -> AsyncIterator[World]:
    """The account's world, with both providers added and seen: a store that is slower than a gateway's patience may
    still be folding what the test before left."""
    async with client_of(system.url, credentials) as client:
        for name, keys in PROVIDERS.items():
            await client.call("PUT", f"/v1/providers/{name}", dict(keys))
        async with asyncio.timeout(60):
            while len((await client.call("GET", "/v1/providers"))["providers"]) < len(PROVIDERS):
                await asyncio.sleep(0.1)
        yield World(system, client)


_series = iter(range(10, 99))


def people(count: int, orders: int = 1) -> list[Contact]:
    """So many contacts of both providers over so many orders; numbers that no other test uses."""
    series = next(_series)
    return [
        Contact(
            type="sms",
            provider=("nexmo", "twilio")[n % 2],
            order=str(1 + n * orders // count),
            contact=f"+4479{series}{n:06}",
        )
        for n in range(count)
    ]


def assert_in_order(submissions: Sequence[JSON], contacts: Sequence[Contact]) -> None:
    """Nobody's first attempt came before one of a lower order."""
    order_of = {contact["contact"].lstrip("+"): int(contact["order"]) for contact in contacts}
    firsts: dict[str, float] = {}
    for entry in submissions:
        firsts.setdefault(entry["to"].lstrip("+"), entry["at"])
    orders = [order_of[number] for number, _ in sorted(firsts.items(), key=lambda first: first[1])]
    assert orders == sorted(orders)


def now() -> float:
    """Wall time, as the simulator's ledger has it."""
    return time.time()
