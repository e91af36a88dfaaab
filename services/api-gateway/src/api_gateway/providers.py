"""/v1/providers: the vendors that an account may send through. Credentials are sealed before they leave this process,
and opened only to be shown to their own account."""

from collections.abc import Sequence

from aiohttp import web

from api_gateway import checks
from api_gateway.call import Call, answer
from api_gateway.errors import found
from api_gateway.views import health
from api_gateway.views import providers as view
from dapi_common.events.commands import PutProvider, RemoveProvider
from dapi_common.events.shapes import JsonObject
from dapi_common.provider import catalog


async def every(call: Call) -> web.Response:
    """All of them: there are never enough for pages."""
    found = await view.every(call.store, call.account)
    return answer({"providers": await _shown(call, found)})


async def one(call: Call) -> web.Response:
    """One that the account has added."""
    name = call.request.match_info["name"]
    provider = await view.get(call.store, call.account, name) if catalog.is_provider(name) else None
    [shown] = await _shown(call, [found(provider)])
    return answer(shown)


async def put(call: Call) -> web.Response:
    """Adds it, or replaces its credentials."""
    return await _put(call, must_exist=False)


async def update(call: Call) -> web.Response:
    """Replaces its credentials."""
    return await _put(call, must_exist=True)


async def remove(call: Call) -> web.Response:
    """Removes it: what was accepted for it and has not gone fails."""
    name = call.request.match_info["name"]
    found({} if catalog.is_provider(name) else None)
    await call.ask(RemoveProvider(**call.stamp(), name=name))
    return answer({"name": name})


async def _put(call: Call, must_exist: bool) -> web.Response:
    name = call.request.match_info["name"]
    checks.provider(name)
    sealed = call.gateway.vault.seal(checks.credentials(name, await call.json()))
    await call.ask(PutProvider(**call.stamp(), name=name, credentials=sealed, must_exist=must_exist))
    return answer({"name": name})


async def _shown(call: Call, providers: Sequence[JsonObject]) -> list[JsonObject]:
    """Each with its credentials open, and how it does."""
    known = await health.of(call.store, call.account, [str(provider["name"]) for provider in providers])
    now = call.stamp()["at"]
    return [
        {
            **_opened(call, provider),
            "health": health.answered(known.get(str(provider["name"]), {}), str(provider["updated-at"]), now),
        }
        for provider in providers
    ]


def _opened(call: Call, provider: JsonObject) -> JsonObject:
    credentials = call.gateway.vault.unseal(str(provider["credentials"]))
    if not call.gateway.reveal_credentials:
        credentials = {key: _masked(value) for key, value in credentials.items()}
    url = call.gateway.callback_url(str(provider["name"]), call.account)
    return {**provider, "credentials": dict(credentials), **({"callback_url": url} if url else {})}


def _masked(value: str) -> str:
    """All but the last 4 characters."""
    return "*" * (len(value) - 4) + value[-4:] if len(value) > 4 else "*" * len(value)
