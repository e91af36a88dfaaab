"""The codes that only operators see; test_admin.py has every way to them."""

from typing import Any

import orjson
from aiohttp.test_utils import TestClient, TestServer

from api_gateway.admin.app import application
from api_gateway.errors import Problem

from .admin_world import BEARER, TOKEN
from .error_scenes import SCENES, provokes
from .live import Live
from .world import Answer, Caller

__all__ = ["SCENES"]


async def asked(live: Live, path: str, body: Any) -> Answer:
    """A POST of an operator's."""
    async with TestClient(TestServer(application(live.gateway, TOKEN))) as client:
        return await Caller(client, BEARER)("POST", path, body)


@provokes("account-invalid", "/surprise")
async def an_account_with_an_unknown_field(live: Live) -> Answer:
    return await asked(live, "/admin/accounts", {"surprise": 1})


@provokes("account-invalid", "/fees/sms")
async def an_account_with_a_negative_fee(live: Live) -> Answer:
    return await asked(live, "/admin/accounts", {"fees": {"sms": "-1"}})


@provokes("limits-invalid", "/limits/mps")
async def an_account_without_throughput(live: Live) -> Answer:
    return await asked(live, "/admin/accounts", {"limits": {"mps": 0}})


@provokes("credits-invalid", "/amount")
async def a_top_up_of_nothing(live: Live) -> Answer:
    await live.open("poor")
    return await asked(live, "/admin/accounts/poor/credits", {"amount": "0"})


@provokes("account-exists")
async def an_account_that_there_is(live: Live) -> Answer:
    await live.open("twice")
    try:
        await live.open("twice")
    except Problem as problem:
        return Answer(problem.status, problem.headers, orjson.loads(problem.body("0" * 32)))
    raise AssertionError("opened twice")
