"""The one processor that every worker runs: one task a partition, one transaction a step (design.md 3) that says
anything (unwritten.py).

    read → step → commit (outputs, replies, state, offsets) → start the step's jobs → their results are arrivals

Anything that goes wrong with a transaction ends the process; its supervisor starts it again, and the next owner of
the task repeats the step as if the first try had never been."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack

from dapi_common.bus.port import Feed, Opened, Record, TaskFactory
from dapi_common.bus.runner import Runner
from dapi_common.clock import Clock

_POLL_SECONDS = 0.1
_IDLE_SECONDS = 0.01


class Processor:
    """Runs the tasks that this process has, whichever they are at the moment."""

    def __init__(
        self,
        feed: Feed,
        factory: TaskFactory,
        clock: Clock,
        tick: float = 0.005,
        drain_seconds: float = 12.0,
        on_assigned: Callable[[], None] = lambda: None,
    ) -> None:
        """`tick` is the pause between two steps of a task: the longer, the fewer and larger the transactions."""
        self._feed, self._factory, self._clock = feed, factory, clock
        self._tick, self._drain_seconds, self._on_assigned = tick, drain_seconds, on_assigned
        self._runners: dict[int, Runner] = {}
        self._runs: dict[int, asyncio.Task[None]] = {}
        self._epoch = 0
        self._failure: Exception | None = None

    async def run(self) -> None:
        """Works until it is cancelled; then drains. Raises whatever ended a task."""
        async with AsyncExitStack() as ending:
            ending.push_async_callback(self._give_up)  # what a rebalance dealt out while the feed stopped
            ending.push_async_callback(self._feed.stop)
            ending.push_async_callback(self._give_up)
            await self._feed.start(self)
            while True:
                await self._read()

    async def revoked(self) -> None:
        self._epoch += 1
        try:
            await self._give_up()
        except Exception as error:
            self._failure = error
            raise

    async def assigned(self, partitions: Collection[int]) -> None:
        self._epoch += 1
        try:
            await self._open(sorted(partitions))
        except Exception as error:
            self._failure = error
            raise
        self._on_assigned()

    async def _open(self, partitions: Sequence[int]) -> None:
        opened = await asyncio.gather(*(self._feed.open(partition) for partition in partitions))
        for partition, one in zip(partitions, opened, strict=True):
            self._feed.seek(partition, one.positions)  # a poll of before may have read on meanwhile: see _forget
            runner = self._resume(partition, one)
            self._runners[partition] = runner
            self._runs[partition] = asyncio.ensure_future(runner.run())

    def _resume(self, partition: int, opened: Opened) -> Runner:
        task = self._factory(partition)
        for key, value in opened.state.items():
            task.restore(key, value)
        task.resume(opened.committed, self._clock.now())
        return Runner(partition, task, opened, self._clock, self._tick)

    async def _read(self) -> None:
        self._check()
        wanted = {partition: room for partition, runner in self._runners.items() if (room := runner.room())}
        epoch = self._epoch
        found = await self._feed.poll(wanted, _POLL_SECONDS if wanted else _IDLE_SECONDS)
        if epoch == self._epoch:
            self._deal(found)
        else:
            self._forget(found)
        if found:
            await asyncio.sleep(self._tick)  # what comes meanwhile is one fetch: a broker pays for each

    def _check(self) -> None:
        if self._failure:
            raise self._failure
        for runs in self._runs.values():
            if runs.done():
                runs.result()

    def _deal(self, found: Mapping[int, Sequence[Record]]) -> None:
        for partition, records in found.items():
            self._runners[partition].offer(records)

    def _forget(self, found: Mapping[int, Sequence[Record]]) -> None:
        """The tasks changed hands during the poll: what it brought is read again, from where each task stands (or will
        stand, once it is open)."""
        for partition in found:
            if runner := self._runners.get(partition):
                self._feed.seek(partition, runner.positions)

    async def _give_up(self) -> None:
        runners, self._runners = self._runners, {}
        runs, self._runs = self._runs, {}
        drains = (runner.drain(runs[i], self._drain_seconds) for i, runner in runners.items())
        results = await asyncio.gather(*drains, return_exceptions=True)
        for failure in (result for result in results if isinstance(result, BaseException)):
            raise failure
