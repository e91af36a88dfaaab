"""One authenticated request, as the handlers see it, and what all of them share."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from aiohttp import web
from pydantic_core import to_json

from api_gateway.auth import Accounts
from api_gateway.commands import Asks, Stamp
from api_gateway.decode import MAX_BODY, json_object
from api_gateway.errors import Problem
from api_gateway.shapes import is_id
from dapi_common.events.commands import Command
from dapi_common.events.outcomes import AccountSnapshot
from dapi_common.events.shapes import JsonObject, Limits
from dapi_common.ids import AccountId
from dapi_common.secrets import Vault
from dapi_common.store.port import Store

BODY_SECONDS: Final = 30.0
"""A body that takes longer to arrive is refused."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """What a gateway process is made of. Without `reveal_credentials` a GET shows the last 4 characters only."""

    accounts: Accounts
    asks: Asks
    store: Store
    vault: Vault
    reveal_credentials: bool = True


@dataclass(frozen=True, slots=True)
class Call:
    """A request of `snapshot`'s account."""

    gateway: Gateway
    snapshot: AccountSnapshot
    request: web.Request

    @property
    def account(self) -> AccountId:
        """Who is asking."""
        return self.snapshot.account

    @property
    def limits(self) -> Limits:
        """What the account may do, as far as this process knows."""
        return self.snapshot.limits

    @property
    def store(self) -> Store:
        """The read models."""
        return self.gateway.store

    def id(self, name: str) -> str:
        """The id at `name` in the path. Raises Problem not-found for what the API never gives."""
        text = self.request.match_info[name]
        if not is_id(text):
            raise Problem("not-found")
        return text

    async def json(self, optional: bool = False) -> JsonObject:
        """The body's object; with `optional` no body means {}. Raises Problem."""
        media = self.request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if media and media != "application/json":
            raise Problem("content-type-invalid")
        body = await self._read()
        if optional and not body:
            return {}
        if not media:
            raise Problem("content-type-invalid")
        return await json_object(body)

    async def _read(self) -> bytes:
        if (self.request.content_length or 0) > MAX_BODY:
            raise Problem("body-too-large")
        try:
            async with asyncio.timeout(BODY_SECONDS):
                return await self.request.read()
        except TimeoutError:
            raise Problem("json-invalid", "The body did not arrive in time") from None
        except web.RequestPayloadError:
            raise Problem("json-invalid", "The body could not be read") from None

    def stamp(self) -> Stamp:
        """The common fields of a command of this account."""
        return self.gateway.asks.stamp(self.account)

    async def ask(self, command: Command) -> tuple[str, ...]:
        """See Asks.ask."""
        return await self.gateway.asks.ask(command)


def answer(body: Mapping[str, object], headers: Mapping[str, str] | None = None) -> web.Response:
    """200 with a JSON object; integers in it may have any size."""
    return web.Response(body=to_json(body), content_type="application/json", headers=headers)
