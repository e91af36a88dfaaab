"""What tests and people use: ledger, scripts, settings, accounts. No provider's path begins with `_`."""

from collections.abc import Callable, Sequence

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from simulator.accounts import Account, Accounts
from simulator.page import render
from simulator.posted import PostLog
from simulator.requests import checked, json_answer, read
from simulator.scripts import Script
from simulator.stage import Settings, Stage


class LedgerQuery(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    after: int = Field(default=0, ge=0)
    limit: int = Field(default=100_000, ge=1)


def routes(stage: Stage, accounts: Accounts, log: PostLog, clear: Callable[[], None]) -> Sequence[web.RouteDef]:
    control = _Control(stage, accounts, log, clear)
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
    def __init__(self, stage: Stage, accounts: Accounts, log: PostLog, clear: Callable[[], None]) -> None:
        self._stage = stage
        self._log = log
        self._accounts = accounts
        self._clear = clear

    async def page(self, request: web.Request) -> web.Response:
        return web.Response(
            text=render(self._stage.ledger, self._log, request.host, is_live="still" not in request.query),
            content_type="text/html",
        )

    async def ready(self, _: web.Request) -> web.Response:
        return json_answer({"status": "ok"})

    async def ledger(self, request: web.Request) -> web.Response:
        query = checked(lambda: LedgerQuery.model_validate(dict(request.query)))
        body = self._stage.ledger.page(query.after, query.limit)
        return web.Response(body=body, content_type="application/json")

    async def clear_ledger(self, _: web.Request) -> web.Response:
        self._clear()
        return web.Response(status=204)

    async def summary(self, _: web.Request) -> web.Response:
        return json_answer(self._stage.ledger.summary())

    async def put_script(self, request: web.Request) -> web.Response:
        self._stage.scripts.put(request.match_info["to"], await read(request, Script))
        return web.Response(status=204)

    async def clear_scripts(self, _: web.Request) -> web.Response:
        self._stage.scripts.clear()
        return web.Response(status=204)

    async def put_settings(self, request: web.Request) -> web.Response:
        self._stage.settings = await read(request, Settings)
        return json_answer(self._stage.settings.model_dump(exclude_unset=True))

    async def add_account(self, request: web.Request) -> web.Response:
        self._accounts.add(await read(request, Account))
        return web.Response(status=201)
