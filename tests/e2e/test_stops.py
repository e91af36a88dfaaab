"""Stops at random moments: after the answer nothing starts for long, and the counts are what the providers saw."""

import asyncio
import os
from collections import Counter
from random import Random

import pytest

from local_stack.client import CallFailed
from local_stack.contacts import Contact
from local_stack.system import Credentials, System
from tests.e2e.api import World, now, people, world_of
from tests.faults.blur import watched

STOPS = int(os.environ.get("STOPS", "100"))
"""`STOPS=200` for more of them."""
AT_ONCE = 20
SIZE, PER_SECOND = 40, 20
LONG_ENOUGH = 0.8
"""The part of them that must find their invoke running: a busy machine is late for some."""
STOP_SECONDS = 2.0
pytestmark = pytest.mark.timeout(900)


async def stopped_at(world: World, contacts: list[Contact], dice: Random) -> tuple[str, float]:
    """An invoke of these, and when the client knew that it is stopped: at some moment between its beginning and the
    time that all of it takes."""
    invoke = await world.invoke(await world.list_of(contacts), throughput={"sms": {"mps": str(PER_SECOND)}})
    await asyncio.sleep(dice.uniform(0.0, 0.6 * SIZE / PER_SECOND))
    try:
        await world.client.call("POST", f"/v1/invokes/{invoke}", {"status": "stopped"})
    except CallFailed as failure:
        if failure.code != "invoke-invalid-status":
            raise
        _, progress = await world.counts(invoke)
        assert progress["pending"] < SIZE / 4, "it had ended by itself, or nobody has seen it yet"
    return invoke, now()


async def test_nothing_starts_two_seconds_after_a_stop_and_the_counts_are_exact(
    system: System, account: Credentials
) -> None:
    dice, starts = Random(20), Counter[int]()
    async with world_of(system, account) as world, watched(system.simulator_url) as blur:
        for _ in range(-(-STOPS // AT_ONCE)):
            everybody = people(AT_ONCE * SIZE, orders=3)
            groups = [everybody[n::AT_ONCE] for n in range(AT_ONCE)]
            stops = await asyncio.gather(*(stopped_at(world, group, dice) for group in groups))
            for group, (invoke, answered) in zip(groups, stops, strict=True):
                progress = await world.until_ended(invoke)
                seen = await world.submissions(group)
                last = max((entry["at"] for entry in seen), default=0.0)
                assert last <= answered + STOP_SECONDS + blur.around(last)
                assert len({entry["to"] for entry in seen}) == len(seen) == progress["completed"]
                assert progress["stopped"] == SIZE - len(seen)
                assert progress["failed"] == progress["pending"] == 0
                starts[len(seen)] += 1
    assert len(starts) > 5, "at moments that differ"
    assert starts.total() >= STOPS
    assert starts.total() - starts[SIZE] >= LONG_ENOUGH * STOPS
