"""The broker away, the store away: what clients are told meanwhile, and how soon all goes on. Nobody restarts
anything. And what waits meanwhile: retries and deadlines outlive whoever keeps them.

OUTAGE_SECONDS=300 in the environment makes the outages longer than they are in `make test`."""

import asyncio
import os
import signal
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

import pytest

from local_stack.client import ledger_of
from local_stack.kafka import kafka_answers
from local_stack.mongo import mongo_answers
from local_stack.processes import Supervisor
from local_stack.services import SERVICES
from local_stack.system import Credentials, System
from tests.e2e.api import now, world_of
from tests.e2e.probing import Probe, Reply, add_nexmo, codes, probing

LONGER = float(os.environ.get("OUTAGE_SECONDS", "0"))
BACK_WITHIN = 10.0
"""Seconds, from the first answer of what was away: promise 6 of the design's section 9."""
STARTED_WITHIN = 60.0
"""A broker or a store on a busy machine. Theirs, not ours."""
ANSWERED_WITHIN, AT_MOST = 5.5, 7.5
"""5 s of ours, and what a machine with a dozen processes on two cores adds, to nine answers of ten, and to all."""
AHEAD = 3.0 + 2.0
"""What could only be tried again after its deadline is given up at once, so many seconds before it at most: those that
the provider asks for, and what is added by chance (0.5, 1.0, 2.0 s for the first three tries)."""
UNKNOWN = {"outcome-unknown", "overloaded", "rate-limited"}
KEEPERS = ("invoke-planner", "dispatcher", "provider-nexmo")
TTL = 12
"""Seconds: long enough for whoever was killed to be back and try once more."""
THROTTLED = {"outcome": "throttle", "retry_after": 3}
pytestmark = pytest.mark.timeout(300 + 3 * LONGER)


@pytest.fixture
def embedded(system: System) -> Supervisor:
    assert system.backends.embedded is not None, "outages are played on embedded backends"
    return system.backends.embedded


@pytest.fixture
async def probe(system: System, account: Credentials) -> AsyncIterator[Probe]:
    async with probing(system, account) as http:
        probe = Probe(http)
        await add_nexmo(probe)
        await probe.accepted_within(20)
        yield probe


@contextmanager
def frozen(supervisor: Supervisor, name: str) -> Iterator[None]:
    supervisor.kill(name, signal.SIGSTOP)
    try:
        yield
    finally:
        supervisor.kill(name, signal.SIGCONT)


@asynccontextmanager
async def dead(supervisor: Supervisor, name: str, answers: Callable[[], Awaitable[bool]]) -> AsyncIterator[None]:
    """Killed, and at the end started again on the same data until it `answers`."""
    process = supervisor.process(name)
    supervisor.kill(name, signal.SIGKILL)
    await supervisor.stop(name)
    try:
        yield
    finally:
        await supervisor.start(process)
        await supervisor.wait_until(name, answers, STARTED_WITHIN)


def at_once(replies: list[Reply]) -> None:
    """None took longer than it may, and who was refused was told when to come back."""
    seconds = sorted(reply.seconds for reply in replies)
    assert seconds[9 * len(seconds) // 10] < ANSWERED_WITHIN
    assert seconds[-1] < AT_MOST
    assert all(reply.status == 200 or int(reply.retry_after or 0) >= 1 for reply in replies)


def log_was_away(writes: list[Reply], reads: list[Reply]) -> None:
    """Nobody was promised anything, and what there was could be read."""
    at_once(writes)
    at_once(reads)
    assert codes(reads).keys() == {""}
    assert codes(writes).keys() <= UNKNOWN


def exits(system: System) -> dict[str, int]:
    return {name: system.supervisor.exits(name) for name in SERVICES}


async def test_a_frozen_broker_delays_writes_for_5_seconds_and_reads_not_at_all(
    system: System, embedded: Supervisor, probe: Probe
) -> None:
    before = exits(system)
    with frozen(embedded, "kafka"):
        writes, reads = await probe.during(max(20, LONGER))
    await probe.accepted_within(BACK_WITHIN)
    log_was_away(writes, reads)
    assert all(count - before[name] <= 1 for name, count in exits(system).items())


async def test_a_broker_that_was_killed_is_used_as_soon_as_it_is_back(
    system: System, embedded: Supervisor, probe: Probe
) -> None:
    before = exits(system)
    async with dead(embedded, "kafka", lambda: kafka_answers(system.backends.kafka)):
        writes, reads = await probe.during(max(12, LONGER))
    await probe.accepted_within(BACK_WITHIN)
    log_was_away(writes, reads)
    assert all(count - before[name] <= 1 for name, count in exits(system).items())


async def test_with_a_frozen_store_writes_go_on_and_reads_are_refused_at_once(
    system: System, embedded: Supervisor, probe: Probe
) -> None:
    before = exits(system)
    with frozen(embedded, "mongo"):
        writes, reads = await probe.during(max(12, LONGER))
    message = await probe.accepted_within(BACK_WITHIN)
    at_once(writes)
    at_once(reads)
    assert codes(writes).keys() == {""}
    assert codes(reads).keys() == {"store-unavailable"}
    assert sorted(read.seconds for read in reads[-10:])[-2] < 0.5, "all but one: the machine may stall"
    assert int(message) >= len(writes)
    assert exits(system) == before


async def test_a_store_that_was_killed_shows_all_that_was_written_meanwhile(
    system: System, embedded: Supervisor, probe: Probe
) -> None:
    before = exits(system)
    async with dead(embedded, "mongo", lambda: mongo_answers(system.backends.mongo)):
        writes, reads = await probe.during(max(6, LONGER))
    message = await probe.accepted_within(BACK_WITHIN)
    at_once(writes)
    at_once(reads)
    assert codes(writes).keys() == {""}
    assert codes(reads).keys() == {"store-unavailable"}
    for reply in writes:
        assert (await probe.ask("GET", f"/v1/messages/{reply.body['id']}")).status == 200
    assert int(message) > max(int(reply.body["id"]) for reply in writes)
    assert exits(system) == before


async def test_retries_and_deadlines_outlive_everyone_who_keeps_them(system: System, account: Credentials) -> None:
    async with world_of(system, account) as world:
        await world.script("447700900781", THROTTLED, THROTTLED, {"outcome": "accept"})
        await world.script("447700900782", THROTTLED)
        sent_at = now()
        retried, expired = await world.send("+447700900781"), await world.send("+447700900782", ttl=str(TTL))
        for keeper in KEEPERS:
            await asyncio.sleep(1)
            system.supervisor.kill(keeper)
        assert (await world.message_until(retried, "completed", "failed", seconds=60))["status"] == "completed"
        message = await world.message_until(expired, "completed", "failed", seconds=60)
        assert message["error-code"] == "expired"
        assert now() - sent_at < TTL + BACK_WITHIN
    tries = defaultdict[str, list[float]](list)
    for entry in await ledger_of(system.simulator_url):
        tries[entry["to"].lstrip("+")].append(entry["at"] - sent_at)
    assert len(tries["447700900781"]) == 3
    assert TTL - AHEAD <= max(tries["447700900782"]) <= TTL + 1
