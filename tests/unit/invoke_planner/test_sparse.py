"""A set with few members, and its changelog."""

from hypothesis import given
from hypothesis import strategies as st

from invoke_planner.marks import CHUNK
from invoke_planner.sparse import Sparse

values = st.integers(0, 4 * CHUNK)
steps = st.lists(st.lists(st.tuples(st.booleans(), values), max_size=8), max_size=12)


def replayed(log: dict[int, bytes]) -> Sparse:
    sparse = Sparse()
    for chunk, bitmap in log.items():
        sparse.restore(chunk, bitmap)
    return sparse


def keep(log: dict[int, bytes], sparse: Sparse) -> None:
    for chunk, bitmap in sparse.changes():
        if bitmap is None:
            del log[chunk]
        else:
            log[chunk] = bitmap


@given(steps)
def test_it_is_a_set_and_its_changelog_is_too(history: list[list[tuple[bool, int]]]) -> None:
    sparse, expected, log = Sparse(), set[int](), dict[int, bytes]()
    for step in history:
        for is_added, value in step:
            if is_added:
                sparse.add(value)
                expected.add(value)
            else:
                assert sparse.discard(value) == (value in expected)
                expected.discard(value)
        keep(log, sparse)
        restored = replayed(log)
        assert bool(sparse) == bool(restored) == bool(expected)
        mentioned = {value for _, value in step}
        assert {value for value in mentioned if value in restored} == mentioned & expected
    for chunk, _ in sparse.removal():
        del log[chunk]
    assert not log


@given(st.sets(values), values)
def test_a_copy_is_its_own_and_writes_itself_whole(members: set[int], other: int) -> None:
    sparse, log = Sparse(), dict[int, bytes]()
    for value in members:
        sparse.add(value)
    list(sparse.changes())
    copy = sparse.copy()
    sparse.add(other)
    keep(log, copy)
    assert all(value in replayed(log) for value in members)
    assert (other in copy) == (other in members)
