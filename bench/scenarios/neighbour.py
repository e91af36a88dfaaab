"""`neighbour`: what one account waits for while another one has a million messages queued.

Both are of one partition: the same tasks serve them. The other one's ceiling is low, so that all of it waits for its
turn. What is measured is the way of a single message from its acceptance to the provider: alone, and beside that."""

from itertools import count
from statistics import quantiles

from bench.open_load import OpenLoad
from bench.result import BenchFailed, Result
from bench.running import tasks
from bench.scenarios.singles import passed, requests
from bench.watch import visible
from bench.world import LIMITS, Account, World
from dapi_common.bus.partition import partition_of

QUEUED, A_LIST = 1_000_000, 100_000
RATE, SECONDS = 20.0, 60.0
"""Single messages a second of the account that is measured, and for how long."""
_OTHERS_PACE, _CANDIDATES = "10", 24
_WARM_SECONDS = 15.0


async def neighbour(world: World) -> Result:
    """The ratio of both 95th percentiles. Raises BenchFailed when the other account's queue is gone too soon."""
    seconds, port = max(2.0, SECONDS * min(1.0, world.size)), int(world.system.url.rpartition(":")[2])
    async with (
        world.accounts(1) as (mine,),
        world.accounts(_CANDIDATES, {**LIMITS, "mps": _OTHERS_PACE}) as others,
        OpenLoad(port, [requests(mine, count())]) as load,
    ):
        await passed(world, load, RATE, min(_WARM_SECONDS, seconds))
        alone = await _p95(world, load, seconds)
        other = _beside(mine, others, world.partitions)
        queued = await _queue(world, other)
        beside = await _p95(world, load, seconds)
        waiting = await _waiting(other)
    figures = {"submit_p95_ms_alone": alone, "submit_p95_ms_beside": beside, "queued": queued, "still_queued": waiting}
    world.out.print(str(figures))
    if waiting < queued / 2:
        raise BenchFailed(f"{waiting} of {queued} still queued: that was no neighbour to fear")
    return Result("neighbour", figures | {"ratio": round(beside / alone, 3)})


def _beside(mine: Account, others: list[Account], partitions: int) -> Account:
    """One of the same partition."""
    place = _place(mine, partitions)
    for other in others:
        if _place(other, partitions) == place:
            return other
    raise BenchFailed("no two accounts of one partition")


def _place(account: Account, partitions: int) -> int:
    return partition_of(account.credentials.user_id.encode(), partitions)


async def _p95(world: World, load: OpenLoad, seconds: float) -> float:
    waits = (await passed(world, load, RATE, seconds)).waits
    return round(quantiles(waits, n=20, method="inclusive")[-1] * 1000, 1)


async def _queue(world: World, other: Account) -> float:
    """So many messages of invokes that have begun."""
    lists = max(1, world.scaled(QUEUED) // A_LIST)
    chosen = await tasks(world, [other], lists, min(A_LIST, world.scaled(QUEUED)))
    for task in chosen:
        await task.invoke()
    await visible(world)
    return float(sum(task.contacts for task in chosen))


async def _waiting(other: Account) -> float:
    """How many have no outcome."""
    invokes = (await other.client.call("GET", "/v1/invokes?limit=100"))["invokes"]
    progress = [(await other.client.call("GET", f"/v1/invokes/{one['id']}?limit=1"))["progress"] for one in invokes]
    return float(sum(int(one["pending"]) for one in progress))
