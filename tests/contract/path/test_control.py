"""Pausing, re-pacing and retrying invokes: the message's whole path, while its processes die."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from api_gateway.views import story
from dapi_common.events import commands
from dapi_common.events.deliveries import DeliveryAccepted
from dapi_common.events.invokes import InvokeAccepted, InvokePlanned
from dapi_common.events.outcomes import CommandOutcome
from dapi_common.events.shapes import Pace
from dapi_common.ids import MessageId
from dapi_common.provider.adapter import Deferred, Outcome, Refused, Unclear
from dapi_common.topics import DELIVERIES
from tests.contract.path.world import ACCOUNT, WORKERS, World, address

NO = Refused("5", "no")


async def retry(world: World, invoke: str, **more: Any) -> CommandOutcome:
    return await world.do(commands.RetryInvoke, **{"retry_of": invoke, "ttl": 3600.0, **more})


async def quiet(world: World) -> int:
    """The number of calls, once it has not grown for a while."""
    before = -1
    async with asyncio.timeout(30):
        while len(world.nexmo.calls) != before:
            before = len(world.nexmo.calls)
            await asyncio.sleep(0.4)
    return before


async def test_a_paused_invoke_stands_still_and_goes_on_when_it_is_resumed() -> None:
    async with World() as world:
        invoke = await world.invoke(range(400), throughput={"sms": Pace(mps=400)})
        await world.called(30)
        await world.do(commands.PauseInvoke, invoke_id=invoke)
        calls = await quiet(world)
        assert calls < 400
        await world.until(lambda: len(world.facts(DeliveryAccepted, DELIVERIES)) == calls)
        answer = await world.seen(invoke)
        assert answer
        assert answer["status"] == "paused"
        await world.do(commands.ResumeInvoke, invoke_id=invoke)
        assert (await world.settled(invoke))["completed"] == 400
        assert not world.nexmo.repeated()
        assert world.nexmo.calls == [address(n) for n in range(400)]


@pytest.mark.parametrize("worker", WORKERS)
async def test_a_pause_and_another_pace_outlive_any_process(worker: str) -> None:
    async with World() as world:
        invoke = await world.invoke([1] * 200, throughput={"sms": Pace(mps=40)})
        await world.called(5)
        await world.do(commands.PauseInvoke, invoke_id=invoke)
        await world.do(commands.RepaceInvoke, invoke_id=invoke, throughput={"sms": Pace(mps=1000)})
        calls = await quiet(world)
        await world.kill(worker)
        assert await quiet(world) == calls
        await world.do(commands.ResumeInvoke, invoke_id=invoke)
        counts = await world.settled(invoke, seconds=3)
        assert counts["completed"] + counts["failed"] == 200
        assert counts["failed"] <= (worker == "adapter") * 5
        assert not world.nexmo.repeated()


async def test_a_paused_invoke_can_be_stopped_and_is_refunded() -> None:
    async with World() as world:
        invoke = await world.invoke(range(300), throughput={"sms": Pace(mps=100)})
        await world.called(5)
        await world.do(commands.PauseInvoke, invoke_id=invoke)
        await world.do(commands.StopInvoke, invoke_id=invoke)
        counts = await world.settled(invoke)
        assert counts["completed"] == len(world.nexmo.calls) == 300 - counts["stopped"]
        assert await world.balance() == Decimal(1000) - counts["completed"] * Decimal("0.01")


async def test_nothing_of_a_paused_invoke_is_pending_after_its_deadline() -> None:
    async with World() as world:
        invoke = await world.invoke(range(250), throughput={"sms": Pace(mps=50)}, ttl=1.0)
        await world.called(3)
        await world.do(commands.PauseInvoke, invoke_id=invoke)
        counts = await world.settled(invoke, seconds=10)
        assert counts["completed"] == len(world.nexmo.calls)
        assert counts["failed"] == 250 - counts["completed"]


async def test_a_faster_pace_is_seen_at_once() -> None:
    async with World() as world:
        invoke = await world.invoke([1] * 300, throughput={"sms": Pace(mps=2)})
        await world.called(1)
        await world.do(commands.RepaceInvoke, invoke_id=invoke, throughput={"sms": Pace(mps=1000)})
        assert (await world.settled(invoke, seconds=30))["completed"] == 300, "the old pace takes 150 s"
        answer = await world.seen(invoke)
        assert answer
        assert answer["throughput"] == {"sms": {"mps": "1000"}}


async def test_a_retry_contacts_exactly_those_who_failed_or_were_stopped() -> None:
    async with World() as world:
        bad: dict[int, list[Outcome]] = {
            1: [NO],
            3: [Unclear("no-answer", "who knows")],
            5: [Deferred("1", "later"), NO],
        }
        world.nexmo.script.update({address(n): steps for n, steps in bad.items()})
        invoke = await world.invoke([7 - n for n in range(8)])
        assert (await world.settled(invoke))["failed"] == 3
        del world.nexmo.calls[:]
        outcome = await retry(world, invoke)
        assert outcome.ids == ("2",)
        assert await world.settled("2") == {"total": 3, "pending": 0, "completed": 3, "failed": 0, "stopped": 0}
        assert world.nexmo.calls == [address(n) for n in (5, 3, 1)]
        answer = await world.seen("2")
        assert answer
        assert (answer["retry_of"], answer["list_id"]) == ("1", "1")
        assert [contact["message_id"] for contact in answer["contacts"]] == ["2-6", "2-4", "2-2"]
        assert await world.balance() == Decimal("999.91")
        assert (await retry(world, "2")).error == "invoke-invalid-list"


async def test_a_retry_of_a_stopped_invoke_contacts_those_who_were_never_released_too() -> None:
    async with World() as world:
        world.nexmo.seconds = 0.02
        invoke = await world.invoke([n // 2 for n in range(2500)])
        await world.called(20)
        await world.do(commands.StopInvoke, invoke_id=invoke)
        reached = (await world.settled(invoke))["completed"]
        world.nexmo.seconds = 0.0
        first = set(world.nexmo.calls)
        await world.do(commands.DeleteList, list_id="1")
        assert (await retry(world, invoke, throughput={"sms": Pace(mps=2000)})).ids == ("2",)
        assert (await world.settled("2"))["completed"] == 2500 - reached
        assert not world.nexmo.repeated()
        assert len(first) == reached
        plans = [fact for fact in world.facts(InvokePlanned) if fact.invoke_id == "2"]
        assert [len(plan.contacts) for plan in plans[:-1]] == [1000] * (len(plans) - 1)
        [again] = [fact for fact in world.facts(InvokeAccepted) if fact.invoke_id == "2"]
        assert again.retried.count == again.total == 2500 - reached


async def test_only_what_is_over_is_retried_and_what_is_gone_is_not_found() -> None:
    async with World() as world:
        invoke = await world.invoke(range(50), throughput={"sms": Pace(mps=20)})
        assert (await retry(world, invoke)).error == "invoke-invalid-status"
        await world.do(commands.PauseInvoke, invoke_id=invoke)
        assert (await retry(world, invoke)).error == "invoke-invalid-status"
        await world.do(commands.StopInvoke, invoke_id=invoke)
        await world.settled(invoke)
        assert (await retry(world, "9")).error == "not-found"
        await world.do(commands.DeleteInvoke, invoke_id=invoke)
        assert (await retry(world, invoke)).error == "not-found"


async def test_a_stopped_invoke_with_calls_under_way_has_to_wait_for_them() -> None:
    async with World() as world:
        world.nexmo.seconds = 2.0
        invoke = await world.invoke([1] * 20)
        await world.called(5)
        await world.do(commands.StopInvoke, invoke_id=invoke)
        assert (await retry(world, invoke)).error == "invoke-invalid-status"
        await world.settled(invoke)
        assert (await retry(world, invoke)).error in (None, "invoke-invalid-list")


async def test_a_retry_waits_for_the_read_models_and_what_it_knows_then_is_kept() -> None:
    async with World() as world:
        world.nexmo.script[address(2)] = [NO]
        invoke = await world.invoke(range(5))
        await world.settled(invoke)
        await world.stop_projector()
        asked = asyncio.create_task(retry(world, invoke))
        await asyncio.sleep(0.1)
        world.start_projector()
        assert (await asked).ids == ("2",)
        assert (await world.settled("2"))["completed"] == 1


async def test_with_the_store_away_nothing_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("invoke_planner.planning._PATIENCE", 0.3)
    async with World() as world:
        world.nexmo.script[address(2)] = [NO]
        invoke = await world.invoke(range(5))
        await world.settled(invoke)
        world.store.available = False
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.6):
                await retry(world, invoke)
        world.store.available = True
        await asyncio.sleep(0.3)
        assert len(world.facts(InvokeAccepted)) == 1
        assert (await retry(world, invoke)).ids == ("2",)


async def test_a_repeated_retry_with_its_key_is_one() -> None:
    async with World() as world:
        world.nexmo.script[address(2)] = [NO]
        invoke = await world.invoke(range(5))
        await world.settled(invoke)
        key = {"key": "k", "digest": "d"}
        twice = await asyncio.gather(*(retry(world, invoke, idempotency=key) for _ in range(2)))
        assert [outcome.ids for outcome in twice] == [("2",), ("2",)]
        assert len(world.facts(InvokeAccepted)) == 2


@pytest.mark.parametrize("worker", WORKERS)
async def test_a_retry_goes_on_whatever_dies(worker: str) -> None:
    async with World() as world:
        world.nexmo.script.update({address(n): [NO] for n in range(0, 2200, 2)})
        invoke = await world.invoke([n // 100 for n in range(2200)])
        await world.settled(invoke, seconds=30)
        del world.nexmo.calls[:]
        assert (await retry(world, invoke)).ids == ("2",)
        await world.kill(worker)
        await world.called(200)
        await world.kill(worker)
        counts = await world.settled("2", seconds=30)
        assert counts["completed"] + counts["failed"] == 1100
        assert sorted(world.nexmo.calls) == sorted(address(n) for n in range(0, 2200, 2))


async def test_what_a_retry_is_made_from_can_be_deleted_when_its_plan_stands() -> None:
    async with World() as world:
        world.nexmo.script[address(2)] = [NO]
        invoke = await world.invoke(range(5))
        await world.settled(invoke)
        await retry(world, invoke)
        await world.until(lambda: len(world.facts(InvokePlanned)) == 2)
        assert (await world.do(commands.DeleteInvoke, invoke_id=invoke)).error is None
        assert (await world.settled("2"))["completed"] == 1
        async with asyncio.timeout(30):
            while await world.seen(invoke):
                await asyncio.sleep(0.01)


async def test_the_story_of_a_message_of_an_invoke() -> None:
    async with World() as world:
        world.nexmo.script[address(0)] = [Deferred("1", "later"), Deferred("1", "later")]
        await world.settled(await world.invoke([1]))
        found = await story.get(world.store, ACCOUNT, MessageId("1-1"))
        assert found
        events: Any = found["events"]
        assert [(event["type"], event["attempt"]) for event in events] == [
            ("invoke.accepted", "0"),
            ("invoke.planned", "0"),
            ("send.requested", "0"),
            ("delivery.deferred", "1"),
            ("delivery.deferred", "2"),
            ("delivery.accepted", "3"),
            ("message.completed", "3"),
        ]
        assert [event["at"] for event in events] == sorted(event["at"] for event in events)
