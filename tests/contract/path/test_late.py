"""Sends that an adapter finds late when it comes back, and that go to the dispatcher once more (decision 0008)."""

from dapi_common.events import commands
from dapi_common.events.sends import SendRequested
from dapi_common.events.shapes import Pace
from dapi_common.provider.worker import FARTHEST
from dapi_common.topics import SENDS
from tests.contract.path.world import World, address
from tests.unit.dapi_common.provider.world import VAULT


async def share(world: World) -> None:
    """The account sends through a second provider, too, whose adapter is not there."""
    await world.do(commands.PutProvider, name="twilio", credentials=VAULT.seal({"SID": "s"}))
    for provider in ("twilio", "nexmo"):
        arguments = {"from": "Dapi", "text": "hello", "to": "+447700900999"}
        message = {"provider": provider, "channel": "sms", "arguments": arguments}
        await world.do(commands.CreateMessage, ttl=3600.0, **message)
    await world.called(1)


async def test_what_goes_back_untried_is_tried_before_anything_of_a_higher_order() -> None:
    """Nobody is told of it, so the planner goes on waiting for its answer: it releases nothing of a higher order."""
    async with World() as world:
        await share(world)
        invoke = await world.invoke([1] * 60 + [2] * 60, throughput={"sms": Pace(mps=100)})
        await world.called(10)
        await world.kill("adapter", seconds=0.7)
        counts = await world.settled(invoke)
        late = {send.address for send in world.facts(SendRequested, SENDS) if send.late}
        assert late & {address(n) for n in range(60)}
        assert counts["completed"] + counts["failed"] == 120
        assert counts["failed"] <= 2 * 100 * FARTHEST, "calls that were under way, or just before"
        assert not world.nexmo.repeated()
        firsts = [world.nexmo.calls.index(send) for send in map(address, range(60)) if send in world.nexmo.calls]
        assert sorted(firsts) == list(range(1, 1 + len(firsts))), "after the one that has no order"


async def test_what_goes_back_untried_waits_while_its_invoke_is_paused_and_is_dropped_when_it_is_stopped() -> None:
    async with World() as world:
        await share(world)
        invoke = await world.invoke([1] * 200, throughput={"sms": Pace(mps=100)})
        await world.called(10)
        await world.do(commands.PauseInvoke, invoke_id=invoke)
        await world.kill("adapter", seconds=0.7)
        await world.until(lambda: any(send.late for send in world.facts(SendRequested, SENDS)))
        calls = len(world.nexmo.calls)
        await world.do(commands.StopInvoke, invoke_id=invoke)
        counts = await world.settled(invoke)
        assert len(world.nexmo.calls) <= calls + 2
        assert counts["completed"] + counts["failed"] + counts["stopped"] == 200
        assert not world.nexmo.repeated()
