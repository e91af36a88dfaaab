"""A backlog is its list of sends, packed or not."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatcher import backlog
from dispatcher.backlog import Fifo, Queued, Retries, Waiting

from .cluster import T0, send

operations = st.lists(st.one_of(st.just("pop"), st.integers(0, 50)), max_size=200)


def put(queue: Waiting, n: int, deadline: float = T0 + 99, not_before: float = 0.0) -> Queued:
    request = send(n, deadline=deadline, not_before=not_before)
    queued = Queued(n, request)
    queue.append(queued, request.encode())
    return queued


@pytest.fixture(autouse=True, scope="module")
def small_blocks() -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backlog, "HEAD", 4)
        yield


@given(operations, st.lists(st.integers(0, 55), max_size=4))
def test_a_fifo_gives_back_what_came_in_order(plan: Sequence[int | str], looks: Sequence[int]) -> None:
    queue, model = Fifo(), list[Queued]()
    moments = dict(zip(range(20, 200, 40), looks, strict=False))
    for number, action in enumerate(plan):
        if number in moments:
            now = T0 + moments[number]
            gone = [one for one in model if one.request.deadline <= now]
            model = [one for one in model if one.request.deadline > now]
            assert sorted(one.offset for one in queue.take_expired(now)) == [one.offset for one in gone]
        if isinstance(action, int):
            model.append(put(queue, number, T0 + action))
        elif model:
            assert queue.head == model[0]
            assert queue.popleft() == model.pop(0)
        assert len(queue) == len(model)
        assert queue.deadline <= min((one.request.deadline for one in model), default=queue.deadline)
    assert list(queue.drain()) == model
    assert len(queue) == 0


def test_retries_come_out_by_the_time_at_which_they_may() -> None:
    queue = Retries()
    for n, not_before in enumerate((3.0, 1.0, 2.0, 1.0)):
        put(queue, n, not_before=not_before)
    assert [queued.offset for queued in queue.drain()] == [1, 3, 2, 0]


def test_retries_expire_wherever_they_stand() -> None:
    queue = Retries()
    for n in range(6):
        put(queue, n, T0 + n % 3, float(n))
    assert sorted(one.offset for one in queue.take_expired(T0 + 1)) == [0, 1, 3, 4]
    assert [queued.offset for queued in queue.drain()] == [2, 5]
