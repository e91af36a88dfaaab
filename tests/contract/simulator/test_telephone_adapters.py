"""Our adapters of numbers and this simulator read the vendors' pages independently of each other: here they agree."""

import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Protocol

import aiohttp
import pytest

from dapi_common.events.shapes import Channel, JsonObject
from dapi_common.ids import MessageId
from dapi_common.provider.adapter import Accepted, LooksUp, Message, Outcome
from dapi_common.provider.callback import Callback, Received, Rejected
from dapi_common.provider.client import AiohttpHttp
from dapi_common.provider.hooks import Hooks
from dapi_common.provider.http import Http as Client
from provider_nexmo.adapter import Nexmo
from provider_plivo.adapter import Plivo
from provider_twilio.adapter import Twilio
from tests.contract.simulator.calls import SID, ledger, put_script
from tests.contract.simulator.inbox import Inbox, listening
from tests.contract.simulator.receivers import Hooks as Served

Http = aiohttp.ClientSession
TO, SENDER = "+31612345678", "+31201234567"
PLIVO = {"AUTH_ID": "MADEMO00000000000001", "AUTH_TOKEN": "demo-token"}
TWILIO = {"ACCOUNT_SID": SID, "AUTH_TOKEN": "demo-token"}
NEXMO = {"API_KEY": "demo-signed", "API_SECRET": "demo-secret", "SIGNATURE_SECRET": "demo-signing-secret"}


class Speaks(Protocol):
    """What is asked of an adapter here."""

    async def send(self, message: Message, http: Client) -> Outcome: ...

    async def receive(self, callback: Callback, http: Client) -> Received | Rejected: ...


@dataclass(frozen=True)
class Line:
    """One provider's channel, and a message that it takes. `user` is its account in the simulator."""

    name: str
    adapter: Callable[[], Speaks]
    channel: Channel
    arguments: JsonObject
    credentials: Mapping[str, str]
    user: str

    def __str__(self) -> str:
        return f"{self.name}-{self.channel}"


CALL: JsonObject = {"Url": "https://x.example.org/say"}
LINES = [
    Line("nexmo", Nexmo, "sms", {"from": "Dapi", "to": TO, "text": "Grüße & mehr"}, NEXMO, "demo-signed"),
    Line("twilio", Twilio, "sms", {"From": SENDER, "To": TO, "Body": "Grüße & mehr"}, TWILIO, SID),
    Line("twilio", Twilio, "voice", {"From": SENDER, "To": TO, **CALL}, TWILIO, SID),
    Line("plivo", Plivo, "sms", {"src": SENDER, "dst": TO, "text": "Grüße & mehr"}, PLIVO, PLIVO["AUTH_ID"]),
    Line("plivo", Plivo, "voice", {"from": SENDER, "to": TO, "answer_url": CALL["Url"]}, PLIVO, PLIVO["AUTH_ID"]),
]
of_every_line = pytest.mark.parametrize("line", LINES, ids=str)


class Ours:
    """The adapter, with our own HTTP client at the simulator, and where the vendor reaches us."""

    def __init__(self, line: Line, http: AiohttpHttp, inbox: Inbox) -> None:
        self.http = http
        self.inbox = inbox
        self.adapter = line.adapter()
        hooks = Hooks(receipts=f"{inbox.url}/7-1/token")
        self.message = Message(MessageId("7-1"), line.channel, line.arguments, line.credentials, hooks)

    async def send(self) -> Outcome:
        return await self.adapter.send(self.message, self.http)

    async def receive(self, url: str, *, is_of_message: bool) -> Received | Rejected:
        """What the vendor's next post means."""
        got = await self.inbox.next()
        keys = self.message.credentials
        callback = Callback("POST", url, got.headers, got.body, keys, time.time(), is_of_message=is_of_message)
        return await self.adapter.receive(callback, self.http)


@asynccontextmanager
async def connected(line: Line, http: Http) -> AsyncIterator[Ours]:
    async with listening() as inbox, aiohttp.ClientSession() as session:
        base = str(http._build_url("")).rstrip("/")
        yield Ours(line, AiohttpHttp(session, base, pinned=True), inbox)


@of_every_line
async def test_a_message_is_taken_once(http: Http, line: Line) -> None:
    async with connected(line, http) as ours:
        outcome = await ours.send()
    assert isinstance(outcome, Accepted)
    (entry,) = await ledger(http)
    assert (entry["outcome"], entry["channel"], entry["id"]) == ("accepted", line.channel, outcome.ref)


@of_every_line
@pytest.mark.parametrize("status", ["sent", "delivered", "undelivered"])
async def test_receipts_mean_the_same_to_both_and_forged_ones_nothing(
    http: Http, hooks: Served, line: Line, status: str
) -> None:
    await put_script(
        http, TO, {"outcome": "accept", "receipts": [{"status": status}, {"status": status, "forged": True}]}
    )
    document: JsonObject = {name: f"{hooks.url}/say" for name in ("Url", "answer_url") if name in line.arguments}
    spoken = replace(line, arguments={**line.arguments, **document})
    async with connected(spoken, http) as ours:
        outcome = await ours.send()
        url = ours.message.hooks.receipts
        told, forged = [await ours.receive(url, is_of_message=True) for _ in range(2)]
    assert isinstance(outcome, Accepted)
    assert isinstance(told, Received)
    assert [(report.ref, report.status) for report in told.reports] == [(outcome.ref, status)]
    assert isinstance(forged, Rejected)


@pytest.mark.parametrize("line", [line for line in LINES if line.channel == "sms"], ids=str)
async def test_a_stop_is_an_opt_out_to_both(http: Http, line: Line) -> None:
    async with connected(line, http) as ours:
        url = ours.inbox.url
        plan = {"provider": line.name, "account": line.user, "url": url, "from": TO.lstrip("+"), "to": "31201234567"}
        async with http.post("/_inbound", json={**plan, "text": "STOP", "kind": "opt-out"}) as response:
            assert response.status == 200
        received = await ours.receive(url, is_of_message=False)
    assert isinstance(received, Received)
    (inbound,) = received.inbound
    assert (inbound.kind, inbound.text, inbound.sender.lstrip("+")) == ("opt-out", "STOP", TO.lstrip("+"))


LOOKED_UP = [line for line in LINES if line.name == "twilio" or (line.name, line.channel) == ("plivo", "sms")]


@pytest.mark.parametrize("line", LOOKED_UP, ids=str)
async def test_what_was_cut_off_is_found_again(http: Http, line: Line) -> None:
    await put_script(http, TO, {"outcome": "cut", "after_accepting": True})
    begun = time.time()
    async with connected(line, http) as ours:
        assert not isinstance(await ours.send(), Accepted)
        assert isinstance(ours.adapter, LooksUp)
        found = await ours.adapter.lookup(ours.message, begun, ours.http)
    (entry,) = await ledger(http)
    assert [accepted.ref for accepted in found] == [entry["id"]]
