"""Accounts: the operators' side of them, their secrets on every gateway, and limits and credits that hold exactly
whoever asks at once."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from decimal import Decimal
from typing import Any

import aiohttp
import pytest

from local_stack.client import JSON, Client, client_of
from local_stack.system import CommandFailed, Credentials, System
from tests.e2e.api import people, world_of
from tests.e2e.crowd import (
    CROWD,
    balance,
    balance_until,
    crowd,
    movements,
    outcomes,
    sending,
    two_more_gateways,
    watched,
)

FEE = Decimal("0.01")


async def dapi(system: System, *arguments: str) -> JSON:
    """What `dapi accounts` prints."""
    printed: JSON = json.loads(await system.dapi("accounts", *arguments))
    return printed


async def opened(system: System, *limits: str) -> Credentials:
    return await system.create_account("--mps", "500", *limits)


async def test_operators_open_change_and_see_accounts(system: System) -> None:
    account = await opened(system, "--lists", "3", "--credits", "1.5")
    limits = {"mps": "500", "lists": "3", "contact-per-list": "7"}
    acted_on = {"user_id": account.user_id}
    assert await dapi(system, "limits", account.user_id, "--contacts-per-list", "7") == acted_on
    assert await dapi(system, "top-up", account.user_id, "0.000001") == acted_on
    with pytest.raises(CommandFailed, match="credits-invalid"):
        await dapi(system, "top-up", account.user_id, "-1")
    shown = await dapi(system, "show", account.user_id)
    assert (shown["balance"], shown["limits"]) == ("1.500001", limits)
    assert shown in (await dapi(system, "list"))["accounts"]
    async with client_of(system.url, account) as client:
        assert await client.call("GET", "/v1/credits") == {"balance": "1.500001"}
        assert await client.call("GET", "/v1/limits") == limits
        again = await dapi(system, "regenerate", account.user_id)
        assert not await client.accepts_credentials()
    async with client_of(system.url, Credentials(again["user_id"], again["user_secret"])) as client:
        assert await client.accepts_credentials()


async def test_a_new_secret_kills_the_old_one_on_three_gateways_within_a_second(
    system: System, account: Credentials
) -> None:
    async with two_more_gateways(system) as urls, AsyncExitStack() as stack:
        old = [await stack.enter_async_context(client_of(url, account)) for url in urls]
        assert [await client.accepts_credentials() for client in old] == [True] * 3
        waiting = [asyncio.create_task(_died(client)) for client in old]
        fresh = await regenerated(system, account)
        answered = time.monotonic()
        died = await asyncio.gather(*waiting)
        assert max(died) <= answered + 1.0
        new = [await stack.enter_async_context(client_of(url, fresh)) for url in urls]
        assert [await client.accepts_credentials() for client in new] == [True] * 3
        assert [await client.accepts_credentials() for client in old] == [False] * 3
        made = (await new[1].call("PUT", "/v1/lists", {}))["id"]
        assert [(await client.call("GET", f"/v1/lists/{made}"))["id"] for client in new] == [made] * 3


async def regenerated(system: System, account: Credentials) -> Credentials:
    """With a new secret, as the admin API answers it: a process of its own would end later than the answer comes."""
    headers = {"Authorization": f"Bearer {system.environment['DAPI_ADMIN_TOKEN']}"}
    path = f"/admin/accounts/{account.user_id}/secret"
    async with aiohttp.ClientSession(system.environment["DAPI_ADMIN_URL"], headers=headers) as http:
        printed = await Client(http).call("POST", path)
    return Credentials(printed["user_id"], printed["user_secret"])


async def _died(client: Client) -> float:
    """When the client's secret was refused for the first time. The last request is one that began before that."""
    while await client.accepts_credentials():
        await asyncio.sleep(0.01)
    return time.monotonic()


async def test_fifty_clients_at_once_get_exactly_the_lists_that_there_may_be(system: System) -> None:
    account = await opened(system, "--lists", "20")

    async def create(client: Client, _: int) -> None:
        await client.call("PUT", "/v1/lists", {})

    async with crowd(system, account) as clients:
        assert await outcomes(clients, 2, create) == {"": 20, "list-limit-reached": 80}
        ids = [entry["id"] for entry in (await clients[0].call("GET", "/v1/lists"))["lists"]]
        assert ids == [str(n) for n in range(1, 21)]
        for gone in ids[:3]:
            await clients[0].call("DELETE", f"/v1/lists/{gone}")
        assert await outcomes(clients, 1, create) == {"": 3, "list-limit-reached": 47}
        await dapi(system, "limits", account.user_id, "--lists", "21")
        assert await outcomes(clients, 1, create) == {"": 1, "list-limit-reached": 49}


async def test_fifty_clients_at_once_add_exactly_the_contacts_that_a_list_may_have(system: System) -> None:
    account = await opened(system, "--contacts-per-list", "50")
    contacts = people(CROWD * 7)

    async with crowd(system, account) as clients:
        first, second = [(await clients[0].call("PUT", "/v1/lists", {}))["id"] for _ in range(2)]

        async def add_one(client: Client, n: int) -> None:
            await client.call("PUT", f"/v1/lists/{first}/contacts", {"contacts": [contacts[n]]})

        async def add_seven(client: Client, n: int) -> None:
            await client.call("PUT", f"/v1/lists/{second}/contacts", {"contacts": contacts[n * 7 : n * 7 + 7]})

        assert await outcomes(clients, 2, add_one) == {"": 50, "list-contacts-limit-reached": 50}
        assert await outcomes(clients, 1, add_seven) == {"": 7, "list-contacts-limit-reached": 43}
        assert [await _count(clients[0], name) for name in (first, second)] == [50, 49]


async def _count(client: Client, list_id: str) -> int:
    return len((await client.call("GET", f"/v1/lists/{list_id}/contacts?limit=1000"))["contacts"])


async def test_fifty_clients_at_once_send_exactly_the_messages_that_the_balance_pays(system: System) -> None:
    account = await opened(system, "--credits", str(37 * FEE + FEE / 2))
    numbers = [contact["contact"] for contact in people(CROWD * 3)]
    async with world_of(system, account) as world, crowd(system, account) as clients:
        async with watched(world.client) as seen:
            codes = await outcomes(clients, 3, sending(numbers))
        assert codes == {"": 37, "credits-insufficient": 113}
        assert min(seen) == FEE / 2
        stored = (await world.client.call("GET", "/v1/messages?limit=1000"))["messages"]
        assert [message["id"] for message in stored] == [str(n) for n in range(37, 0, -1)]
        for message in stored:
            await world.message_until(message["id"], "completed")
        assert await balance(world.client) == FEE / 2
        lines = await movements(system, account)
        assert lines == [("topped-up", 37 * FEE + FEE / 2), *([("reserved", -FEE)] * 37)]
        assert len(await world.submissions([*_contacts(numbers)])) == 37


def _contacts(numbers: Sequence[str]) -> list[Any]:
    return [{"contact": number} for number in numbers]


async def test_what_is_refused_for_its_price_is_stored_nowhere(system: System) -> None:
    account = await opened(system, "--credits", str(4 * FEE))
    async with world_of(system, account) as world:
        contacts = people(5)
        dear = {"list_id": await world.list_of(contacts), "providers": [offer("nexmo"), offer("twilio")]}
        assert await world.refusal("PUT", "/v1/invokes", dear) == (400, "credits-insufficient")
        assert (await world.client.call("GET", "/v1/invokes"))["invokes"] == []
        assert (await world.client.call("GET", "/v1/messages"))["messages"] == []
        assert await movements(system, account) == [("topped-up", 4 * FEE)]
        await dapi(system, "top-up", account.user_id, str(FEE))
        invoke = (await world.client.call("PUT", "/v1/invokes", dear))["id"]
        assert invoke == "1"
        assert await balance(world.client) == 0
        assert (await world.until_ended(invoke))["completed"] == 5
        assert await world.submissions(contacts)


def offer(provider: str) -> JSON:
    """What an invoke says to one provider."""
    arguments = {"from": "Dapi", "text": "Hi"} if provider == "nexmo" else {"From": "Dapi", "Body": "Hi"}
    return {"type": "sms", "provider": provider, "arguments": arguments}


async def test_what_the_provider_refuses_is_paid_back_and_can_be_spent_again(system: System) -> None:
    account = await opened(system, "--credits", str(20 * FEE))
    refused = [contact["contact"] for contact in people(CROWD)]
    async with world_of(system, account) as world, crowd(system, account) as clients:
        for number in refused:
            await world.script(number.lstrip("+"), {"outcome": "error", "code": "7"})
        async with watched(world.client) as seen:
            codes = await outcomes(clients, 1, sending(refused))
            await balance_until(world.client, 20 * FEE)
        assert codes.keys() <= {"", "credits-insufficient"}
        assert codes[""] >= 20
        assert min(seen) >= 0
        stored = (await world.client.call("GET", "/v1/messages?limit=1000"))["messages"]
        assert {message["status"] for message in stored} == {"failed"}
        assert len(stored) == codes[""]
        moved = Counter(await movements(system, account))
        expected = {("topped-up", 20 * FEE): 1, ("reserved", -FEE): codes[""], ("refunded", FEE): codes[""]}
        assert moved == expected


async def test_an_invoke_pays_for_those_whom_the_provider_took(system: System) -> None:
    account = await opened(system, "--credits", "1")
    contacts = people(20)
    async with world_of(system, account) as world:
        for contact in contacts[:6:2]:
            await world.script(contact["contact"].lstrip("+"), {"outcome": "error", "code": "7"})
        progress = await world.until_ended(await world.invoke(await world.list_of(contacts)))
        assert (progress["completed"], progress["failed"]) == (17, 3)
        await balance_until(world.client, 1 - 17 * FEE)
        lines = await movements(system, account)
        assert sum(amount for _, amount in lines) == 1 - 17 * FEE
        assert lines[1] == ("reserved", -20 * FEE)
        assert {kind for kind, _ in lines[2:]} == {"refunded"}
