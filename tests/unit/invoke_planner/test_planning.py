"""Jobs at leisure: one at a time, with pauses, and never in the way of a task that is given up."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic

from dapi_common.store.memory import MemoryStore
from invoke_planner.planning import Planning

TAKES = 0.05


class Under:
    """Jobs that note when they run."""

    def __init__(self) -> None:
        self.began: list[float] = []
        self.ended: list[float] = []

    async def job(self) -> int:
        self.began.append(monotonic())
        await asyncio.sleep(TAKES)
        self.ended.append(monotonic())
        return len(self.ended)


def at_leisure(planning: Planning, job: Callable[[], Awaitable[int]]) -> "asyncio.Future[object]":
    return asyncio.ensure_future(planning.at_leisure(job)())


async def test_jobs_at_leisure_run_one_after_the_other_with_pauses_longer_than_they() -> None:
    planning, under = Planning(MemoryStore()), Under()
    assert await asyncio.gather(*(at_leisure(planning, under.job) for _ in range(3))) == [1, 2, 3]
    pauses = [began - ended for began, ended in zip(under.began[1:], under.ended[:-1], strict=True)]
    assert min(pauses) >= TAKES


async def test_the_first_one_waits_for_nothing() -> None:
    planning, under = Planning(MemoryStore()), Under()
    asked = monotonic()
    await at_leisure(planning, under.job)
    assert under.began[0] - asked < TAKES


async def test_who_gives_the_task_up_waits_for_no_pause() -> None:
    planning, under = Planning(MemoryStore()), Under()
    jobs = [at_leisure(planning, under.job) for _ in range(20)]
    await jobs[0]
    planning.close()
    async with asyncio.timeout(25 * TAKES):
        await asyncio.gather(*jobs)
