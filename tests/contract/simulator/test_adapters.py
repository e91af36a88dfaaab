"""Our adapters and this simulator read the vendors' pages independently of each other: here they must agree."""

import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol, assert_never

import aiohttp
import pytest

from dapi_common.events.shapes import Channel, JsonObject
from dapi_common.ids import MessageId
from dapi_common.provider.adapter import Accepted, Deferred, Message, Outcome, Refused, Unclear
from dapi_common.provider.callback import Callback, Received, Rejected
from dapi_common.provider.client import AiohttpHttp
from dapi_common.provider.hooks import Hooks
from dapi_common.provider.http import Http as Client
from provider_amazon_ses.adapter import AmazonSes
from provider_amazon_sns.adapter import AmazonSns
from provider_bluemix_push_notifications.adapter import BluemixPush
from provider_mailgun.adapter import Mailgun
from tests.contract.simulator.amazon import ENDPOINT, KEY, MAIL, SECRET
from tests.contract.simulator.calls import ledger, put_script
from tests.contract.simulator.inbox import Inbox, listening

Http = aiohttp.ClientSession
AMAZON = {
    "ACCESS_KEY": KEY,
    "SECRET_KEY": SECRET,
    "REGION_NAME": "eu-west-1",
    "TOPIC_ARN": "arn:aws:sns:eu-west-1:123456789012:dapi",
}


class Speaks(Protocol):
    """What is asked of an adapter here."""

    async def send(self, message: Message, http: Client) -> Outcome: ...

    async def receive(self, callback: Callback, http: Client) -> Received | Rejected: ...


@dataclass(frozen=True)
class Line:
    """One provider, and a message that it takes. `account` is the one in the simulator; `rows` are error codes by
    what the adapter must make of them; `delivered`: None where the vendor tells of failures only."""

    name: str
    adapter: Callable[[], Speaks]
    channel: Channel
    to: str
    arguments: JsonObject
    credentials: Mapping[str, str]
    account: Mapping[str, str]
    rows: Mapping[str, str]
    delivered: str | None = "delivered"


LINES = [
    Line(
        "mailgun",
        Mailgun,
        "email",
        "b@y.org",
        {"from": "a@mg.example.org", "to": "b@y.org", "subject": "Hi", "text": "Grüße & mehr"},
        {"API_KEY": "demo-key", "DOMAIN_NAME": "mg.example.org", "WEBHOOK_SIGNING_KEY": "sk"},
        {"user": "mg.example.org", "secret": "demo-key", "signature_secret": "sk"},
        {
            "400": "refused",
            "400-domain": "auth",
            "401": "auth",
            "404": "auth",
            "413": "refused",
            "429-bytes": "deferred",
        },
    ),
    Line(
        "amazon-ses",
        AmazonSes,
        "email",
        "b@y.org",
        {name: value for name, value in MAIL.items() if name != "EmailTags"},
        AMAZON,
        {"user": KEY, "secret": SECRET},
        {
            "MessageRejected": "refused",
            "SendingPausedException": "auth",
            "NotFoundException": "auth",
            "ExpiredTokenException": "auth",
            "LimitExceededException": "deferred",
            "ThrottlingException": "deferred",
            "InternalFailure": "unclear",
        },
    ),
    Line(
        "amazon-sns",
        AmazonSns,
        "push",
        ENDPOINT,
        {"TargetArn": ENDPOINT, "Message": "Grüße & mehr"},
        AMAZON,
        {"user": KEY, "secret": SECRET},
        {
            "InvalidParameter": "refused",
            "EndpointDisabled": "suppress",
            "PlatformApplicationDisabled": "auth",
            "KMSNotFound": "auth",
            "Throttled": "deferred",
            "KMSThrottling": "deferred",
            "InternalError": "unclear",
        },
        delivered=None,
    ),
    Line(
        "bluemix-push-notifications",
        BluemixPush,
        "push",
        "d1",
        {"message": {"alert": "Grüße"}, "target": {"deviceIds": ["d1"]}},
        {"APP_GUID": "demo-app", "APP_SECRET": "demo-secret", "REGION_NAME": "us-south"},
        {"user": "demo-app", "secret": "demo-secret"},
        {
            "FPWSE0001E": "refused",
            "FPWSE0003E": "auth",
            "FPWSE0009E": "refused",
            "FPWSE0025E": "deferred",
            "FPWSE0010E": "unclear",
            "FPWSE1007E": "auth",
            "401": "auth",
        },
    ),
]
of_every_line = pytest.mark.parametrize("line", LINES, ids=[line.name for line in LINES])


class Ours:
    """The adapter, with our own HTTP client at the simulator, and where the vendor reaches us."""

    def __init__(self, line: Line, http: AiohttpHttp, hook: Inbox) -> None:
        self.http = http
        self._line, self._hook = line, hook
        self._adapter = line.adapter()

    async def send(self, credentials: Mapping[str, str] | None = None) -> Outcome:
        line = self._line
        keys = credentials or line.credentials
        message = Message(MessageId("7-1"), line.channel, line.arguments, keys, Hooks(reference="acct-1"))
        return await self._adapter.send(message, self.http)

    async def receive(self) -> Received | Rejected:
        """What the vendor's next post means."""
        got = await self._hook.next()
        callback = Callback(
            "POST", self._hook.url, got.headers, got.body, self._line.credentials, time.time(), is_of_message=False
        )
        return await self._adapter.receive(callback, self.http)


@asynccontextmanager
async def connected(line: Line, http: Http) -> AsyncIterator[Ours]:
    async with listening() as hook, aiohttp.ClientSession() as session:
        base = str(http._build_url("")).rstrip("/")
        account = {"provider": line.name, "webhook_url": hook.url, **line.account}
        async with http.post("/_accounts", json=account) as response:
            assert response.status == 201
        yield Ours(line, AiohttpHttp(session, base, pinned=True), hook)


def verdict(outcome: Outcome) -> str:
    match outcome:
        case Accepted():
            return "accepted"
        case Refused(auth=True):
            return "auth"
        case Refused(suppress=True):
            return "suppress"
        case Refused():
            return "refused"
        case Deferred():
            return "deferred"
        case Unclear():
            return "unclear"
        case _:
            assert_never(outcome)


@of_every_line
async def test_a_message_is_taken_once(http: Http, line: Line) -> None:
    async with connected(line, http) as ours:
        outcome = await ours.send()
    assert isinstance(outcome, Accepted)
    (entry,) = await ledger(http)
    assert (entry["outcome"], entry["to"], str(entry["id"]).strip("<>")) == ("accepted", line.to, outcome.ref)


@of_every_line
async def test_a_wrong_secret_is_the_accounts_fault(http: Http, line: Line) -> None:
    wrong = {name: "wrong" for name in ("API_KEY", "SECRET_KEY", "APP_SECRET") if name in line.credentials}
    async with connected(line, http) as ours:
        assert verdict(await ours.send({**line.credentials, **wrong})) == "auth"


@pytest.mark.parametrize(
    ("line", "code"),
    [(line, code) for line in LINES for code in line.rows],
    ids=lambda value: getattr(value, "name", value),
)
async def test_an_error_row_means_the_same_to_both(http: Http, line: Line, code: str) -> None:
    await put_script(http, line.to, {"outcome": "error", "code": code})
    async with connected(line, http) as ours:
        assert verdict(await ours.send()) == line.rows[code]


@of_every_line
async def test_a_429_says_how_long_to_wait(http: Http, line: Line) -> None:
    await put_script(http, line.to, {"outcome": "throttle", "retry_after": 7})
    async with connected(line, http) as ours:
        outcome = await ours.send()
    assert isinstance(outcome, Deferred)
    assert outcome.retry_after is not None
    assert 0 < outcome.retry_after <= 7


@of_every_line
@pytest.mark.parametrize("step", [{"outcome": "cut", "after_accepting": True}, {"outcome": "error-after-accepting"}])
async def test_what_may_have_been_taken_is_unclear(http: Http, line: Line, step: dict[str, object]) -> None:
    await put_script(http, line.to, step)
    async with connected(line, http) as ours:
        assert verdict(await ours.send()) == "unclear"


@of_every_line
async def test_receipts_are_believed_and_forged_ones_are_not(http: Http, line: Line) -> None:
    plans = [{"status": "undelivered"}, {"status": "undelivered", "forged": True}]
    if line.delivered:
        plans.insert(0, {"status": line.delivered})
    await put_script(http, line.to, {"outcome": "accept", "receipts": plans})
    async with connected(line, http) as ours:
        outcome = await ours.send()
        received = [await ours.receive() for _ in plans]
    *told, forged = received
    assert isinstance(outcome, Accepted)
    assert isinstance(forged, Rejected)
    assert forged.status == 403
    reports = [report for each in told if isinstance(each, Received) for report in each.reports]
    assert [report.status for report in reports] == [*([line.delivered] if line.delivered else []), "undelivered"]
    assert {report.ref for report in reports} == {outcome.ref}


@pytest.mark.parametrize("line", [line for line in LINES if line.name.startswith("amazon")], ids=lambda line: line.name)
async def test_a_subscription_is_confirmed(http: Http, line: Line) -> None:
    inbound = {"provider": line.name, "account": KEY, "kind": "subscription"}
    async with connected(line, http) as ours:
        async with http.post("/_inbound", json=inbound) as response:
            assert response.status == 200
        assert await ours.receive() == Received()
    async with http.get("/_subscriptions") as response:
        (confirmed,) = (await response.json())["confirmed"]
    assert confirmed["subscription_arn"].startswith(AMAZON["TOPIC_ARN"])


async def test_an_unclear_mail_is_found_again(http: Http) -> None:
    line = LINES[0]
    await put_script(http, line.to, {"outcome": "error-after-accepting"})
    async with connected(line, http) as ours:
        await ours.send()
        message = Message(MessageId("7-1"), "email", line.arguments, line.credentials, Hooks(reference="acct-1"))
        found = await Mailgun().lookup(message, time.time() - 60, ours.http)
    assert [each.ref for each in found] == ["20260102030405.1.0000000000000001@mg.example.org"]


@pytest.mark.parametrize(
    ("line", "plan", "kind"),
    [
        (LINES[0], {"from": "b@y.org", "text": "STOP"}, "message"),
        (LINES[1], {"from": "b@y.org", "text": "STOP", "to": "inbox@x.org"}, "message"),
        (LINES[1], {"from": "b@y.org", "kind": "complaint"}, "complaint"),
        (LINES[1], {"from": "b@y.org", "kind": "bounce"}, "bounce"),
    ],
    ids=["mailgun", "ses", "complaint", "bounce"],
)
async def test_what_people_send_back_is_understood(http: Http, line: Line, plan: dict[str, str], kind: str) -> None:
    async with connected(line, http) as ours:
        async with http.post("/_inbound", json={"provider": line.name, "account": line.account["user"], **plan}):
            pass
        received = await ours.receive()
    assert isinstance(received, Received)
    assert [(inbound.sender, inbound.kind) for inbound in received.inbound] == [("b@y.org", kind)]
