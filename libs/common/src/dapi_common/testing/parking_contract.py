"""What `dapi parking` does with every implementation of the log. A subclass gives `bus`, and `rewriter`: a new one."""

import re
from argparse import Namespace
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from dapi_common import events, topics
from dapi_common.bus.encode import marked
from dapi_common.bus.port import Fenced, Publisher, Record
from dapi_common.bus.rewrite import Rewriter
from dapi_common.ops import parking
from dapi_common.ops.admin import Problem
from dapi_common.ops.parking import Lot
from dapi_common.testing.bus_contract import Bus, read_all, work

Open = Callable[[], AbstractAsyncContextManager[Rewriter]]
TEXT = "a text of somebody's"
NOWHERE = f"{topics.SENDS.name}/0/1"


def asked(**given: Any) -> Namespace:
    """The command line."""
    return Namespace(**{"limit": 100, "value": False, **given})


class ParkingContract:
    """The suite."""

    @pytest.fixture
    async def publisher(self, bus: Bus) -> Any:
        async with bus.publisher("projector") as publisher:
            yield publisher

    @pytest.fixture
    def lot(self, bus: Bus, rewriter: Open) -> Lot:
        return Lot(lambda: bus.reader([topics.PARKING]), rewriter)

    async def _bad(self, bus: Bus, number: int, service: str, value: bytes = b"{") -> str:
        """A record of dapi.sends that the service has parked; its origin."""
        record = Record(topics.SENDS.name, 1, number, b"a", value, [("ce_type", b"sends.stopped")], 1.0)
        async with bus.publisher(service) as publisher:
            await publisher.park(record, "made up", 10)
        return f"{topics.SENDS.name}/1/{number}"

    async def test_what_is_parked_is_listed_once_with_who_and_why_and_without_its_content(
        self, bus: Bus, lot: Lot
    ) -> None:
        for number in range(4):
            origin = await self._bad(bus, number, "dispatcher", TEXT.encode())
        await self._bad(bus, 3, "projector", TEXT.encode())
        listed: Any = await parking.every(lot, asked(limit=2))
        assert listed["waiting"] == 4
        older, newest = listed["records"]
        assert older["origin"] == f"{topics.SENDS.name}/1/2"
        assert newest.pop("at")
        assert newest == {
            "origin": origin,
            "type": "sends.stopped",
            "reasons": {"dispatcher": "made up", "projector": "made up"},
            "status": "parked",
        }
        assert TEXT not in str(listed)

    async def test_a_value_is_shown_to_who_asks_for_it(self, bus: Bus, lot: Lot) -> None:
        origin = await self._bad(bus, 1, "dispatcher", TEXT.encode() + b"\xff")
        shown = await parking.show(lot, asked(origin=origin))
        assert (shown["key"], shown["headers"]) == ("a", {"ce_type": "sends.stopped"})
        assert shown["bytes"] == len(TEXT) + 1
        assert TEXT not in str(shown)
        assert (await parking.show(lot, asked(origin=origin, value=True)))["value"] == TEXT + "\\xff"

    async def test_what_is_replayed_is_in_its_partition_again_as_it_came_and_listed_as_replayed(
        self, bus: Bus, lot: Lot, publisher: Publisher
    ) -> None:
        place = await publisher.publish(work(7), 10)
        reader = bus.reader([topics.SENDS])
        await reader.start()
        (came,) = await read_all(reader, 1)
        await publisher.park(came, "made up", 10)
        origin = f"{topics.SENDS.name}/{place[0]}/{place[1]}"
        with pytest.raises(Problem, match="dispatcher could process it"):
            await parking.replay(lot, asked(origin=origin))
        async with bus.publisher("dispatcher") as dispatcher:
            await dispatcher.park(came, "made up", 10)
        replayed = await parking.replay(lot, asked(origin=origin))
        (again,) = await read_all(reader, 1)
        await reader.stop()
        assert replayed["replayed_as"] == f"{again.topic}/{again.partition}/{again.offset}"
        assert (again.partition, again.key, list(again.headers)) == (came.partition, came.key, list(came.headers))
        assert events.SENDS.decode(again.headers, again.value).invoke_id == "7"
        listed: Any = await parking.every(lot, asked())
        assert [(line["origin"], line["status"]) for line in listed["records"]] == [(origin, "replayed")]
        assert listed["waiting"] == 0
        with pytest.raises(Problem, match="replayed already"):
            await parking.replay(lot, asked(origin=origin))
        with pytest.raises(Problem, match="is replayed already"):
            await parking.drop(lot, asked(origin=origin))

    async def test_what_is_dropped_is_listed_as_dropped_and_may_still_be_replayed(self, bus: Bus, lot: Lot) -> None:
        origin = await self._bad(bus, 1, "dispatcher")
        await parking.drop(lot, asked(origin=origin))
        listed: Any = await parking.every(lot, asked())
        assert [line["status"] for line in listed["records"]] == ["dropped"]
        with pytest.raises(Problem, match="dropped already"):
            await parking.drop(lot, asked(origin=origin))
        assert (await parking.replay(lot, asked(origin=origin)))["status"] == "replayed"

    async def test_who_was_there_parks_again_and_nothing_is_news_but_a_further_service_is(
        self, bus: Bus, lot: Lot
    ) -> None:
        origin = await self._bad(bus, 1, "projector")
        await parking.drop(lot, asked(origin=origin))
        await self._bad(bus, 1, "projector")
        listed: Any = await parking.every(lot, asked())
        assert listed["records"][0]["status"] == "dropped"
        await self._bad(bus, 1, "dispatcher")
        assert (await parking.show(lot, asked(origin=origin)))["status"] == "parked"

    async def test_what_is_not_parked_is_not_found(self, lot: Lot) -> None:
        for verb in (parking.show, parking.replay, parking.drop):
            with pytest.raises(Problem, match=f"nothing is parked from {re.escape(NOWHERE)}"):
                await verb(lot, asked(origin=NOWHERE))

    async def test_of_two_operators_the_first_cannot_write_what_the_second_may_have_seen_otherwise(
        self, bus: Bus, rewriter: Open
    ) -> None:
        async with rewriter() as first, rewriter() as second:
            with pytest.raises(Fenced):
                await first.write([marked(NOWHERE, "replayed")])
            await second.write([marked(NOWHERE, "dropped")])
        reader = bus.reader([topics.PARKING])
        await reader.start()
        (only,) = await read_all(reader, 1)
        await reader.stop()
        assert dict(only.headers)["dapi_status"] == b"dropped"
