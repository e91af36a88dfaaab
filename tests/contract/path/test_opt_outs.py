"""People who talk back, on the whole path."""

import asyncio
from decimal import Decimal
from typing import Any

from api_gateway.views import inbound as inbound_view
from api_gateway.views import messages as messages_view
from api_gateway.views import suppressions as suppressions_view
from api_gateway.views.pages import Slice
from dapi_common import topics
from dapi_common.bus.port import Output
from dapi_common.events import commands
from dapi_common.events.inbound import ContactSuppressed, InboundReceived, InboundRecorded, SuppressionLifted
from dapi_common.events.invokes import MessageSkipped
from dapi_common.events.sends import SendRequested
from dapi_common.ids import MessageId
from tests.contract.path.world import ACCOUNT, World, address

ANN = address(1)
MESSAGE: dict[str, Any] = {
    "provider": "nexmo",
    "channel": "sms",
    "arguments": {"from": "Dapi", "to": ANN, "text": "hello"},
    "ttl": 3600.0,
}


async def says(world: World, word: str, number: int, sender: str = ANN) -> None:
    """As an adapter writes it: twice, because the vendor did not hear the first answer."""
    kinds = {"STOP": "opt-out", "START": "opt-in"}
    received = InboundReceived.model_validate(
        {
            "account": ACCOUNT,
            "inbound_id": f"in-{number}",
            "kind": kinds.get(word, "message"),
            "provider": "nexmo",
            "channel": "sms",
            "sender": sender,
            "recipient": "+447700900999",
            "text": word,
            "suppress": word == "STOP",
            "reply": {"text": word},
            "at": world.clock.now(),
        }
    )
    for _ in range(2):
        await world.bus.publisher().publish(Output(topics.INBOUND, received), 1.0)
    await world.until(lambda: len(world.facts(InboundRecorded)) == number)


async def settled_message(world: World, message: str) -> dict[str, object]:
    """The message once it is not pending any more."""
    async with asyncio.timeout(10):
        while True:
            found = await messages_view.get(world.store, ACCOUNT, MessageId(message))
            if found and found["status"] != "pending":
                return found
            world.check_processes()
            await asyncio.sleep(0.005)


async def test_who_says_stop_gets_nothing_until_who_says_start() -> None:
    async with World() as world:
        await says(world, "STOP", 1)
        (first,) = (await world.do(commands.CreateMessage, **MESSAGE)).ids
        refused = await settled_message(world, first)
        assert (refused["status"], refused["error-code"], refused["attempts"]) == ("failed", "suppressed", [])
        assert refused["arguments"] == MESSAGE["arguments"]
        assert (world.nexmo.calls, world.facts(SendRequested, topics.SENDS)) == ([], [])
        assert world.booked() == Decimal(1000)
        await says(world, "START", 2)
        (second,) = (await world.do(commands.CreateMessage, **MESSAGE)).ids
        assert (await settled_message(world, second))["status"] == "completed"
        assert world.nexmo.calls == [ANN]
        assert world.booked() == Decimal("999.99")
        assert [shown["text"] for shown in (await inbound_view.page(world.store, ACCOUNT, Slice())).items] == [
            "START",
            "STOP",
        ]
        assert (await suppressions_view.page(world.store, ACCOUNT, Slice())).items == []


async def test_an_invoke_leaves_out_who_opted_out_and_gives_the_fee_back() -> None:
    async with World() as world:
        await says(world, "STOP", 1, sender=address(3))
        await world.do(commands.SuppressContact, channel="sms", address=address(5))
        invoke = await world.invoke(range(8))
        assert await world.settled(invoke) == {"total": 8, "pending": 0, "completed": 6, "failed": 2, "stopped": 0}
        assert {address(3), address(5)} & set(world.nexmo.calls) == set()
        assert {skipped.reason for skipped in world.facts(MessageSkipped)} == {"suppressed"}
        assert await world.balance() == Decimal("999.94")
        again = await world.do(commands.RetryInvoke, retry_of=invoke, ttl=3600.0)
        assert (await world.settled(again.ids[0]))["failed"] == 2
        assert await world.balance() == Decimal("999.94")


async def test_a_planner_that_dies_forgets_neither_what_came_nor_who_is_suppressed() -> None:
    async with World() as world:
        for number in range(1, 6):
            await says(world, "STOP", number, sender=address(number))
            await world.kill("planner")
        await says(world, "START", 6, sender=address(2))
        await world.kill("planner")
        invoke = await world.invoke(range(7))
        assert (await world.settled(invoke))["completed"] == 3
        assert {address(0), address(2), address(6)} == set(world.nexmo.calls)
        assert [recorded.n for recorded in world.facts(InboundRecorded)] == [1, 2, 3, 4, 5, 6]
        assert [event.suppression_id for event in world.facts(ContactSuppressed)] == ["1", "2", "3", "4", "5"]
        assert [event.suppression_id for event in world.facts(SuppressionLifted)] == ["2"]
