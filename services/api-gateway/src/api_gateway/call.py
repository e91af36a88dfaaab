"""One authenticated request, as the handlers see it, and what all of them share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web
from pydantic_core import to_json

from api_gateway.admission import Admission, Place
from api_gateway.auth import Accounts
from api_gateway.body import json_body
from api_gateway.commands import Asks, Stamp
from api_gateway.errors import Problem, rejected
from api_gateway.history import Asked, History, NoArchive
from api_gateway.idempotency import IS_REPLAYED, InFlight, given
from api_gateway.shapes import is_id
from dapi_common.clock import SystemClock
from dapi_common.events.commands import Command
from dapi_common.events.outcomes import AccountSnapshot
from dapi_common.events.shapes import JsonObject, Limits
from dapi_common.ids import AccountId
from dapi_common.secrets import Vault
from dapi_common.store.port import Store

PLACE: Final = web.RequestKey("place", Place)


def _nowhere(provider: str, account: AccountId) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Gateway:
    """What a gateway process is made of. Without `reveal_credentials` a GET shows the last 4 characters only.
    `callback_url` is where a provider's vendor reaches us about an account ("" where it cannot)."""

    accounts: Accounts
    asks: Asks
    store: Store
    vault: Vault
    reveal_credentials: bool = True
    in_flight: InFlight = field(default_factory=InFlight)
    callback_url: Callable[[str, AccountId], str] = _nowhere
    admission: Admission = field(default_factory=lambda: Admission(SystemClock()))
    history: History = field(default_factory=lambda: History(NoArchive(), SystemClock()))


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

    async def seen(self, asked: Asked) -> Store:
        """The read models as they are; or, where the query says `at`, as they were then, as far as `asked` needs them.
        Raises Problem."""
        at = self.request.query.get("at")
        return self.store if at is None else await self.gateway.history.store(self.account, asked, at)

    def id(self, name: str) -> str:
        """The id at `name` in the path. Raises Problem not-found for what the API never gives."""
        text = self.request.match_info[name]
        if not is_id(text):
            raise Problem("not-found")
        return text

    async def json(self, optional: bool = False) -> JsonObject:
        """See json_body."""
        body = await json_body(self.request, optional)
        self.request[PLACE].begin()
        return body

    def stamp(self) -> Stamp:
        """The common fields of a command of this account."""
        return self.gateway.asks.stamp(self.account)

    async def ask(self, command: Command) -> tuple[str, ...]:
        """See `asked`."""
        return await asked(self.gateway, self.request, command)


async def asked(gateway: Gateway, request: web.Request, command: Command, whose: str = "") -> tuple[str, ...]:
    """See Asks.ask. A repetition with the request's Idempotency-Key (of `whose` keys) gets the first answer again."""
    idempotency = await given(request, whose)
    with gateway.in_flight.holding(command.account, idempotency):
        outcome = await gateway.asks.outcome(command.model_copy(update={"idempotency": idempotency}))
    request[IS_REPLAYED] = outcome.replayed
    if outcome.error is not None:
        raise rejected(outcome)
    return outcome.ids


def answer(body: Mapping[str, object], headers: Mapping[str, str] | None = None) -> web.Response:
    """200 with a JSON object; integers in it may have any size."""
    return web.Response(body=to_json(body), content_type="application/json", headers=headers)
