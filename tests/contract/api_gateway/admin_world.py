"""A gateway with both of its doors over a bus and a store in memory, and the planner's own decisions about accounts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from aiohttp.test_utils import TestClient, TestServer

from api_gateway.admin.app import application as operators
from api_gateway.app import application
from api_gateway.auth import Accounts as KnownAccounts
from api_gateway.call import Gateway
from api_gateway.commands import Asks
from dapi_common import topics
from dapi_common.bus.follow import follow
from dapi_common.bus.memory import MemoryBus
from dapi_common.bus.port import Output
from dapi_common.clock import ManualClock, SystemClock
from dapi_common.events.outcomes import AccountSnapshot, CommandOutcome
from dapi_common.secrets import Vault
from dapi_common.store.memory import MemoryStore
from dapi_common.store.positions import Barrier
from invoke_planner.accounts import Accounts
from invoke_planner.decide import decide, ids_of, open_account
from invoke_planner.decision import Decision, Rejected
from invoke_planner.replays import Replays

from .world import MASTER_KEY, Answer, Caller, Planner, basic

TOKEN = "token-of-tests"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


class Deciding(Planner):
    """Decides as the planner does, one command at a time."""

    def __init__(self, bus: MemoryBus, store: MemoryStore) -> None:
        super().__init__(bus, store)
        self.accounts, self.store, self.replays = Accounts(), store, Replays()

    async def _decide(self, command: Any) -> None:
        self.commands.append(command)
        if known := self.replays.find(command):
            await self._answer(known, command)
            return
        decision = self._decision(command)
        answer: dict[str, Any] = {"account": command.account, "command_id": command.command_id}
        if isinstance(decision, Rejected):
            answer |= {"error": decision.code, "description": decision.description, "field": decision.field}
        else:
            for event in decision:
                self.accounts.fold(event)
                answer["partition"], answer["offset"] = await self.tell(event)
            answer["ids"] = ids_of(decision)
            await self._snapshot(command.account)
        outcome = CommandOutcome.model_validate(answer)
        self.replays.keep(command, outcome)
        await self._answer(outcome, command)

    async def _answer(self, outcome: CommandOutcome, command: Any) -> None:
        await self._bus.publisher().publish(Output(topics.OUTCOMES, outcome, command.reply_to), 1.0)

    def _decision(self, command: Any) -> Decision:
        account = self.accounts.get(command.account)
        if command.TYPE == "account.open":
            return open_account(command)
        if account is None:
            return Rejected("not-found", "There is no such account.")
        return decide(account, self.accounts.purse(command.account), command)

    async def _snapshot(self, name: str) -> None:
        account = self.accounts[name]
        snapshot = AccountSnapshot(account=account.id, secret_hash=account.secret_hash, limits=account.limits)
        await self._bus.publisher().publish(Output(topics.ACCOUNTS, snapshot), 1.0)


class AdminWorld:
    """Both doors: the operators', and the accounts'."""

    def __init__(self, admin: TestClient[Any, Any], public: TestClient[Any, Any], planner: Deciding) -> None:
        self.admin, self.public, self.planner = admin, public, planner
        self.operator = Caller(admin, BEARER)

    @property
    def url(self) -> str:
        """Of the operators' door."""
        server = self.admin.server
        assert isinstance(server, TestServer)
        return str(server.make_url("")).rstrip("/")

    async def opened(self, body: object = None) -> Answer:
        """A new account."""
        answer = await self.operator("POST", "/admin/accounts", {} if body is None else body)
        assert answer.status == 200, answer.body
        return answer

    def account(self, opened: Answer) -> Caller:
        """A client of that account, with the secret of that answer."""
        return Caller(self.public, basic(opened.body["user_id"], opened.body["user_secret"]))


@asynccontextmanager
async def both_doors() -> AsyncIterator[AdminWorld]:
    """A gateway that knows nobody yet."""
    bus, store = MemoryBus(), MemoryStore()
    planner, barrier = Deciding(bus, store), Barrier(store, SystemClock())
    asks = Asks(bus.publisher(), barrier, ManualClock(), "gateway-1", budget=2.0, patience=1.0)
    gateway = Gateway(KnownAccounts(), asks, store, Vault(MASTER_KEY))
    accounts, outcomes = bus.reader([topics.ACCOUNTS]), bus.reader([topics.OUTCOMES], from_start=False)
    await accounts.start()
    await outcomes.start()
    tasks = [
        asyncio.create_task(planner.run()),
        asyncio.create_task(follow(accounts, gateway.accounts.apply)),
        asyncio.create_task(follow(outcomes, asks.settle)),
    ]
    async with (
        TestClient(TestServer(operators(gateway, TOKEN))) as admin,
        TestClient(TestServer(application(gateway))) as public,
    ):
        await asyncio.sleep(0)
        yield AdminWorld(admin, public, planner)
    await barrier.close()
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
