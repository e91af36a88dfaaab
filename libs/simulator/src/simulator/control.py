"""What tests and people use: ledger, scripts, settings, accounts. No provider's path begins with `_`."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import orjson
from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from simulator.accounts import Account, Accounts
from simulator.page import render
from simulator.scripts import Script
from simulator.stage import Settings, Stage

Model = TypeVar("Model", bound=BaseModel)


class LedgerQuery(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    after: int = Field(default=0, ge=0)
    limit: int = Field(default=100_000, ge=1)


def routes(stage: Stage, accounts: Accounts, clear: Callable[[], None]) -> Sequence[web.RouteDef]:
    control = _Control(stage, accounts, clear)
    return (
        web.get("/", control.page),
        web.get("/health/ready", control.ready),
        web.get("/_ledger", control.ledger),
        web.delete("/_ledger", control.clear_ledger),
        web.get("/_ledger/summary", control.summary),
        web.put("/_scripts/{to:.+}", control.put_script),
        web.delete("/_scripts", control.clear_scripts),
        web.put("/_settings", control.put_settings),
        web.post("/_accounts", control.add_account),
    )


class _Control:
    def __init__(self, stage: Stage, accounts: Accounts, clear: Callable[[], None]) -> None:
        self._stage = stage
        self._accounts = accounts
        self._clear = clear

    async def page(self, _: web.Request) -> web.Response:
        return web.Response(text=render(self._stage.ledger), content_type="text/html")

    async def ready(self, _: web.Request) -> web.Response:
        return _json({"status": "ok"})

    async def ledger(self, request: web.Request) -> web.Response:
        query = _checked(lambda: LedgerQuery.model_validate(dict(request.query)))
        body = self._stage.ledger.page(query.after, query.limit)
        return web.Response(body=body, content_type="application/json")

    async def clear_ledger(self, _: web.Request) -> web.Response:
        self._clear()
        return web.Response(status=204)

    async def summary(self, _: web.Request) -> web.Response:
        return _json(self._stage.ledger.summary())

    async def put_script(self, request: web.Request) -> web.Response:
        self._stage.scripts.put(request.match_info["to"], await _read(request, Script))
        return web.Response(status=204)

    async def clear_scripts(self, _: web.Request) -> web.Response:
        self._stage.scripts.clear()
        return web.Response(status=204)

    async def put_settings(self, request: web.Request) -> web.Response:
        self._stage.settings = await _read(request, Settings)
        return _json(self._stage.settings.model_dump())

    async def add_account(self, request: web.Request) -> web.Response:
        self._accounts.add(await _read(request, Account))
        return web.Response(status=201)


def _json(body: object) -> web.Response:
    return web.Response(body=orjson.dumps(body), content_type="application/json")


async def _read(request: web.Request, model: type[Model]) -> Model:
    body = await request.read()
    return _checked(lambda: model.model_validate_json(body))


def _checked(validate: Callable[[], Model]) -> Model:
    """The model, or an HTTP 400 that says what is wrong with the input."""
    try:
        return validate()
    except ValidationError as problem:
        text = problem.json(include_url=False, include_context=False)
        raise web.HTTPBadRequest(text=text, content_type="application/json") from problem
