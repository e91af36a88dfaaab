"""What every Store must do. Subclass it with a fixture `store` that gives an empty one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from dapi_common.store.order import rank
from dapi_common.store.port import (
    Change,
    Document,
    Index,
    Range,
    Remove,
    Store,
    StoreRefused,
    Upsert,
    Value,
    Where,
)

ASCENDING: list[Value] = [
    None,
    -1, 0, 0.5, 1, 2**53, 2**53 + 1, 2**62,
    "", "a", "aa", "b", "é", "\U0001f600",
    {}, {"a": None}, {"a": 1}, {"a": 1, "b": 0}, {"a": 2}, {"b": 1}, {"z": 1, "a": 5}, {"z": 1, "b": 2},
    {"a": ""}, {"a": "x"}, {"a": {}}, {"a": False},
    [], [None], [1], [1, 2], [2], ["x"], [[1]],
    False, True,
    datetime(1970, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC),
]  # fmt: skip
"""One value of each kind and more, in the order of MongoDB."""

AWKWARD: dict[str, Value] = {"$set": {"$x": 1}, "a.b": "c.d", "": [1, {"": None}], "é": "\U0001f600\n\0"}
"""Legal JSON with everything that looks like an operator or a path."""


async def one(store: Store, key: str = "1") -> Document:
    return (await store.get("things", [key]))[key]


async def ids(store: Store, where: Where) -> set[str]:
    return {str(document["_id"]) for document in await store.find("things", where)}


async def numbered(store: Store, *numbers: int) -> None:
    """Documents `1`, `2`, … with their number at `n` and at `at.n`."""
    await store.write([Upsert("things", str(n), constant={"n": n, "at": {"n": n}, "odd": n % 2}) for n in numbers])


class StoreWrites:
    async def test_an_upsert_creates_a_document_and_then_changes_it(self, store: Store) -> None:
        await store.write([Upsert("things", "1", constant={"a": 1, "b": 1})])
        await store.write([Upsert("things", "1", constant={"b": 2})])
        assert await one(store) == {"_id": "1", "a": 1, "b": 2}

    async def test_an_upsert_without_fields_creates_an_empty_document(self, store: Store) -> None:
        await store.write([Upsert("things", "1")])
        assert await one(store) == {"_id": "1"}

    async def test_the_greatest_value_stays_whatever_the_order(self, store: Store) -> None:
        pairs = [(a, b) for a in range(len(ASCENDING)) for b in range(len(ASCENDING))]
        for turn in (0, 1):
            await store.write([Upsert("things", f"{p[0]}-{p[1]}", maximum={"v": ASCENDING[p[turn]]}) for p in pairs])
        found = await store.get("things", [f"{a}-{b}" for a, b in pairs])
        wrong = [(a, b) for a, b in pairs if found[f"{a}-{b}"]["v"] != ASCENDING[max(a, b)]]
        assert len(found) == len(pairs)
        assert wrong == []

    async def test_equal_numbers_of_two_kinds_do_not_replace_each_other(self, store: Store) -> None:
        await store.write([Upsert("things", "1", maximum={"v": 1})])
        await store.write([Upsert("things", "1", maximum={"v": 1.0})])
        assert isinstance((await one(store))["v"], int)

    async def test_initial_fields_are_set_only_by_the_write_that_creates(self, store: Store) -> None:
        await store.write([Upsert("things", "1", initial={"since": 1}, constant={"a": 1})])
        await store.write([Upsert("things", "1", initial={"since": 2, "late": True})])
        assert await one(store) == {"_id": "1", "since": 1, "a": 1}

    async def test_what_is_said_to_be_new_is_the_document_that_an_upsert_makes(self, store: Store) -> None:
        first = Upsert("things", "1", {"a.b": 1, "c": None}, {"m.x": 2, "m.y": {"z": 1}}, {"i.j": [3]})
        await store.write([first, replace(first, id="2", new=True)])
        assert {**await one(store), "_id": "2"} == await one(store, "2")

    async def test_dotted_paths_reach_into_objects(self, store: Store) -> None:
        await store.write([Upsert("things", "1", constant={"a.b.c": 1}, maximum={"m.x": 2}, initial={"i.j": 3})])
        await store.write([Upsert("things", "1", constant={"a.b.d": 4}, maximum={"m.x": 1, "m.y": 1})])
        assert await one(store) == {
            "_id": "1", "a": {"b": {"c": 1, "d": 4}}, "m": {"x": 2, "y": 1}, "i": {"j": 3},
        }  # fmt: skip

    async def test_many_upserts_of_one_document_in_one_call_count_in_their_order(self, store: Store) -> None:
        await store.write([
            Upsert("things", "1", constant={"a": 1}, maximum={"m": 5}, initial={"i": 1, "b": 0}),
            Upsert("things", "2", constant={"a": 7}),
            Upsert("things", "1", constant={"a": 2, "b": 2, "o": {"x": 1, "z": 1}}, maximum={"m": 3}, initial={"j": 1}),
            Upsert("things", "1", constant={"o.x": 2}, maximum={"m": 4}),
        ])  # fmt: skip
        assert await one(store) == {"_id": "1", "a": 2, "b": 2, "m": 5, "i": 1, "o": {"x": 2, "z": 1}}

    async def test_a_change_sets_fields_of_all_that_match_and_creates_none(self, store: Store) -> None:
        await numbered(store, 1, 2, 3)
        await store.write([Change("things", {"odd": 1}, {"at.seen": True}), Change("things", {"n": 9}, {"x": 1})])
        assert await ids(store, {"at.seen": True}) == {"1", "3"}
        assert await ids(store, {}) == {"1", "2", "3"}

    async def test_changes_and_removals_keep_their_place_among_upserts(self, store: Store) -> None:
        await store.write([
            Upsert("things", "1", constant={"n": 1, "v": "open"}),
            Change("things", {"n": Range(upto=1)}, {"v": "closed"}),
            Upsert("things", "2", constant={"n": 1, "v": "open"}),
            Upsert("things", "3", constant={"n": 3}),
            Remove("things", {"n": 3}),
            Upsert("things", "4", constant={"n": 3}),
        ])  # fmt: skip
        found = await store.get("things", ["1", "2", "3", "4"])
        assert {key: document.get("v") for key, document in found.items()} == {"1": "closed", "2": "open", "4": None}

    async def test_one_call_writes_to_many_collections(self, store: Store) -> None:
        await store.write([Upsert("things", "1"), Upsert("others", "1", constant={"a": 1}), Upsert("things", "2")])
        assert await ids(store, {}) == {"1", "2"}
        assert await store.find("others", {}) == [{"_id": "1", "a": 1}]

    async def test_a_call_that_is_refused_leaves_nothing_behind(self, store: Store) -> None:
        await numbered(store, 1, 2)
        with pytest.raises(StoreRefused):
            await store.write([
                Upsert("things", "3"),
                Upsert("others", "1"),
                Change("things", {"n": 1}, {"odd": None}),
                Remove("things", {"n": 2}),
                Upsert("things", "1", constant={"n.x": 1}),
            ])  # fmt: skip
        assert await ids(store, {}) == {"1", "2"}
        assert await ids(store, {"odd": 1}) == {"1"}
        assert await store.find("others", {}) == []

    async def test_thousands_of_writes_are_one_call(self, store: Store) -> None:
        await numbered(store, *range(2500))
        assert len(await store.find("things", {})) == 2500
        assert len(await store.get("things", [str(n) for n in range(2500)])) == 2500

    async def test_nothing_to_write_is_fine(self, store: Store) -> None:
        await store.write([])

    async def test_values_come_back_as_they_were(self, store: Store) -> None:
        moment = datetime(2026, 1, 2, 3, 4, 5, 678_901, tzinfo=timezone(timedelta(hours=2)))
        await store.write([Upsert("things", "1", constant={"v": {"at": moment, "big": 2**63 - 1, "own": AWKWARD}})])
        kept = datetime(2026, 1, 2, 1, 4, 5, 678_000, tzinfo=UTC)
        assert await one(store) == {"_id": "1", "v": {"at": kept, "big": 2**63 - 1, "own": AWKWARD}}

    @pytest.mark.parametrize(
        "write",
        [
            Upsert("things", "1", constant={"a": 1}, maximum={"a": 2}),
            Upsert("things", "1", constant={"a.b": 1}, initial={"a": 2}),
            Upsert("things", "1", constant={"n.x": 1}),
            Upsert("things", "1", constant={"a": 2**63}),
            Upsert("things", "1", constant={"a": {"secret-word\0": 1}}),
        ],
    )
    async def test_what_no_store_can_hold_is_refused_without_quoting_it(self, store: Store, write: Upsert) -> None:
        await numbered(store, 1)
        with pytest.raises(StoreRefused) as refusal:
            await store.write([write])
        assert "secret-word" not in str(refusal.value)
        assert await ids(store, {"n": 1}) == {"1"}


class StoreReads:
    async def test_get_answers_only_what_exists(self, store: Store) -> None:
        await numbered(store, 1, 2)
        assert set(await store.get("things", ["2", "9", "2"])) == {"2"}
        assert await store.get("things", []) == {}
        assert await store.get("nowhere", ["1"]) == {}

    async def test_a_range_has_an_open_and_a_closed_end(self, store: Store) -> None:
        await numbered(store, 1, 2, 3, 4)
        assert await ids(store, {"n": Range(1, 3)}) == {"2", "3"}
        assert await ids(store, {"at.n": Range(above=2)}) == {"3", "4"}
        assert await ids(store, {"n": Range(upto=2), "odd": 1}) == {"1"}
        assert await ids(store, {"n": Range()}) == {"1", "2", "3", "4"}

    async def test_a_range_matches_only_its_own_type(self, store: Store) -> None:
        await numbered(store, 5)
        await store.write([Upsert("things", "word", constant={"n": "5"}), Upsert("things", "none")])
        assert await ids(store, {"n": Range(above=1)}) == {"5"}
        assert await ids(store, {"n": Range(above="")}) == {"word"}

    async def test_none_matches_what_is_absent(self, store: Store) -> None:
        await store.write([Upsert("things", "1"), Upsert("things", "2", constant={"n": None})])
        await numbered(store, 3)
        assert await ids(store, {"n": None}) == {"1", "2"}

    async def test_an_object_matches_whole_and_in_its_order(self, store: Store) -> None:
        await store.write([Upsert("things", "1", constant={"o": {"a": 1, "b": 2}})])
        assert await ids(store, {"o": {"a": 1, "b": 2}}) == {"1"}
        assert await ids(store, {"o": {"b": 2, "a": 1}}) == set()
        assert await ids(store, {"o": {"a": 1}}) == set()

    async def test_dates_are_compared_as_moments(self, store: Store) -> None:
        noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
        await store.write([Upsert("things", "1", constant={"at": noon})])
        assert await ids(store, {"at": Range(above=noon - timedelta(seconds=1), upto=noon)}) == {"1"}

    async def test_pages_are_sorted_and_cut(self, store: Store) -> None:
        await numbered(store, 3, 1, 4, 2)
        found = await store.find("things", {"n": Range(upto=3)}, order=["n"], descending=True, limit=2)
        assert [document["n"] for document in found] == [3, 2]

    async def test_several_fields_sort_one_after_the_other_and_absent_ones_come_first(self, store: Store) -> None:
        await numbered(store, 3, 1, 4, 2)
        await store.write([Upsert("things", "0", constant={"odd": 0})])
        found = await store.find("things", {}, order=["odd", "at.n"])
        assert [document["_id"] for document in found] == ["0", "2", "4", "1", "3"]

    async def test_values_of_all_kinds_sort_as_declared(self, store: Store) -> None:
        plain = [value for value in ASCENDING if not isinstance(value, list)]
        await store.write([Upsert("things", str(i), constant={"v": v}) for i, v in enumerate(reversed(plain))])
        found = await store.find("things", {}, order=["v"])
        assert [document["v"] for document in found] == plain == sorted(plain, key=rank)

    async def test_only_the_fields_asked_for_come_back(self, store: Store) -> None:
        await numbered(store, 1)
        assert await store.find("things", {}, fields=["n", "absent"]) == [{"n": 1}]
        assert await store.find("things", {}, fields=["_id", "at.n"]) == [{"_id": "1", "at": {"n": 1}}]

    async def test_what_comes_out_is_the_callers_own(self, store: Store) -> None:
        await numbered(store, 1)
        document = await one(store)
        document["at"] = None
        assert (await one(store))["at"] == {"n": 1}


class StoreIndexes:
    async def test_indexes_may_be_ensured_again_and_again(self, store: Store) -> None:
        wanted = {"things": [Index(("n", "at.n")), Index(("expires",), expire_seconds=3600)]}
        await store.ensure(wanted)
        await store.ensure(wanted)
        await numbered(store, 1)
        assert await ids(store, {"n": 1}) == {"1"}

    async def test_another_expiry_of_the_same_field_is_refused(self, store: Store) -> None:
        await store.ensure({"things": [Index(("expires",), expire_seconds=3600)]})
        with pytest.raises(StoreRefused):
            await store.ensure({"things": [Index(("expires",), expire_seconds=60)]})


class StoreContract(StoreWrites, StoreReads, StoreIndexes):
    """All of it."""
