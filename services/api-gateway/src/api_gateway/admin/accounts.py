"""/admin/accounts: whose the system is. Secrets are made here and shown once; what is kept of them is a hash."""

import asyncio
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from secrets import token_hex
from typing import Final

from aiohttp import web

from api_gateway import paging
from api_gateway.admin import requests
from api_gateway.body import json_body
from api_gateway.call import Gateway, answer, asked
from api_gateway.commands import Stamp
from api_gateway.errors import Problem, found
from api_gateway.views import accounts as view
from dapi_common import secrets
from dapi_common.events.commands import Command, RegenerateSecret
from dapi_common.events.outcomes import AccountSnapshot
from dapi_common.ids import AccountId

REACHED_SECONDS: Final = 1.0
"""How long a change may take to reach this process, before it is answered all the same."""
_OPERATORS: Final = "operators\n"
"""Begins their Idempotency-Keys: no account's own key has a line break in it."""
_ACCOUNT: Final = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class AdminCall:
    """A request of an operator."""

    gateway: Gateway
    request: web.Request

    @property
    def account(self) -> AccountId:
        """The account in the path. Raises Problem not-found for what no account is called."""
        text = self.request.match_info["account"]
        if not _ACCOUNT.fullmatch(text):
            raise Problem("not-found")
        return AccountId(text)

    async def ask(self, command: Command) -> None:
        """A repetition with the request's Idempotency-Key changes nothing. Raises Problem."""
        await asked(self.gateway, self.request, command, _OPERATORS)

    def stamp(self, account: AccountId) -> Stamp:
        """The common fields of a command."""
        return self.gateway.asks.stamp(account)


async def page(call: AdminCall) -> web.Response:
    """By id."""
    at, after = paging.without_cursor(call), call.request.query.get("after")
    if after is not None and not _ACCOUNT.fullmatch(after):
        raise Problem("page-invalid", "The cursor is not one that the API gave")
    return paging.paged(call, "accounts", await view.page(call.gateway.store, at, after), at)


async def create(call: AdminCall) -> web.Response:
    """Opens an account; its secret is in this answer and nowhere else."""
    account, secret = AccountId(token_hex(8)), secrets.new_secret()
    kept = secrets.secret_hash(account, secret)
    await call.gateway.asks.ask(requests.account(await json_body(call.request, True), call.stamp(account), kept))
    return await _shown(call, account, secret, kept)


async def one(call: AdminCall) -> web.Response:
    """Limits, balance and fees."""
    return answer(found(await view.get(call.gateway.store, call.account)))


async def limits(call: AdminCall) -> web.Response:
    """Sets them."""
    command = requests.limits(await json_body(call.request), call.stamp(call.account))
    await call.ask(command)
    await _reached(call, command.account, lambda known: known.limits == command.limits)
    return answer({"user_id": call.account})


async def credits(call: AdminCall) -> web.Response:
    """Adds to the balance."""
    await call.ask(requests.top_up(await json_body(call.request), call.stamp(call.account)))
    return answer({"user_id": call.account})


async def secret(call: AdminCall) -> web.Response:
    """Replaces the secret; the new one is in this answer and nowhere else."""
    account, fresh = call.account, secrets.new_secret()
    kept = secrets.secret_hash(account, fresh)
    await call.gateway.asks.ask(RegenerateSecret(**call.stamp(account), secret_hash=kept))
    return await _shown(call, account, fresh, kept)


async def _shown(call: AdminCall, account: AccountId, secret: str, kept: str) -> web.Response:
    await _reached(call, account, lambda known: known.secret_hash == kept)
    return answer({"user_id": account, "user_secret": secret})


async def _reached(call: AdminCall, account: AccountId, holds: Callable[[AccountSnapshot], bool]) -> None:
    """Waits until this process, too, knows of a change."""
    with suppress(TimeoutError):
        async with asyncio.timeout(REACHED_SECONDS):
            while not ((known := call.gateway.accounts.known(account)) and holds(known)):  # noqa: ASYNC110  # soon, or never
                await asyncio.sleep(0.005)
