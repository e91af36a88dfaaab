"""An offset is dealt with once, whatever the order and wherever a restart falls."""

from hypothesis import given
from hypothesis import strategies as st

from dispatcher.released import CHUNK, Released

steps = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 40), st.booleans()), max_size=60)


@given(steps, st.integers(0, 5000))
def test_a_restart_knows_what_is_dealt_with(plan: list[tuple[int, int, bool]], first: int) -> None:
    released, state, committed = Released(), dict[int, bytes](), first
    log: list[int] = []
    done: set[int] = set()
    for gap, number, crash in plan:
        offset = (log[-1] + 1 if log else first) + gap * 200
        log.append(offset)
        assert released.seen(offset)
        pending = [at for at in log if at not in done]
        chosen = pending[number % len(pending)]
        done.add(chosen)
        released.add(chosen)
        for chunk, bitmap in released.changes():
            if bitmap is None:
                del state[chunk]
            else:
                state[chunk] = bitmap
        committed = released.low
        assert all(at in done for at in log if at < committed)
        assert all(at >= committed for at in log if at not in done)
        if crash:
            released = Released()
            for key, value in state.items():
                released.restore(key, value)
            released.resume(committed)
            unread = [at for at in log if at >= committed]
            assert [at for at in unread if released.seen(at)] == [at for at in unread if at not in done]


def test_what_is_done_in_order_leaves_no_state() -> None:
    released = Released()
    for offset in range(5000):
        released.seen(offset)
        released.add(offset)
        assert list(released.changes()) == []
    assert released.low == 5000


def test_state_is_forgotten_once_the_low_water_mark_has_passed() -> None:
    released, kept = Released(), set[int]()
    for offset in range(5000):
        released.seen(offset)
    for offset in (*range(1, 5000), 0):
        released.add(offset)
        for chunk, bitmap in released.changes():
            kept.discard(chunk) if bitmap is None else kept.add(chunk)
    assert kept <= {released.low // 1024}


def test_a_gap_of_millions_after_all_is_done_costs_nothing() -> None:
    released = Released()
    released.resume(7)
    assert released.seen(10**12)
    assert released.low == 10**12


def test_gaps_at_the_edge_of_a_chunk_leave_nothing_behind() -> None:
    released = Released()
    released.resume(0)
    for start in range(0, 200 * CHUNK, CHUNK):
        for offset in range(start, start + CHUNK - 1):  # the last offset of each chunk is a transaction's marker
            assert released.seen(offset)
            released.add(offset)
        list(released.changes())
    assert len(released._chunks) <= 1
