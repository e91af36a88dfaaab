from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dapi_common.events.shapes import Pace
from dapi_common.ids import AccountId, InvokeId
from dapi_common.provider.queue import Queue
from tests.unit.dapi_common.provider.world import T0, send

RATES = {"a": 5, "b": 50}
_SENDS = st.tuples(
    st.sampled_from(["a", "b"]),
    st.sampled_from([None, "1", "2"]),
    st.floats(0, 3),
    st.sampled_from([None, 2, 20]),
)


@settings(deadline=None, max_examples=200)
@given(st.lists(_SENDS, max_size=40), st.lists(st.floats(0.001, 0.5), min_size=5, max_size=30))
def test_whatever_waits_starts_once_in_order_within_every_ceiling_and_is_never_overlooked(
    sends: list[tuple[str, str | None, float, int | None]], pauses: list[float]
) -> None:
    queue, now, started = Queue(share=1000), T0, []
    for offset, (account, invoke, slot, pace) in enumerate(sends):
        one = send(offset, account, invoke, mps=RATES[account], pace=Pace(mps=pace), slot=T0 + slot)
        queue.add(offset, one, now)
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
    starts = defaultdict(list)
    for due in started:
        starts[due.send.account].append(due.start)
    for account, times in starts.items():
        gap = 1 / RATES[account]
        times.sort()
        spans = ((places, last - first) for places, last, first in _spans(times))
        assert all(span >= (places - 0.5) * gap - 1e-6 for places, span in spans)


def _spans(times: list[float]) -> list[tuple[int, float, float]]:
    return [(j - i, times[j], times[i]) for i in range(len(times)) for j in range(i + 1, len(times))]


def _keeps_order(lanes: list[tuple[AccountId, InvokeId | None]], offsets: list[int]) -> None:
    last: dict[tuple[AccountId, InvokeId | None], int] = {}
    for lane, offset in zip(lanes, offsets, strict=True):
        assert last.get(lane, -1) < offset
        last[lane] = offset


def test_a_higher_pace_takes_effect_for_what_waits_already() -> None:
    queue = Queue(share=10)
    queue.add(0, send(0, invoke="1", pace=Pace(mps=1)), T0)
    queue.add(1, send(1, invoke="1", pace=Pace(mps=1)), T0)
    assert queue.take(T0, T0) is not None
    queue.add(2, send(2, invoke="1", pace=Pace(mps=100)), T0 + 0.01)
    due = queue.take(T0 + 0.01, T0 + 0.02)
    assert due is not None
    assert due.offset == 1


def test_a_lower_pace_holds_from_its_first_send_on() -> None:
    queue = Queue(share=100)
    for n in range(20):
        queue.add(n, send(n, invoke="1", pace=Pace(mps=50), slot=T0 + n / 50, mps=1000), T0)
    for n in range(20, 23):
        queue.add(n, send(n, invoke="1", pace=Pace(mps=1), slot=T0 + 0.38 + n - 19, mps=1000), T0)
    starts = [due.start - T0 for due in iter(lambda: queue.take(T0, T0 + 10), None) if due]
    assert starts == pytest.approx([*(n / 50 for n in range(20)), 1.38, 2.38, 3.38])


def test_accounts_that_have_nothing_left_are_forgotten() -> None:
    queue = Queue(share=10)
    for n in range(5000):
        now = T0 + n
        queue.add(n, send(n, f"account-{n}"), now)
        due = queue.take(now, now)
        assert due is not None
        queue.ended(due.send.account, now)
    assert len(queue._lines) < 2500
