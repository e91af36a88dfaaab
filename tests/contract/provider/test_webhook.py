"""The door to which vendors come: what it lets in, and that it says so only once the log has it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from dapi_common import topics
from dapi_common.bus.memory import MemoryBus
from dapi_common.bus.port import Output, Publisher, Record
from dapi_common.clock import ManualClock
from dapi_common.events import DELIVERIES, INBOUND
from dapi_common.events.inbound import InboundReceived
from dapi_common.events.receipts import DeliveryReported, ReferenceReported
from dapi_common.ids import AccountId
from dapi_common.provider.addresses import Addresses
from dapi_common.provider.callback import Answer, Callback, Inbound, Received, Rejected, Report
from dapi_common.provider.http import Http
from dapi_common.provider.signals import NullSignals
from dapi_common.provider.webhook import Webhook, application
from tests.unit.dapi_common.provider.world import T0, VAULT, Fake, World, letters, no_http, send

PUBLIC = "https://hooks.example.org"
DELIVERED = Report("ref-1", "delivered", "delivered", {"status": "delivered"})
ACCOUNT = AccountId("acme")


class Told(Fake):
    """Its vendor says what `says` says."""

    def __init__(self) -> None:
        super().__init__(ManualClock(T0))
        self.says: Received | Rejected | Exception = Received([DELIVERED])
        self.callbacks: list[Callback] = []

    async def receive(self, callback: Callback, http: Http) -> Received | Rejected:
        self.callbacks.append(callback)
        if isinstance(self.says, Exception):
            raise self.says
        return self.says


@dataclass
class DeafPublisher:
    """The log, which may be away."""

    inner: Publisher
    away: bool = False
    parked: list[Record] = field(default_factory=list)

    async def publish(self, output: Output, timeout: float) -> tuple[int, int]:
        if self.away:
            raise TimeoutError
        return await self.inner.publish(output, timeout)

    async def park(self, record: Record, reason: str, timeout: float) -> None:
        self.parked.append(record)


@dataclass
class Door:
    """The door, and what is behind it."""

    client: TestClient[Any, Any]
    vendor: Told
    publisher: DeafPublisher
    bus: MemoryBus
    addresses: Addresses

    def path(self, url: str) -> str:
        return url.removeprefix(PUBLIC)

    def told(self) -> list[Any]:
        """Everything in the log."""
        logs = ((topics.DELIVERIES, DELIVERIES), (topics.INBOUND, INBOUND))
        return [reg.decode(one.headers, one.value) for topic, reg in logs for one in self.bus.records(topic)]


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    world, bus, vendor = World(), MemoryBus(), Told()
    world.put_credentials(VAULT.seal({"KEY": "s3cret"}))
    publisher = DeafPublisher(bus.publisher())
    ours = letters("fake", PUBLIC, world.directory)
    webhook = Webhook(vendor, no_http(), ours, publisher, world.clock, NullSignals(), PUBLIC)
    async with TestClient(TestServer(application(webhook))) as client:
        yield Door(client, vendor, publisher, bus, ours.addresses)


async def test_a_receipt_at_a_message_s_url_is_a_fact_of_that_message(door: Door) -> None:
    url = door.addresses.hooks(send(31, invoke="7", attempt=2)).receipts
    answer = await door.client.post(f"{door.path(url)}?a=b%20c", data=b"status=delivered")
    assert answer.status == 200
    [fact] = door.told()
    assert isinstance(fact, DeliveryReported)
    assert (fact.message_id, fact.n, fact.invoke_id, fact.index, fact.attempt) == ("7-31", 31, "7", 31, 2)
    assert (fact.status, fact.provider, fact.channel, fact.at) == ("delivered", "fake", "sms", T0)
    [callback] = door.vendor.callbacks
    assert callback.url == f"{url}?a=b%20c"
    assert (callback.body, callback.credentials, callback.is_of_message) == (
        b"status=delivered",
        {"KEY": "s3cret"},
        True,
    )


async def test_a_get_is_a_callback_too(door: Door) -> None:
    url = door.addresses.hooks(send(1)).receipts
    assert (await door.client.get(f"{door.path(url)}?status=delivered")).status == 200
    assert len(door.told()) == 1


async def test_at_the_account_s_url_the_reference_names_the_message(door: Door) -> None:
    reference = door.addresses.hooks(send(31, invoke="7")).reference
    door.vendor.says = Received([Report("ref-1", "delivered", "delivered", {}, reference=reference)])
    assert (await door.client.post(door.path(door.addresses.of_account(ACCOUNT)))).status == 200
    [fact] = door.told()
    assert isinstance(fact, DeliveryReported)
    assert fact.message_id == "7-31"
    assert not door.vendor.callbacks[0].is_of_message


@pytest.mark.parametrize("reference", ["", "7-31", "7-31_s1-0-1-aaaa", "\x00"])
async def test_without_a_reference_of_ours_the_vendor_s_id_is_all_that_is_known(door: Door, reference: str) -> None:
    door.vendor.says = Received([Report("ref-1", "delivered", "delivered", {}, reference=reference)])
    assert (await door.client.post(door.path(door.addresses.of_account(ACCOUNT)))).status == 200
    [fact] = door.told()
    assert isinstance(fact, ReferenceReported)
    assert fact.provider_ref == "ref-1"


async def test_what_people_send_back_has_the_same_id_each_time_it_comes(door: Door) -> None:
    said = Inbound("SM1", "opt-out", "sms", "+31612345678", "+15005550006", {"Body": "STOP"}, "STOP", suppress=True)
    door.vendor.says = Received(inbound=[said], answer=Answer("<Response/>", "text/xml"))
    for _ in range(2):
        answer = await door.client.post(door.path(door.addresses.of_account(ACCOUNT)))
        assert (await answer.text(), answer.content_type) == ("<Response/>", "text/xml")
    first, second = door.told()
    assert isinstance(first, InboundReceived)
    assert first == second
    assert (first.sender, first.text, first.kind, first.suppress) == ("+31612345678", "STOP", "opt-out", True)


async def test_a_forgery_is_refused_and_leaves_nothing(door: Door) -> None:
    door.vendor.says = Rejected(403, "the signature is wrong")
    assert (await door.client.post(door.path(door.addresses.hooks(send(1)).receipts))).status == 403
    assert door.told() == []


@pytest.mark.parametrize(
    "path",
    [
        "/callbacks/fake/acme/1/s1--1-aaaaaaaaaaaaa",
        "/callbacks/fake/acme/nothing",
        "/callbacks/fake/acme/document/AAAA",
        "/callbacks/other/acme/1/x",
        "/",
    ],
)
async def test_a_url_that_was_not_made_here_is_unknown(door: Door, path: str) -> None:
    assert (await door.client.post(path)).status == 404
    assert door.vendor.callbacks == []


async def test_a_callback_of_an_account_without_the_provider_is_unknown(door: Door) -> None:
    url = door.addresses.of_account(AccountId("zenith"))
    assert (await door.client.post(door.path(url))).status == 404


async def test_while_the_log_is_away_the_vendor_is_asked_to_come_again(door: Door) -> None:
    door.publisher.away = True
    answer = await door.client.post(door.path(door.addresses.hooks(send(1)).receipts))
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    door.publisher.away = False
    assert (await door.client.post(door.path(door.addresses.hooks(send(1)).receipts))).status == 200


async def test_a_defect_of_the_adapter_is_no_200(door: Door) -> None:
    door.vendor.says = RuntimeError("a defect")
    assert (await door.client.post(door.path(door.addresses.hooks(send(1)).receipts))).status == 500
    assert door.told() == []


async def test_a_body_without_end_is_refused(door: Door) -> None:
    answer = await door.client.post(
        door.path(door.addresses.hooks(send(1)).receipts), data=BytesIO(bytes(27 * 1024 * 1024))
    )
    assert answer.status == 413
    assert door.vendor.callbacks == []


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_document_is_served_as_it_was_written(door: Door, method: str) -> None:
    content = "<Response><Say>Hello</Say></Response>"
    url = door.addresses.hooks(send(1)).document(content)
    answer = await door.client.request(method, door.path(url), data=b"CallSid=CA1" if method == "POST" else None)
    assert (answer.status, await answer.text(), answer.content_type) == (200, content, "application/xml")
