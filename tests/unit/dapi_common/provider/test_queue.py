from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dapi_common.ids import AccountId, InvokeId
from dapi_common.pacing import LOOKAHEAD
from dapi_common.provider.queue import Queue
from dapi_common.provider.waiting import TOLERANCE, Due
from tests.unit.dapi_common.provider.world import T0, send

_ROOMS = st.sampled_from([0.01, 0.02, 0.3])
_SENDS = st.tuples(st.sampled_from(["a", "b"]), st.sampled_from([None, "1", "2"]), _ROOMS, _ROOMS, st.floats(0, 0.2))
Sends = list[tuple[str, str | None, float, float, float]]


def drained(queue: Queue, now: float = T0 + 100) -> list[Due]:
    """All that waits, in the order of the starts."""
    return list(iter(lambda: queue.take(T0, now), None))


@settings(max_examples=200)
@given(st.lists(_SENDS, max_size=60), st.lists(st.floats(0.001, 0.5), min_size=5, max_size=30))
def test_whatever_waits_starts_once_in_order_with_its_room_and_is_never_overlooked(
    sends: Sends, pauses: list[float]
) -> None:
    queue, now, slot, started = Queue(share=1000), T0, T0, list[Due]()
    for offset, (account, invoke, room, pace_room, wait) in enumerate(sends):
        slot += wait / 4
        now = max(now, slot - LOOKAHEAD)
        queue.add(offset, send(offset, account, invoke, slot=slot, room=room, pace_room=pace_room), now)
        if offset % 3 == 0:
            now += pauses[offset % len(pauses)] / 10
    for step in range(2000):
        while due := queue.take(now, now + 0.02):
            started.append(due)
        if not len(queue):
            break
        wake = queue.next_at()
        assert wake is not None
        now = max(wake, now + pauses[step % len(pauses)] / 50)
    assert sorted(due.offset for due in started) == list(range(len(sends)))
    assert all(due.start >= due.send.slot for due in started)
    _keeps_order([(due.send.account, due.send.invoke_id) for due in started], [due.offset for due in started])
    _keeps_rooms(started)


def _keeps_order(lanes: list[tuple[AccountId, InvokeId | None]], offsets: list[int]) -> None:
    last: dict[tuple[AccountId, InvokeId | None], int] = {}
    for lane, offset in zip(lanes, offsets, strict=True):
        assert last.get(lane, -1) < offset
        last[lane] = offset


def _keeps_rooms(started: list[Due]) -> None:
    lines: dict[AccountId, float] = defaultdict(float)
    lanes: dict[tuple[AccountId, InvokeId | None], float] = defaultdict(float)
    for due in started:
        lane = (due.send.account, due.send.invoke_id)
        assert due.start >= lines[due.send.account] + due.send.room
        assert due.start >= lanes[lane] + due.send.pace_room
        lines[due.send.account] = lanes[lane] = due.start


def test_what_comes_in_time_keeps_its_slot() -> None:
    queue = Queue(share=100)
    for n in range(10):
        queue.add(n, send(n, slot=T0 + n / 50, room=1 / 50), T0)
    assert [due.start for due in drained(queue)] == pytest.approx([T0 + n / 50 for n in range(10)])


def test_what_comes_late_goes_on_with_its_rooms_until_it_has_caught_up() -> None:
    queue = Queue(share=100)
    for n in range(10):
        queue.add(n, send(n, slot=T0 - 0.65 + n / 10, room=0.02), T0)
    starts = [due.start - T0 for due in drained(queue)]
    assert starts == pytest.approx([0, 0.02, 0.04, 0.06, 0.08, 0.1, 0.12, 0.14, 0.16, 0.25])


def test_a_lane_that_is_late_holds_up_no_other_one() -> None:
    queue = Queue(share=100)
    for n in range(3):
        queue.add(n, send(n, invoke="1", slot=T0 - 5 + n, room=0.1, pace_room=1.0), T0)
    for n in range(3, 6):
        queue.add(n, send(n, slot=T0, room=0.1), T0)
    assert [due.offset for due in drained(queue)] == [0, 3, 4, 5, 1, 2]


def test_a_call_that_comes_late_moves_those_behind_it_planned_or_not() -> None:
    queue = Queue(share=100)
    for n in range(3):
        queue.add(n, send(n, slot=T0, room=0.1), T0)
    first, second = queue.take(T0, T0 + 1), queue.take(T0, T0 + 1)
    assert first is not None
    assert second is not None
    assert first.wait(T0 + 3) == 0
    assert second.wait(T0 + 3) == pytest.approx(0.1 - TOLERANCE, abs=1e-6)
    assert second.wait(T0 + 3.1) == 0
    assert [due.start for due in drained(queue)] == pytest.approx([T0 + 3.2 - TOLERANCE], abs=0.006)


def test_calls_that_come_a_moment_late_lose_nothing() -> None:
    queue = Queue(share=100)
    for n in range(5):
        queue.add(n, send(n, slot=T0, room=0.1), T0)
    for n, due in enumerate(drained(queue)):
        assert due.wait(T0 + n / 10 - 0.001) > 0
        assert due.wait(T0 + n / 10 + TOLERANCE - 0.001) == 0


def test_slots_of_a_clock_that_is_hours_ahead_come_within_a_lookahead_and_keep_their_rooms() -> None:
    queue = Queue(share=100)
    for n in range(5):
        queue.add(n, send(n, slot=T0 + 3600 + n / 10, room=0.1), T0)
    first, *others = [due.start - T0 for due in drained(queue)]
    assert LOOKAHEAD <= first <= LOOKAHEAD + 0.06
    assert [other - first for other in others] == pytest.approx([0.1, 0.2, 0.3, 0.4], abs=1e-6)


def test_what_shares_a_ceiling_and_is_late_takes_no_place_save_once_it_was_late_before() -> None:
    queue = Queue(share=100)
    slots = (T0 - 9, T0 - 6, T0 - 3, T0 - 1, T0 + 0.2)
    sends = [send(n, slot=slot, room=1.0, shared=True) for n, slot in enumerate(slots)]
    sends[1] = sends[1].model_copy(update={"late": True})
    for offset, each in enumerate(sends):
        queue.add(offset, each, T0)
    taken = drained(queue)
    assert [(due.offset, due.late) for due in taken] == [(0, True), (1, False), (2, True), (3, True), (4, True)]
    assert taken[-1].start == pytest.approx(T0 + 1), "not in time either, after one that had to wait"


def test_accounts_that_have_nothing_left_are_forgotten() -> None:
    queue = Queue(share=10)
    for n in range(5000):
        now = T0 + n
        queue.add(n, send(n, f"account-{n}", slot=now), now)
        due = queue.take(now, now)
        assert due is not None
        queue.ended(due.send.account, now)
    assert len(queue._lines) < 2500
