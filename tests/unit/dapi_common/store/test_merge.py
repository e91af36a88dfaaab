"""Merging writes changes their number, never their effect."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from dapi_common.store.memory import MemoryStore
from dapi_common.store.merge import by_collection, collide, merged, order_matters
from dapi_common.store.order import exceeds, rank
from dapi_common.store.port import Change, Remove, Upsert, Value, Write
from dapi_common.testing.store_contract import ASCENDING
from dapi_common.testing.store_writes import calls, contents, upserts


def merge(writes: list[Write]) -> list[Write]:
    return [write for its in by_collection(writes).values() for write in merged(its)]


@given(before=calls(), writes=calls())
async def test_merged_writes_leave_the_same_documents(before: list[Write], writes: list[Write]) -> None:
    plain, fewer = MemoryStore(), MemoryStore()
    await plain.write(before + writes)
    await fewer.write(before)
    await fewer.write(merge(writes))
    assert await contents(fewer) == await contents(plain)


@given(before=calls(), writes=calls(), random=st.randoms(use_true_random=False))
async def test_where_order_does_not_matter_any_order_leaves_the_same_documents(
    before: list[Write], writes: list[Write], random: Random
) -> None:
    inorder, shuffled = MemoryStore(), MemoryStore()
    for store in (inorder, shuffled):
        await store.write(before)
    for its in by_collection(writes).values():
        fewer = merged(its)
        await inorder.write(fewer)
        await shuffled.write(fewer if order_matters(fewer) else random.sample(fewer, len(fewer)))
    assert await contents(shuffled) == await contents(inorder)


@given(st.lists(upserts(), max_size=8))
def test_merged_upserts_have_no_colliding_paths(writes: list[Write]) -> None:
    for write in merge(writes):
        assert isinstance(write, Upsert)
        assert not collide([*write.constant, *write.maximum, *write.initial])


def test_a_batch_of_facts_about_one_document_is_one_write() -> None:
    facts: list[Write] = [Upsert("things", "1", constant={f"f{n}": n}, maximum={"status": n}) for n in range(5)]
    constant = {"f0": 0, "f1": 1, "f2": 2, "f3": 3, "f4": 4}
    assert merged(facts) == [Upsert("things", "1", constant, maximum={"status": 4})]
    assert not order_matters(merged(facts))


def test_only_the_first_of_two_upserts_can_have_created_the_document() -> None:
    first = Upsert("things", "1", initial={"a": 1, "b": 1})
    second = Upsert("things", "1", initial={"c": 2}, constant={"b": 2})
    assert merged([first, second]) == [Upsert("things", "1", constant={"b": 2}, initial={"a": 1})]


def test_a_change_between_two_upserts_keeps_them_apart() -> None:
    first, last = Upsert("things", "1", constant={"a": 1}), Upsert("things", "1", constant={"a": 2})
    writes: list[Write] = [first, Change("things", {"a": 1}, {"b": 1}), last]
    assert merged(writes) == writes
    assert order_matters(writes)


def test_removals_alone_may_come_in_any_order() -> None:
    assert not order_matters([Remove("things", {"a": 1}), Remove("things", {"a": 2})])


def test_what_is_greater_is_what_ranks_higher() -> None:
    objects: list[Value] = [{"a": one, "b": other} for one in ASCENDING for other in ASCENDING[::3]]
    values = [*ASCENDING, *objects]
    assert all(exceeds(one, other) == (rank(one) > rank(other)) for one in values for other in values)


def test_a_path_collides_with_what_is_above_it_and_with_itself() -> None:
    assert collide(["a.b.c", "x", "a"])
    assert collide(["a.b", "a.b.c"])
    assert collide(["a", "a"])
    assert not collide(["a.b", "a.c", "ab", "b"])
