"""The control endpoints of what vendors send: its log, and what people are to send back."""

from collections.abc import Sequence

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from simulator.accounts import Accounts
from simulator.courier import Courier
from simulator.provider import Provider
from simulator.receipts import InboundPlan
from simulator.requests import checked, json_answer, read


class PostsQuery(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    after: int = Field(default=0, ge=0)
    limit: int = Field(default=1000, ge=1)


def routes(courier: Courier, accounts: Accounts, providers: Sequence[Provider]) -> Sequence[web.RouteDef]:
    outgoing = _Outgoing(courier, accounts, providers)
    return (
        web.get("/_receipts", outgoing.posts),
        web.delete("/_receipts", outgoing.clear),
        web.post("/_inbound", outgoing.inbound),
    )


class _Outgoing:
    def __init__(self, courier: Courier, accounts: Accounts, providers: Sequence[Provider]) -> None:
        self._courier = courier
        self._accounts = accounts
        self._providers = {provider.name: provider for provider in providers}

    async def posts(self, request: web.Request) -> web.Response:
        query = checked(lambda: PostsQuery.model_validate(dict(request.query)))
        body = self._courier.log.page(query.after, query.limit, self._courier.waiting)
        return web.Response(body=body, content_type="application/json")

    async def clear(self, _: web.Request) -> web.Response:
        """Empties the log, and forgets the receipts that have not gone out."""
        await self._courier.forget()
        self._courier.log.clear()
        return web.Response(status=204)

    async def inbound(self, request: web.Request) -> web.Response:
        """What each request was answered; a 400 when nobody knows the account, or no URL."""
        plan = await read(request, InboundPlan)
        account = self._accounts.find(plan.provider, plan.account)
        if account is None:
            raise web.HTTPBadRequest(text='{"error": "no such account"}', content_type="application/json")
        answered = await self._courier.hand_over(self._providers[plan.provider], account, plan)
        if not answered:
            text = '{"error": "no URL: neither in the request nor in the account, or nothing of this kind"}'
            raise web.HTTPBadRequest(text=text, content_type="application/json")
        return json_answer({"answered": answered})
