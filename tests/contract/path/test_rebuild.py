"""Read models made anew from the log, while the system works on the old ones."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from api_gateway import projection, rebuilding
from api_gateway.rebuild import Busy, rebuild
from api_gateway.rebuilding import Build, positions
from api_gateway.succession import Unheld, held, seated
from api_gateway.views import lists, messages
from api_gateway.views.messages import Filters
from api_gateway.views.pages import Slice
from dapi_common import topics
from dapi_common.bus.memory import MemoryReader
from dapi_common.bus.port import Reader, Record
from dapi_common.events import commands
from dapi_common.ids import InvokeId, ListId
from dapi_common.store.generations import GENERATIONS, CurrentStore, Standing, generation, move, standing
from dapi_common.store.port import Remove, Upsert
from dapi_common.store.positions import POSITIONS, Barrier
from dapi_common.topics import Topic
from tests.contract.path.world import ACCOUNT, World

CONTACTS = 400


@asynccontextmanager
async def at_work() -> AsyncIterator[tuple[World, str]]:
    """An installation with an invoke that goes on, and one that was deleted."""
    async with World(partitions=2) as world:
        gone = await world.invoke([1, 2, 3])
        await world.settled(gone)
        await world.do(commands.DeleteInvoke, invoke_id=gone)
        invoke = await world.invoke([n // 20 for n in range(CONTACTS)], throughput={"sms": {"mps": 100}})
        await world.called(20)
        yield world, invoke


async def test_a_rebuild_while_an_invoke_runs_finds_every_read_model_identical() -> None:
    async with at_work() as (world, invoke):
        report = await rebuild(world.bus, world.store, switch=False)
        counts = await world.progress(invoke)
        assert counts["pending"] > 0
        assert report.identical, report.different
        assert report.models["messages"][0].documents > 0
        assert set(report.models) == set(projection.INDEXES)
        assert (await standing(world.store)).number == 0
        assert not await generation(world.store, report.rebuilt).find("messages", {})


async def test_after_the_switch_everything_goes_on_in_the_new_generation() -> None:
    async with at_work() as (world, invoke):
        report = await rebuild(world.bus, world.store, switch=True, grace=0.6)
        assert report.identical, report.different
        assert (await standing(world.store)).number == report.rebuilt
        assert (await world.progress(invoke))["pending"] > 0
        assert not await world.store.find("messages", {})
        assert not await world.store.find(POSITIONS, {})
        again = await world.invoke([1, 2, 3])
        assert await world.settled(again) == {"total": 3, "pending": 0, "completed": 3, "failed": 0, "stopped": 0}
        await world.do(commands.StopInvoke, invoke_id=invoke)
        counts = await world.settled(invoke)
        assert counts["completed"] + counts["stopped"] == CONTACTS
        second = await rebuild(world.bus, world.store, switch=True, grace=0.6)
        assert second.identical, second.different
        assert second.rebuilt > report.rebuilt


async def test_what_a_200_was_answered_for_is_seen_by_everybody_all_through_a_switch() -> None:
    async with at_work() as (world, _):
        barrier, reader = Barrier(CurrentStore(world.store), world.clock), CurrentStore(world.store)
        (list_id,) = (await world.do(commands.CreateList, metadata={})).ids
        rebuilt = asyncio.create_task(rebuild(world.bus, world.store, switch=True, grace=0.6))
        edits = 0
        while not rebuilt.done():
            edits += 1
            outcome = await world.do(commands.UpdateList, list_id=list_id, metadata={"edits": edits})
            assert outcome.partition is not None
            assert outcome.offset is not None
            assert await barrier.wait(topics.EVENTS.name, outcome.partition, outcome.offset, timeout=4.0)
            found = await lists.get(reader, ACCOUNT, ListId(list_id))
            assert found
            assert found["metadata"] == {"edits": edits}
        assert (await rebuilt).identical
        assert edits > 10
        await barrier.close()


async def test_a_document_that_is_not_what_the_log_says_is_found_and_the_switch_mends_it() -> None:
    async with at_work() as (world, invoke):
        await world.do(commands.StopInvoke, invoke_id=invoke)
        await world.settled(invoke)
        (list_id,) = (await world.do(commands.CreateList, metadata={"a": 1})).ids
        key = f"{ACCOUNT}/{list_id}"
        await world.until(lambda: key in world.store._collections["lists"])
        await world.store.write([Upsert("lists", key, {"deleted": True}), Remove("ledger", {"line": 3})])
        report = await rebuild(world.bus, world.store, switch=False)
        assert not report.identical
        assert report.different["lists"] == [key]
        assert [name for name, (one, other) in report.models.items() if one != other] == sorted(report.different)
        report = await rebuild(world.bus, world.store, switch=True, grace=0.6)
        assert await messages.page(world.serving, ACCOUNT, Slice(10), Filters(invoke_id=invoke))
        assert (await world.serving.get("lists", [key]))[key]["deleted"] is False
        assert (await rebuild(world.bus, world.store, switch=False)).identical


class Forgetful:
    """The log, years later: no send is in it any more."""

    def __init__(self, world: World) -> None:
        self._bus = world.bus

    def reader(self, topics: Sequence[Topic], *, positions: Mapping[tuple[str, int], int] | None = None) -> Reader:
        return ForgetfulReader(self._bus, topics, True, positions or {})


class ForgetfulReader(MemoryReader):
    async def poll(self, timeout: float) -> Sequence[Record]:
        return [record for record in await super().poll(timeout) if record.topic != topics.SENDS.name]


async def test_messages_whose_requests_the_log_has_forgotten_are_made_from_their_plan() -> None:
    async with at_work() as (world, invoke):
        await world.settled(invoke)
        skipped = await world.invoke([1], offers=[])
        await world.settled(skipped)
        report = await rebuild(Forgetful(world), world.store, switch=False)
        assert report.identical, report.different
        assert report.models["messages"][0].documents == CONTACTS + 1


async def test_without_a_projector_nothing_is_compared_and_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rebuilding, "KEPT_UP_SECONDS", 0.1)
    monkeypatch.setattr("api_gateway.succession.ANSWER_SECONDS", 0.1)
    async with at_work() as (world, invoke):
        await world.stop_projector()
        with pytest.raises(Unheld):
            await rebuild(world.bus, world.store, switch=True)
        assert (await standing(world.store)).number == 0
        assert not await generation(world.store, 1).find("messages", {})
        world.start_projector()
        await world.do(commands.StopInvoke, invoke_id=InvokeId(invoke))
        await world.settled(invoke)


async def test_a_rebuild_that_dies_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api_gateway.succession.LEASE_SECONDS", 0.1)
    async with World() as world:
        asked = replace(await standing(world.store), phase="holding", ticket="dead")
        assert await move(world.store, Standing(), asked)
        async with asyncio.timeout(30):
            while (await standing(world.store)).phase != "serving":
                await asyncio.sleep(0.005)
        late = replace(asked, phase="held")
        assert not await move(world.store, late, replace(late, phase="switched", number=1))
        invoke = await world.invoke([1, 2])
        assert (await world.settled(invoke))["completed"] == 2
        assert (await standing(world.store)).number == 0


async def test_a_projector_that_dies_while_it_holds_goes_on_where_the_switch_left_it() -> None:
    async with World() as world:
        async with held(world.store, 0) as hold:
            await world.stop_projector()
            build = Build(world.bus, world.store, 1)
            await build.start()
            await build.upto(await positions(world.store))
            await build.stop()
            await hold.hand_over(1)
        world.start_projector()
        await seated(world.store, 1)
        invoke = await world.invoke([1, 2])
        assert (await world.settled(invoke))["completed"] == 2
        assert not await world.store.get("invokes", [f"{ACCOUNT}/{invoke}"])


async def test_what_a_killed_rebuild_left_is_dropped_by_the_next() -> None:
    async with World() as world:
        await generation(world.store, 5).write([Upsert("lists", "x", {"n": 1})])
        await world.store.write([Upsert(GENERATIONS, "rebuild", {"number": 5, "before": 0, "at": 1.0})])
        report = await rebuild(world.bus, world.store, switch=False)
        assert (report.rebuilt, report.identical) == (6, True)
        assert not await generation(world.store, 5).find("lists", {})


async def test_one_rebuild_at_a_time() -> None:
    async with World() as world:
        first = asyncio.create_task(rebuild(world.bus, world.store, switch=False))
        while not await world.store.get(GENERATIONS, ["rebuild"]):
            await asyncio.sleep(0)
        with pytest.raises(Busy):
            await rebuild(world.bus, world.store, switch=False)
        assert (await first).identical
