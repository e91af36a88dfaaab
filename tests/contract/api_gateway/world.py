"""A gateway on loopback over a bus and a store in memory, with a planner that does as it is told."""

import asyncio
from base64 import b64encode
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import count
from typing import Any

from aiohttp import ClientSession
from aiohttp.test_utils import TestClient

from api_gateway import projection
from api_gateway.call import Gateway
from dapi_common import topics
from dapi_common.bus.memory import MemoryBus
from dapi_common.bus.port import Output, Record
from dapi_common.events import COMMANDS, EVENTS, account, commands, inbound, invokes, lists
from dapi_common.events.envelope import Payload
from dapi_common.events.outcomes import AccountSnapshot, CommandOutcome
from dapi_common.events.shapes import Limits
from dapi_common.ids import AccountId, InvokeId, ListId, MessageId, SuppressionId
from dapi_common.secrets import secret_hash
from dapi_common.store.memory import MemoryStore
from dapi_common.store.positions import Positions

ALICE, BOB = AccountId("alice"), AccountId("bob")
SECRET = "secret-of-tests"
MASTER_KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
NEXMO = {"API_KEY": "key-of-tests", "API_SECRET": "secret-key-of-tests"}
SMS = {"from": "Dapi", "to": "+31612345678", "text": "This is a test"}
MESSAGE = {"provider": "nexmo", "type": "sms", "arguments": SMS}
CONTACT = {"type": "sms", "provider": "twilio", "order": "1", "contact": "+31612345678"}
OFFER = {"type": "sms", "provider": "nexmo", "arguments": {"from": "Dapi", "text": "This is a test"}}


def basic(user: str, secret: str = SECRET) -> dict[str, str]:
    """The Authorization header."""
    return {"Authorization": "Basic " + b64encode(f"{user}:{secret}".encode()).decode()}


async def open_account(bus: MemoryBus, name: AccountId, mps: int = 10, secret: str = SECRET) -> None:
    """Makes the gateway know an account."""
    limits = Limits(mps=mps, lists=100, contacts_per_list=100)
    snapshot = AccountSnapshot(account=name, secret_hash=secret_hash(name, secret), limits=limits)
    await bus.publisher().publish(Output(topics.ACCOUNTS, snapshot), 1.0)


class Planner:
    """Accepts every command with ids from one sequence, unless it is told to refuse or to be silent; folds what it
    decides, unless the projector is to stand still."""

    def __init__(self, bus: MemoryBus, store: MemoryStore) -> None:
        self._bus, self._store = bus, store
        self._ids = count(1)
        self.commands: list[Any] = []
        self.refusal: tuple[str, str, str | None] | None = None
        self.silent = False
        self.folding = True

    async def run(self) -> None:
        """Until cancelled."""
        reader = self._bus.reader([topics.COMMANDS])
        await reader.start()
        while True:
            for record in await reader.poll(1.0):
                await self._decide(COMMANDS.decode(record.headers, record.value))

    async def _decide(self, command: Any) -> None:
        self.commands.append(command)
        if self.silent:
            return
        outcome = CommandOutcome(account=command.account, command_id=command.command_id)
        if self.refusal:
            code, description, field = self.refusal
            outcome = outcome.model_copy(update={"error": code, "description": description, "field": field})
        else:
            ids, event = self._event(command)
            partition, offset = await self.tell(event) if event else (None, None)
            outcome = outcome.model_copy(update={"ids": ids, "partition": partition, "offset": offset})
        await self._bus.publisher().publish(Output(topics.OUTCOMES, outcome, command.reply_to), 1.0)

    async def tell(self, event: Payload) -> tuple[int, int]:
        """Writes an event, and folds it."""
        partition, offset = await self._bus.publisher().publish(Output(topics.EVENTS, event), 1.0)
        if self.folding:
            await self._fold(self._bus.log(topics.EVENTS.name, partition)[offset])
        return partition, offset

    async def _fold(self, record: Record) -> None:
        facts = [(EVENTS.decode(record.headers, record.value), record)]
        for writes in projection.fold(facts):
            await self._store.write(writes)
        await self._store.write([Positions.write_for(record.topic, record.partition, record.offset + 1)])

    def _event(self, command: Any) -> tuple[tuple[str, ...], Payload | None]:
        about: dict[str, Any] = {"account": command.account, "at": command.at}
        match command:
            case commands.PutProvider():
                return (), account.ProviderPut(name=command.name, credentials=command.credentials, **about)
            case commands.RemoveProvider():
                return (), account.ProviderRemoved(name=command.name, **about)
            case commands.DeleteList():
                return (), lists.ListDeleted(list_id=command.list_id, **about)
            case commands.UpdateList():
                return (), lists.ListUpdated(list_id=command.list_id, metadata=command.metadata, **about)
            case commands.UpdateContact() | commands.RemoveContact() | commands.AddContacts():
                return self._contacts(command, about)
            case commands.StopInvoke() | commands.DeleteInvoke() | commands.LiftSuppression():
                return (), self._ended(command, about)
        return self._created(command, next(self._ids), about)

    def _contacts(self, command: Any, about: Mapping[str, Any]) -> tuple[tuple[str, ...], Payload]:
        where = {"list_id": command.list_id, **about}
        match command:
            case commands.AddContacts():
                ids = tuple(str(next(self._ids)) for _ in command.contacts)
                return ids, lists.ContactsAdded(contacts=command.contacts, first_id=int(ids[0]), **where)
            case commands.UpdateContact():
                where["contact_id"] = command.contact_id
                return (), lists.ContactUpdated(contact=command.contact, **where)
        return (), lists.ContactRemoved(contact_id=command.contact_id, **where)

    def _ended(self, command: Any, about: Mapping[str, Any]) -> Payload:
        match command:
            case commands.StopInvoke():
                return invokes.InvokeStopped(invoke_id=command.invoke_id, released=0, **about)
            case commands.LiftSuppression():
                return inbound.SuppressionLifted(suppression_id=command.suppression_id, **about)
        return invokes.InvokeDeleted(invoke_id=command.invoke_id, **about)

    def _created(self, command: Any, number: int, about: Mapping[str, Any]) -> tuple[tuple[str, ...], Payload]:
        match command:
            case commands.CreateMessage():
                given = {"provider": command.provider, "channel": command.channel, "arguments": command.arguments}
                deadline = command.at + command.ttl
                event: Payload = invokes.MessageAccepted(
                    message_id=MessageId(str(number)), n=number, deadline=deadline, **given, **about
                )
            case commands.SuppressContact():
                contact = {"channel": command.channel, "address": command.address, "reason": "asked"}
                event = inbound.ContactSuppressed(suppression_id=SuppressionId(str(number)), **contact, **about)
            case commands.CreateList():
                event = lists.ListCreated(list_id=ListId(str(number)), metadata=command.metadata, **about)
            case _:
                event = invokes.InvokeAccepted(
                    invoke_id=InvokeId(str(number)),
                    list_id=command.list_id,
                    total=0,
                    first_n=1,
                    channels={},
                    last_contact=0,
                    offers=command.offers,
                    throughput=command.throughput,
                    deadline=command.at + command.ttl,
                    **about,
                )
        return (str(number),), event


class Caller:
    """A client of one account."""

    def __init__(self, client: TestClient[Any, Any] | ClientSession, headers: Mapping[str, str]) -> None:
        self._client, self._headers = client, dict(headers)

    async def __call__(
        self, method: str, path: str, json: object = None, headers: Mapping[str, str] | None = None, data: Any = None
    ) -> "Answer":
        """The answer, read whole."""
        body: dict[str, Any] = {"data": data, "skip_auto_headers": ["Content-Type"]} if json is None else {"json": json}
        async with self._client.request(method, path, headers={**self._headers, **(headers or {})}, **body) as response:
            return Answer(response.status, response.headers, await response.json())


class Answer:
    """A status, its headers and a JSON object."""

    def __init__(self, status: int, headers: Mapping[str, str], body: Any) -> None:
        assert isinstance(body, dict)
        self.status, self.headers, self.body = status, headers, body

    @property
    def blamed(self) -> tuple[int, str, str | None]:
        """Status, code and field of an error."""
        return self.status, self.body["error-code"], self.body.get("field")


class World:
    """What a test may turn."""

    def __init__(
        self, client: TestClient[Any, Any], bus: MemoryBus, store: MemoryStore, planner: Planner, gateway: Gateway
    ) -> None:
        self.client, self.bus, self.store, self.planner = client, bus, store, planner
        self.asks, self.writes = gateway.asks, gateway.admission.writes
        self.alice = Caller(client, basic(ALICE))
        self.bob = Caller(client, basic(BOB))

    async def open_with_balance(self, name: AccountId, balance: str) -> None:
        """The account's facts, as its planner would tell them."""
        limits = Limits(mps=10, lists=100, contacts_per_list=100)
        await self.planner.tell(account.AccountOpened(account=name, secret_hash="", limits=limits, fees={}))
        credit = {"kind": "topped-up", "amount": Decimal(balance), "balance": Decimal(balance)}
        await self.planner.tell(
            account.CreditsMoved.model_validate({"account": name, "reference": "", "at": 0.0, **credit})
        )

    async def settle(self) -> None:
        """Lets everything that is under way in this process happen."""
        for _ in range(20):
            await asyncio.sleep(0)

    def sent(self) -> Sequence[Any]:
        """The commands so far."""
        return self.planner.commands
