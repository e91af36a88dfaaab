"""What receipts do to messages and invokes, through every worker."""

import asyncio
from decimal import Decimal

from api_gateway.views import messages
from api_gateway.views.messages import Filters
from api_gateway.views.pages import Slice
from dapi_common import topics
from dapi_common.bus.port import Output
from dapi_common.events import commands
from dapi_common.events.receipts import DeliveryReported, ReceiptStatus
from dapi_common.events.sends import SendRequested
from dapi_common.ids import MessageId
from dapi_common.provider.adapter import Unclear
from tests.contract.path.world import ACCOUNT, World, address


async def report(world: World, send: SendRequested, status: ReceiptStatus) -> None:
    """The vendor tells what became of a send."""
    about = {name: getattr(send, name) for name in ("account", "message_id", "n", "invoke_id", "index", "channel")}
    said = {"provider_ref": "r", "event": status, "status": status, "reply": {"status": status}}
    fact = {**about, **said, "provider": "nexmo", "attempt": 1, "at": world.clock.now()}
    await world.bus.publisher().publish(Output(topics.DELIVERIES, DeliveryReported.model_validate(fact)), 1.0)


async def counts(world: World, invoke: str, **expected: int) -> None:
    """Waits until the invoke has these counts, which add up at every moment."""
    async with asyncio.timeout(30):
        while not expected.items() <= (await world.progress(invoke)).items():
            world.check_processes()
            await asyncio.sleep(0.005)


async def ids(world: World, invoke: str, status: str) -> set[object]:
    """The messages of the invoke that a GET shows with this status."""
    page = await messages.page(world.store, ACCOUNT, Slice(1000), Filters(status=status, invoke_id=invoke))
    return {item["id"] for item in page.items}


async def test_receipts_settle_what_nobody_knew_of_and_only_the_others_are_tried_again() -> None:
    async with World() as world:
        for n in range(4):
            world.nexmo.script[address(n)] = [Unclear("no-answer", "who knows")]
        invoke = await world.invoke(range(10))
        assert (await world.settled(invoke))["failed"] == 4
        sends = {send.index: send for send in world.facts(SendRequested, topics.SENDS)}
        before = await world.balance()
        settling: dict[int, ReceiptStatus] = {0: "delivered", 2: "undelivered", 5: "delivered"}
        for index, status in settling.items():
            await report(world, sends[index], status)
            await report(world, sends[index], status)
        await counts(world, invoke, completed=8, failed=2, pending=0)
        assert await ids(world, invoke, "failed") == {sends[1].message_id, sends[3].message_id}
        assert len(await ids(world, invoke, "completed")) == 8
        assert await world.balance() == before == Decimal("999.90")
        again = (await world.do(commands.RetryInvoke, retry_of=invoke, ttl=3600.0)).ids[0]
        assert (await world.settled(again))["total"] == 2
        assert set(world.nexmo.repeated()) == {address(1), address(3)}


async def test_a_receipt_before_the_sends_own_answer_changes_nothing_of_it() -> None:
    async with World() as world:
        world.nexmo.seconds = 0.2
        asked = {"provider": "nexmo", "channel": "sms", "ttl": 3600.0, "arguments": {"to": address(1), "text": "hi"}}
        message = MessageId((await world.do(commands.CreateMessage, **asked)).ids[0])
        await world.called(1)
        await report(world, world.facts(SendRequested, topics.SENDS)[0], "delivered")
        shown = None
        async with asyncio.timeout(30):
            while not shown or not shown["attempts"]:
                await asyncio.sleep(0.005)
                shown = await messages.get(world.store, ACCOUNT, message)
                assert shown
                assert shown["status"] in ("pending", "completed")
        assert (shown["status"], shown["delivery"]) == ("completed", "delivered")
        assert shown["delivery_reply"] == {"status": "delivered"}
