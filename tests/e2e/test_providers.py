"""All seven providers on the real system: sends, receipts, calls, look-ups, what people send back, and an account that
a vendor refuses."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from local_stack.client import JSON
from local_stack.system import Credentials, System
from tests.e2e.api import World, world_of

TOPIC = "arn:aws:sns:eu-west-1:123456789012:dapi"
DEVICE = "arn:aws:sns:eu-west-1:123456789012:endpoint/GCM/App/"


@dataclass(frozen=True)
class Vendor:
    """One provider: how an account adds it (`%` is a name of the test's own), who that is at the simulator, a message
    and where its recipient is, what receipts can say of it."""

    name: str
    channel: str
    keys: Mapping[str, str]
    account: Mapping[str, Any]
    arguments: JSON
    to: str
    receipts: tuple[str, ...] = ("sent", "delivered")


def vendors(own: str) -> dict[str, Vendor]:
    """Every provider, for accounts and recipients that no other test has."""
    number, mail = f"+4479{int(own, 16) % 10**8:08}", f"{own}@example.org"
    aws = {"ACCESS_KEY": f"AKIA{own.upper()}", "SECRET_KEY": "secret", "REGION_NAME": "eu-west-1", "TOPIC_ARN": TOPIC}
    amazon = {"user": f"AKIA{own.upper()}", "secret": "secret", "extra": {"topic_arn": TOPIC}}
    device = f"{DEVICE}{own}-2222-3333-4444-555555555555"
    sid, auth = f"AC{own:0>32}", f"MA{own.upper():0>18}"
    found = (
        Vendor(
            "nexmo",
            "sms",
            {"API_KEY": own, "API_SECRET": "secret", "SIGNATURE_SECRET": "signing"},
            {"user": own, "secret": "secret", "signature_secret": "signing"},
            {"from": "Dapi", "to": number, "text": "Hi"},
            number,
        ),
        Vendor(
            "twilio",
            "sms",
            {"ACCOUNT_SID": sid, "AUTH_TOKEN": "token"},
            {"user": sid, "secret": "token"},
            {"From": "+15005550006", "To": number, "Body": "Hi"},
            number,
        ),
        Vendor(
            "plivo",
            "sms",
            {"AUTH_ID": auth, "AUTH_TOKEN": "token"},
            {"user": auth, "secret": "token"},
            {"src": "14150000001", "dst": number, "text": "Hi"},
            number,
        ),
        Vendor(
            "mailgun",
            "email",
            {"API_KEY": "key", "DOMAIN_NAME": f"{own}.example.org", "WEBHOOK_SIGNING_KEY": "signing"},
            {"user": f"{own}.example.org", "secret": "key", "signature_secret": "signing"},
            {"from": f"a@{own}.example.org", "to": mail, "subject": "Hi", "text": "Hi"},
            mail,
        ),
        Vendor(
            "amazon-ses",
            "email",
            aws,
            amazon,
            {
                "FromEmailAddress": "a@example.org",
                "Destination": {"ToAddresses": [mail]},
                "Content": {"Simple": {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hi"}}}},
            },
            mail,
        ),
        Vendor("amazon-sns", "push", aws, amazon, {"TargetArn": device, "Message": "Hi"}, device, ("undelivered",)),
        Vendor(
            "bluemix-push-notifications",
            "push",
            {"APP_GUID": own, "APP_SECRET": "secret", "REGION_NAME": "us-south"},
            {"user": own, "secret": "secret"},
            {"message": {"alert": "Hi"}, "target": {"deviceIds": [own]}},
            own,
        ),
    )
    return {vendor.name: vendor for vendor in found}


NAMES = sorted(vendors("00000000"))


class Hub:
    """The account's API, the simulator's controls, and vendors of the test's own."""

    def __init__(self, world: World) -> None:
        self.system, self.client = world.system, world.client
        self.vendors = vendors(uuid4().hex[:8])

    async def simulator(self, method: str, path: str, body: JSON | None = None) -> None:
        async with aiohttp.ClientSession(self.system.simulator_url) as http, http.request(method, path, json=body) as a:
            assert a.status < 300, await a.text()

    async def add(self, name: str) -> Vendor:
        """The account has the provider, and the vendor knows the account and where to reach us."""
        vendor = self.vendors[name]
        await self.client.call("PUT", f"/v1/providers/{name}", dict(vendor.keys))
        url = (await self.client.call("GET", f"/v1/providers/{name}"))["callback_url"]
        await self.simulator("POST", "/_accounts", {"provider": name, **vendor.account, "webhook_url": url})
        return vendor

    async def script(self, vendor: Vendor, *steps: JSON) -> None:
        await self.simulator("PUT", f"/_scripts/{vendor.to}", {"steps": list(steps)})

    async def say(self, vendor: Vendor, **more: Any) -> str:
        """A new message through the vendor."""
        message = {"provider": vendor.name, "type": vendor.channel, "arguments": vendor.arguments, **more}
        return str((await self.client.call("PUT", "/v1/messages", message))["id"])

    async def until(self, path: str, **fields: Any) -> JSON:
        """What is at `path` once it has these fields."""
        async with asyncio.timeout(30):
            while True:
                found = await self.client.call("GET", path)
                if all(found.get(name) == value for name, value in fields.items()):
                    return found
                await asyncio.sleep(0.05)


@pytest.fixture
async def hub(system: System, account: Credentials) -> AsyncIterator[Hub]:
    async with world_of(system, account) as world:
        yield Hub(world)


@pytest.mark.parametrize("name", NAMES)
async def test_a_message_is_accepted_and_its_receipts_say_what_became_of_it(hub: Hub, name: str) -> None:
    vendor = await hub.add(name)
    told = [{"status": status, "delay_ms": 100 * i} for i, status in enumerate(vendor.receipts)]
    await hub.script(vendor, {"outcome": "accept", "receipts": told})
    path = f"/v1/messages/{await hub.say(vendor)}"
    message = await hub.until(path, status="completed", delivery=vendor.receipts[-1])
    assert message["delivery_reply"]
    assert message["provider_reply"]
    story = (await hub.client.call("GET", f"{path}/events"))["events"]
    assert [event["type"] for event in story if event["type"].startswith("receipt.")]


@pytest.mark.parametrize("name", ["nexmo", "twilio", "plivo", "mailgun", "amazon-ses"])
async def test_receipts_in_any_order_repeated_or_forged_end_alike(hub: Hub, name: str) -> None:
    vendor = await hub.add(name)
    told: list[JSON] = [
        {"status": "delivered", "repeat": 2},
        {"status": "undelivered", "forged": True},
        {"status": "sent", "delay_ms": 200},
    ]
    if name != "nexmo":  # there the message's own URL says that it is about a part of this message
        told.append({"status": "undelivered", "unknown_message": True})
    await hub.script(vendor, {"outcome": "accept", "delay_ms": 300, "receipts": told})
    path = f"/v1/messages/{await hub.say(vendor)}"
    await hub.until(path, delivery="delivered")
    await asyncio.sleep(1)
    assert (await hub.client.call("GET", path))["delivery"] == "delivered"


@pytest.mark.parametrize("name", ["twilio", "plivo"])
async def test_a_call_speaks_a_text_that_we_serve(hub: Hub, name: str) -> None:
    vendor = await hub.add(name)
    people = {"twilio": {"From": "+15005550006", "To": vendor.to}, "plivo": {"from": "14150000001", "to": vendor.to}}
    await hub.script(vendor, {"outcome": "accept", "receipts": [{"status": "delivered", "delay_ms": 200}]})
    sent = await hub.client.call(
        "PUT",
        "/v1/messages",
        {"provider": name, "type": "voice", "arguments": {**people[name], "text": "Your code is <4711> & more"}},
    )
    await hub.until(f"/v1/messages/{sent['id']}", status="completed", delivery="delivered")
    async with aiohttp.ClientSession(hub.system.simulator_url) as http, http.get("/_receipts") as answer:
        fetched = [str(entry) for entry in (await answer.json())["posts"] if "4711" in str(entry)]
    assert fetched, "the vendor has not fetched the text"


@pytest.mark.parametrize("name", ["twilio", "plivo", "mailgun"])
async def test_a_send_without_an_answer_is_settled_by_asking_the_vendor(hub: Hub, name: str) -> None:
    vendor = await hub.add(name)
    await hub.script(vendor, {"outcome": "cut", "after_accepting": True, "receipts": []})
    message = await hub.until(f"/v1/messages/{await hub.say(vendor)}", status="completed")
    assert [attempt["outcome"] for attempt in message["attempts"]] == ["accepted"]


async def test_a_receipt_settles_a_send_that_nobody_can_be_asked_about(hub: Hub) -> None:
    vendor = await hub.add("nexmo")
    told = [{"status": "delivered", "delay_ms": 8000}]
    await hub.script(vendor, {"outcome": "cut", "after_accepting": True, "receipts": told})
    path = f"/v1/messages/{await hub.say(vendor)}"
    await hub.until(path, status="failed", **{"error-code": "delivery-unknown"})
    message = await hub.until(path, status="completed", delivery="delivered")
    assert message["error-code"] == ""


@pytest.mark.parametrize("name", ["nexmo", "twilio", "plivo"])
async def test_whoever_says_stop_gets_nothing_more_until_they_say_start(hub: Hub, name: str) -> None:
    vendor = await hub.add(name)
    own = {"provider": name, "account": vendor.account["user"], "from": vendor.to, "to": "+15005550006"}
    await hub.simulator("POST", "/_inbound", {**own, "text": "STOP"})
    inbound = await _first(hub, "/v1/inbound", "inbound")
    assert (inbound["kind"], inbound["from"], inbound["text"]) == ("opt-out", vendor.to, "STOP")
    suppressed = await _first(hub, "/v1/suppressions", "suppressions")
    assert (suppressed["contact"], suppressed["type"]) == (vendor.to, "sms")
    balance = (await hub.client.call("GET", "/v1/credits"))["balance"]
    message = await hub.until(f"/v1/messages/{await hub.say(vendor)}", status="failed")
    assert message["error-code"] == "suppressed"
    assert (await hub.client.call("GET", "/v1/credits"))["balance"] == balance
    await hub.simulator("POST", "/_inbound", {**own, "text": "START"})
    async with asyncio.timeout(30):
        while (await hub.client.call("GET", "/v1/suppressions"))["suppressions"]:
            await asyncio.sleep(0.05)
    await hub.until(f"/v1/messages/{await hub.say(vendor)}", status="completed")


async def test_a_complaint_and_a_bounce_are_told_and_suppress(hub: Hub) -> None:
    vendor = await hub.add("amazon-ses")
    await hub.script(vendor, {"outcome": "accept", "receipts": [{"status": "undelivered"}]})
    await hub.until(f"/v1/messages/{await hub.say(vendor)}", delivery="undelivered")
    inbound = await _first(hub, "/v1/inbound", "inbound")
    assert (inbound["kind"], inbound["from"]) == ("bounce", vendor.to)
    suppressed = await _first(hub, "/v1/suppressions", "suppressions")
    assert (suppressed["contact"], suppressed["type"]) == (vendor.to, "email")


async def test_an_account_that_its_vendor_refuses_pauses_and_goes_on_with_new_credentials(hub: Hub) -> None:
    vendor = await hub.add("twilio")
    await hub.client.call("PUT", "/v1/providers/twilio", {**vendor.keys, "AUTH_TOKEN": "wrong"})
    await hub.until(f"/v1/messages/{await hub.say(vendor)}", status="failed", **{"error-code": "provider-auth"})
    async with asyncio.timeout(30):
        while (health := (await hub.client.call("GET", "/v1/providers/twilio"))["health"])["status"] != "paused":
            await asyncio.sleep(0.05)
    assert health["code"] == "20003"
    waiting = [await hub.say(vendor) for _ in range(5)]
    await asyncio.sleep(1)
    assert {(await hub.client.call("GET", f"/v1/messages/{one}"))["status"] for one in waiting} == {"pending"}
    started = time.monotonic()
    await hub.client.call("PUT", "/v1/providers/twilio", dict(vendor.keys))
    for one in waiting:
        message = await hub.until(f"/v1/messages/{one}", status="completed")
        assert [attempt["attempt"] for attempt in message["attempts"]] == ["1"]
    assert time.monotonic() - started < 20, "longer than it takes to notice new credentials"
    async with asyncio.timeout(30):
        while (await hub.client.call("GET", "/v1/providers/twilio"))["health"]["status"] == "paused":
            await asyncio.sleep(0.05)


async def _first(hub: Hub, path: str, name: str) -> JSON:
    """The newest of a collection that is not empty any more."""
    async with asyncio.timeout(30):
        while not (found := (await hub.client.call("GET", path))[name]):
            await asyncio.sleep(0.05)
    newest: JSON = found[0]
    return newest
