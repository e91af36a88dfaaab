"""More requests than the gateway takes on at a time: refused at once, and nothing of them is done."""

import asyncio
from collections import Counter

import pytest

from .world import MESSAGE, NEXMO, Answer, Caller, World


async def puts(caller: Caller, count: int) -> list[Answer]:
    """So many writes at once, by when they were answered."""
    answered: list[Answer] = []

    async def put() -> None:
        answered.append(await caller("PUT", "/v1/messages", MESSAGE))

    await asyncio.gather(*(put() for _ in range(count)))
    return answered


def codes(answers: list[Answer]) -> Counter[str]:
    return Counter(str(answer.body.get("error-code", "")) for answer in answers)


@pytest.fixture
def crowded(world: World) -> World:
    """A world whose gateway takes on 8 writes at a time, and whose planner is away."""
    world.planner.silent = True
    world.writes.limit = 8
    return world


async def test_what_is_more_than_an_accounts_share_is_refused_before_anything_waits(crowded: World) -> None:
    answered = await puts(crowded.alice, 10)
    assert codes(answered[:6]) == {"rate-limited": 6}
    assert codes(answered[6:]) == {"outcome-unknown": 4}
    assert all(int(answer.headers["Retry-After"]) >= 1 for answer in answered)
    assert len(crowded.sent()) == 4


async def test_an_account_that_asks_for_everything_leaves_room_for_another(crowded: World) -> None:
    alices = asyncio.create_task(puts(crowded.alice, 20))
    while len(crowded.sent()) < 4:
        await asyncio.sleep(0)
    assert codes(await puts(crowded.bob, 2)) == {"outcome-unknown": 2}
    await alices


async def test_reads_go_on_while_no_write_is_taken_on(crowded: World) -> None:
    writing = asyncio.create_task(puts(crowded.alice, 20))
    while len(crowded.sent()) < 4:
        await asyncio.sleep(0)
    assert (await crowded.alice("GET", "/v1/limits")).status == 200
    assert (await crowded.alice("GET", "/v1/messages")).status == 200
    await writing


async def test_who_comes_back_is_served_when_those_before_have_left(crowded: World) -> None:
    await puts(crowded.alice, 20)
    crowded.planner.silent = False
    assert (await crowded.alice("PUT", "/v1/providers/nexmo", NEXMO)).status == 200
    assert codes(await puts(crowded.alice, 4)) == {"": 4}


async def test_a_refused_request_does_not_use_up_its_idempotency_key(crowded: World) -> None:
    waiting = asyncio.create_task(puts(crowded.alice, 4))
    while len(crowded.sent()) < 4:
        await asyncio.sleep(0)
    key = {"Idempotency-Key": "once"}
    assert (await crowded.alice("PUT", "/v1/messages", MESSAGE, headers=key)).status == 429
    await waiting
    crowded.planner.silent = False
    assert (await crowded.alice("PUT", "/v1/messages", MESSAGE, headers=key)).status == 200
