"""How many requests a process takes on at a time, and whose."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from api_gateway.admission import LATE, LEAST, MOST, Admission, Places
from api_gateway.errors import Problem
from dapi_common.clock import ManualClock
from dapi_common.ids import AccountId

ALICE, BOB = AccountId("alice"), AccountId("bob")
SOON = LATE / 10


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def places(clock: ManualClock) -> Places:
    return Places(clock)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def fill(places: Places, account: AccountId, stack: ExitStack, most: int = MOST) -> int:
    """How many places the account gets when it asks for `most`."""
    for got in range(most):
        if refusal(places, account, stack) is not None:
            return got
    return most


def refusal(places: Places, account: AccountId, stack: ExitStack) -> str | None:
    """Takes one more place, or says with which code it was refused."""
    try:
        stack.enter_context(places.place(account))
    except Problem as problem:
        return problem.code
    return None


def rounds(places: Places, clock: ManualClock, seconds: float, count: int) -> None:
    """So many times all that one account may have at a time, each answered after so long."""
    for _ in range(count):
        with ExitStack() as stack:
            fill(places, ALICE, stack)
            clock.advance(seconds)


def test_an_account_alone_has_half_of_all(places: Places, stack: ExitStack) -> None:
    assert fill(places, ALICE, stack) == LEAST / 2
    assert refusal(places, ALICE, stack) == "rate-limited"


def test_whoever_comes_later_finds_room_and_is_never_behind_by_more_than_what_was_held(
    places: Places, stack: ExitStack
) -> None:
    held = [fill(places, AccountId(str(n)), stack) for n in range(6)]
    assert held == [LEAST // 2 ** (n + 1) for n in range(6)]


def test_accounts_that_want_all_they_can_get_come_to_have_equally_much(places: Places, clock: ManualClock) -> None:
    accounts = [AccountId(str(n)) for n in range(7)]
    held: list[tuple[AccountId, ExitStack]] = []
    for turn in range(20 * LEAST):
        account = accounts[turn % len(accounts)] if turn > LEAST else ALICE
        one = ExitStack()
        if refusal(places, account, one) is None:
            held.append((account, one))
        elif turn % 3 == 0:
            held.pop(0)[1].close()
    counts = [sum(owner == account for owner, _ in held) for account in accounts]
    assert max(counts) - min(counts) <= 2
    assert min(counts) >= LEAST // (len(accounts) + 1) - 2
    for _, one in held:
        one.close()


def test_a_place_is_free_again_however_its_request_ends(places: Places, stack: ExitStack) -> None:
    for _ in range(2 * LEAST):
        with pytest.raises(RuntimeError, match="defect"), places.place(ALICE):
            raise RuntimeError("defect")
    assert fill(places, ALICE, stack) == LEAST / 2


def test_who_holds_less_than_others_hears_that_it_is_not_to_blame(places: Places, stack: ExitStack) -> None:
    names = (AccountId(str(n)) for n in range(LEAST))
    while refusal(places, last := next(names), stack) is None:
        fill(places, last, stack)
    assert refusal(places, last, stack) == "overloaded"
    assert refusal(places, AccountId("0"), stack) == "rate-limited"


def test_the_limit_grows_when_somebody_was_refused_and_answers_come_in_time(places: Places, clock: ManualClock) -> None:
    for _ in range(1000):
        with places.place(ALICE), places.place(BOB):
            clock.advance(SOON)
    assert places.limit == LEAST
    rounds(places, clock, SOON, 5)
    assert LEAST < places.limit < MOST
    rounds(places, clock, SOON, 50)
    assert places.limit == MOST


def test_late_answers_cut_the_limit_once_for_all_that_waited_together(places: Places, clock: ManualClock) -> None:
    places.limit = MOST
    rounds(places, clock, 2 * LATE, 1)
    assert places.limit == pytest.approx(0.9 * MOST, abs=1)
    rounds(places, clock, 2 * LATE, 1)
    assert places.limit == pytest.approx(0.81 * MOST, abs=1)


def test_the_limit_never_falls_below_what_everyday_needs(places: Places, clock: ManualClock) -> None:
    rounds(places, clock, 2 * LATE, 100)
    assert places.limit == LEAST


@pytest.mark.parametrize(("rate", "expected"), [(300.0, 300 * LATE), (450.0, 450 * LATE)])
def test_the_limit_settles_where_answers_take_as_long_as_they_may(
    places: Places, clock: ManualClock, rate: float, expected: float
) -> None:
    waiting: list[ExitStack] = []
    limits = []
    for _ in range(8_000):
        for account in (ALICE, BOB, AccountId("carol"), AccountId("dave"), AccountId("erin")):
            one = ExitStack()
            if refusal(places, account, one) is None:
                waiting.append(one)
        clock.advance(1 / rate)
        waiting.pop(0).close()
        limits.append(len(waiting))
    settled = limits[len(limits) // 2 :]
    assert expected * 0.7 < sum(settled) / len(settled) <= expected * 1.05
    for one in waiting:
        one.close()


def test_a_body_that_comes_slowly_is_no_sign_of_overload(places: Places, clock: ManualClock) -> None:
    places.limit = MOST
    with places.place(ALICE) as place:
        clock.advance(30)
        place.begin()
    assert places.limit == MOST


@pytest.mark.parametrize(("lag", "cut"), [(0.01, False), (0.5, True)])
async def test_a_process_that_is_behind_itself_takes_on_less(clock: ManualClock, lag: float, cut: bool) -> None:
    admission = Admission(clock)
    admission.reads.limit = admission.writes.limit = MOST
    pauses = iter(range(3))

    async def pause(seconds: float) -> None:
        if next(pauses, None) is None:
            raise asyncio.CancelledError
        clock.advance(seconds + lag)

    with pytest.raises(asyncio.CancelledError):
        await admission.watch(pause)
    expected = MOST * 0.9**3 if cut else MOST
    assert admission.reads.limit == admission.writes.limit == pytest.approx(expected)


def test_reads_and_writes_do_not_take_each_others_places(clock: ManualClock, stack: ExitStack) -> None:
    admission = Admission(clock)
    fill(admission.of("PUT"), ALICE, stack)
    assert refusal(admission.of("POST"), ALICE, stack) == "rate-limited"
    assert refusal(admission.of("GET"), ALICE, stack) is None
