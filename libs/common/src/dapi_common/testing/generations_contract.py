"""What rebuilds ask of a Rebuildable store. Subclass it with a fixture `store`."""

import asyncio
from dataclasses import replace

from dapi_common.store.generations import CACHE_SECONDS, CurrentStore, Standing, generation, move, standing
from dapi_common.store.port import Document, Index, Range, Rebuildable, Upsert

NUMBER = 2500


class GenerationsContract:
    async def test_a_scan_meets_every_document_once_in_pieces(self, store: Rebuildable) -> None:
        await store.write([Upsert("things", str(n), {"n": n, "more": "x"}) for n in range(NUMBER)])
        pieces = [piece async for piece in store.scan("things", fields=("_id", "n"))]
        assert len(pieces) > 1
        found = [document for piece in pieces for document in piece]
        assert sorted(found, key=lambda one: int(str(one["_id"]))) == [{"_id": str(n), "n": n} for n in range(NUMBER)]

    async def test_a_scan_of_nothing_ends(self, store: Rebuildable) -> None:
        assert [piece async for piece in store.scan("nothing")] == []

    async def test_what_is_dropped_is_gone_with_its_indexes_and_may_come_again(self, store: Rebuildable) -> None:
        await store.ensure({"things": [Index(("at",), 60)]})
        await store.write([Upsert("things", "1", {"a": 1}), Upsert("others", "1", {"a": 1})])
        for _ in range(2):
            await store.drop("things")
        assert await store.get("things", ["1"]) == {}
        assert set(await store.get("others", ["1"])) == {"1"}
        await store.ensure({"things": [Index(("at",), 120)]})
        await store.write([Upsert("things", "2", {"a": 2})])
        assert set(await store.get("things", ["1", "2"])) == {"2"}

    async def test_generations_do_not_know_of_each_other(self, store: Rebuildable) -> None:
        first, second = generation(store, 0), generation(store, 1)
        await second.ensure({"things": [Index(("n",))]})
        await first.write([Upsert("things", "1", {"n": 1})])
        await second.write([Upsert("things", "1", {"n": 2}), Upsert("things", "2", {"n": 3})])
        assert await first.find("things", {}) == [{"_id": "1", "n": 1}]
        assert await second.find("things", {"n": Range(2, 3)}) == [{"_id": "2", "n": 3}]
        assert [piece async for piece in second.scan("things", fields=("n",))] == [[{"n": 2}, {"n": 3}]]
        await second.drop("things")
        assert set(await first.get("things", ["1"])) == {"1"}
        assert await second.get("things", ["1"]) == {}

    async def test_of_two_that_move_at_once_one_does(self, store: Rebuildable) -> None:
        before = await standing(store)
        assert before == Standing(0, "serving", "")
        moves = [replace(before, phase="holding", ticket=name) for name in "ab"]
        done = await asyncio.gather(*(move(store, before, after) for after in moves))
        assert sorted(done) == [False, True]
        assert await standing(store) == moves[done.index(True)]

    async def test_nothing_moves_from_where_it_is_not(self, store: Rebuildable) -> None:
        held = Standing(0, "held", "a")
        assert not await move(store, held, replace(held, phase="switched", number=1))
        assert (await standing(store)).number == 0

    async def test_a_reader_follows_within_the_time_that_is_waited_for_it(self, store: Rebuildable) -> None:
        reader = CurrentStore(store)
        await store.write([Upsert("things", "1", {"n": 1})])
        await generation(store, 7).write([Upsert("things", "1", {"n": 2})])
        assert await self._seen(reader) == {"_id": "1", "n": 1}
        assert await move(store, await standing(store), Standing(7, "switched", "a"))
        await asyncio.sleep(CACHE_SECONDS)
        assert {str(await self._seen(reader)) for _ in range(3)} == {str({"_id": "1", "n": 2})}

    async def _seen(self, reader: CurrentStore) -> Document:
        return (await reader.get("things", ["1"]))["1"]
