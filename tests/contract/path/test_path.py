from decimal import Decimal
from itertools import pairwise

import pytest

from dapi_common import topics
from dapi_common.events import commands, deliveries, invokes, sends
from dapi_common.provider.adapter import Deferred, Refused, Unclear
from tests.contract.path.world import WORKERS, World, address


async def test_everybody_on_a_list_is_contacted_once_and_in_order() -> None:
    async with World(2) as world:
        orders = [n % 7 for n in range(350)]
        invoke = await world.invoke(orders)
        assert await world.settled(invoke) == {"total": 350, "pending": 0, "completed": 350, "failed": 0, "stopped": 0}
        called = [orders[int(to[5:])] for to in world.nexmo.calls]
        assert called == sorted(called)
        assert not world.nexmo.repeated()
        assert await world.balance() == Decimal("996.50")


async def test_each_contact_ends_as_its_provider_says_and_only_what_was_taken_is_paid_for() -> None:
    async with World() as world:
        world.nexmo.script[address(1)] = [Refused("5", "no")]
        world.nexmo.script[address(2)] = [Deferred("1", "later"), Deferred("1", "later")]
        world.nexmo.script[address(3)] = [Unclear("no-answer", "who knows")]
        invoke = await world.invoke(range(6))
        assert await world.settled(invoke) == {"total": 6, "pending": 0, "completed": 4, "failed": 2, "stopped": 0}
        assert world.nexmo.repeated() == {address(2): 3}
        answer = await world.seen(invoke)
        assert answer
        statuses = [contact["status"] for contact in answer["contacts"]]
        assert statuses == ["completed", "failed", "completed", "failed", "completed", "completed"]
        assert await world.balance() == Decimal("999.95")


async def test_after_a_stop_nothing_starts_and_what_never_started_is_refunded() -> None:
    async with World() as world:
        world.nexmo.seconds = 0.05
        invoke = await world.invoke(range(500))
        await world.called(6)
        await world.do(commands.StopInvoke, invoke_id=invoke)
        counts = await world.settled(invoke)
        assert counts["completed"] == len(world.nexmo.calls) == 500 - counts["stopped"]
        assert await world.balance() == Decimal(1000) - counts["completed"] * Decimal("0.01")


async def test_an_invoke_that_is_stopped_and_deleted_at_once_is_refunded_whole() -> None:
    async with World() as world:
        world.nexmo.seconds = 0.05
        invoke = await world.invoke(range(500))
        await world.called(6)
        await world.do(commands.StopInvoke, invoke_id=invoke)
        await world.do(commands.DeleteInvoke, invoke_id=invoke)
        await world.until(lambda: world.nexmo.answers == world.nexmo.calls)
        paid = len(world.nexmo.calls) * Decimal("0.01")
        await world.until(lambda: world.booked() == Decimal(1000) - paid)
        assert await world.seen(invoke) is None


async def test_what_a_removed_provider_had_not_started_fails_and_later_messages_go_with_the_new_one() -> None:
    async with World() as world:
        world.nexmo.seconds = 0.05
        invoke = await world.invoke([1] * 300)
        await world.called(6)
        await world.do(commands.RemoveProvider, name="nexmo")
        counts = await world.settled(invoke)
        assert counts["completed"] == len(world.nexmo.calls) < 300
        assert counts["failed"] == 300 - counts["completed"]
        assert await world.balance() == Decimal(1000) - counts["completed"] * Decimal("0.01")
        await world.add_provider()
        again = await world.invoke(range(3))
        assert (await world.settled(again))["completed"] == 3


async def test_removing_a_provider_that_nothing_here_sends_through_reaches_no_queue() -> None:
    async with World() as world:
        await world.do(commands.PutProvider, name="mailgun", credentials="sealed")
        await world.do(commands.RemoveProvider, name="mailgun")
        await world.invoke([1])
        await world.called(1)
        assert not world.bus.records(topics.provider_topic("mailgun"))


async def test_an_invoke_can_be_stopped_and_deleted_before_anybody_knows_its_plan() -> None:
    async with World() as world:
        await world.stop_projector()
        invoke = await world.invoke(range(50))
        await world.do(commands.StopInvoke, invoke_id=invoke)
        await world.do(commands.DeleteInvoke, invoke_id=invoke)
        world.start_projector()
        await world.until(lambda: world.booked() == Decimal(1000))
        again = await world.invoke(range(3))
        assert (await world.settled(again))["completed"] == 3
        assert await world.seen(invoke) is None
        planner = world.processes["planner"][0]
        await world.until(lambda: not any(runner._jobs for runner in planner._runners.values()))


async def test_a_store_that_is_away_delays_an_invoke_and_loses_nothing() -> None:
    async with World() as world:
        world.store.available = False
        invoke = await world.invoke(range(20))
        assert not world.nexmo.calls
        world.store.available = True
        assert (await world.settled(invoke))["completed"] == 20


@pytest.mark.parametrize("worker", WORKERS)
async def test_killing_a_worker_again_and_again_loses_nothing_and_repeats_nothing(worker: str) -> None:
    async with World(2) as world:
        orders = [n // 50 for n in range(600)]
        invoke = await world.invoke(orders)
        for kills in range(1, 9):
            await world.called(25 * kills)
            await world.kill(worker)
        counts = await world.settled(invoke)
        unclear = {fact.message_id for fact in world.facts(deliveries.DeliveryUnknown, topics.DELIVERIES)}
        assert counts["stopped"] == 0
        assert counts["failed"] == len(unclear)
        assert counts["completed"] == 600 - len(unclear)
        assert bool(unclear) <= (worker == "adapter")
        assert not world.nexmo.repeated()
        called = [orders[int(to[5:])] for to in world.nexmo.calls]
        assert all(before <= after for before, after in pairwise(called))
        assert await world.balance() == Decimal(1000) - Decimal("0.01") * 600


@pytest.mark.parametrize("worker", WORKERS)
async def test_a_worker_that_does_not_know_it_was_replaced_changes_nothing(worker: str) -> None:
    async with World() as world:
        invoke = await world.invoke(range(200))
        await world.called(20)
        zombie = world.freeze_out(worker)
        assert (await world.settled(invoke))["total"] == 200
        assert not world.nexmo.repeated()
        zombie.cancel()
        with pytest.raises(Exception, match="another process owns"):
            await zombie


async def test_single_messages_in_plenty_are_all_sent_once() -> None:
    async with World(2) as world:
        asked = {"provider": "nexmo", "channel": "sms", "ttl": 3600.0}
        for n in range(200):
            await world.do(commands.CreateMessage, arguments={"to": address(n), "text": "hi"}, **asked)
        await world.until(lambda: len(world.facts(deliveries.DeliveryAccepted, topics.DELIVERIES)) == 200)
        assert not world.nexmo.repeated()
        assert len(world.facts(invokes.MessageAccepted)) == len(world.facts(sends.SendRequested, topics.SENDS)) == 200
