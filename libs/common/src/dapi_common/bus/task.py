"""The one processor that every worker runs: one task a partition, one transaction a step (design.md 3).

    read → step → commit (outputs, replies, state, offsets) → start the step's jobs → their results are arrivals

Anything that goes wrong with a transaction ends the process; its supervisor starts it again, and the next owner of
the task repeats the step as if the first try had never been."""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress

from dapi_common.bus.port import Committed, Effects, Feed, Job, Opened, Record, Task, TaskFactory, Transaction
from dapi_common.clock import Clock
from dapi_common.runtime import metrics
from dapi_common.runtime.logs import LogEvent, log

PARKED_IN_A_ROW = 1000
"""So many unreadable records without a readable one: not a bad record but a bad reader. The process ends."""
_POLL_SECONDS = 0.1


class TooManyParked(RuntimeError):
    """Nothing can be read any more: emptying the topic into parking would be the wrong answer."""


class Runner:
    """One task: its inbox, its jobs and its transactions."""

    def __init__(self, partition: int, task: Task, opened: Opened, clock: Clock, tick: float) -> None:
        self.partition, self.task = partition, task
        self._log, self._clock, self._tick = opened.log, clock, tick
        self._inbox: list[Record] = []
        self._arrivals: list[object] = []
        self._jobs: set[asyncio.Task[None]] = set()
        self._failure: BaseException | None = None
        self._woken = asyncio.Event()
        self._wake_at: float | None = clock.now()
        self._draining = False
        self._parked_in_a_row = 0
        self.positions = dict(opened.positions)

    def room(self) -> int:
        """How many more records may be read for it."""
        return 0 if self._draining else max(0, self.task.appetite() - len(self._inbox))

    def offer(self, records: Sequence[Record]) -> None:
        """Records in the order of their offsets, each topic going on where the last offer ended."""
        self._inbox.extend(records)
        for record in records:
            self.positions[record.topic] = record.offset + 1
        self._woken.set()

    async def run(self) -> None:
        """Steps until it is drained. Raises what a step or a commit raises."""
        while not self._draining:
            await self._wait()
            await self._step()
            await asyncio.sleep(self._tick)

    async def drain(self, runs: asyncio.Task[None], seconds: float) -> None:
        """Lets the step under way end, waits up to `seconds` for the jobs, and commits what they answered."""
        self._draining = True
        self.task.drain()
        self._woken.set()
        try:
            await runs
            if self._jobs:
                await asyncio.wait(self._jobs, timeout=seconds)
            self._inbox.clear()
            await self._step()
        finally:
            for job in self._jobs:
                job.cancel()
            await self._log.close()

    async def _wait(self) -> None:
        if self._inbox or self._arrivals:
            return
        self._woken.clear()
        timeout = None if self._wake_at is None else max(0.0, self._wake_at - self._clock.now())
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._woken.wait()

    async def _step(self) -> None:
        if self._failure:
            raise self._failure
        records, self._inbox = self._inbox, []
        arrivals, self._arrivals = self._arrivals, []
        if self._draining and not arrivals:
            return
        with metrics.timed(metrics.STEP_SECONDS):
            effects = self.task.step(records, arrivals, self._clock.now())
        self._wake_at = effects.wake_at
        self._count_parked(records, effects)
        if effects or records:
            with metrics.timed(metrics.COMMIT_SECONDS):
                await self._log.commit(self._transaction(effects, records))
            metrics.COMMITS.inc()
            for topic, count in Counter(output.topic.name for output in effects.outputs).items():
                metrics.OUTPUTS.labels(topic).inc(count)
        for job in effects.jobs:
            self._start(job)

    def _count_parked(self, records: Sequence[Record], effects: Effects) -> None:
        parked = len(effects.parked)
        for record, reason in effects.parked:
            metrics.PARKED.labels(record.topic).inc()
            log.warning(LogEvent.RECORD_PARKED, topic=record.topic, offset=record.offset, reason=reason)
        if records:
            self._parked_in_a_row = self._parked_in_a_row + parked if parked == len(records) else 0
        if self._parked_in_a_row >= PARKED_IN_A_ROW:
            raise TooManyParked(f"{self._parked_in_a_row} records in a row could not be read")

    def _transaction(self, effects: Effects, records: Sequence[Record]) -> Transaction:
        read = {record.topic: Committed(record.offset + 1) for record in records}
        return Transaction(effects.outputs, effects.replies, effects.state, {**read, **effects.offsets}, effects.parked)

    def _start(self, job: Job) -> None:
        running = asyncio.ensure_future(self._work(job))
        self._jobs.add(running)
        running.add_done_callback(self._ended)

    def _ended(self, job: asyncio.Task[None]) -> None:
        """A job that raised is a defect, as a step that raises is: what waits for its arrival would wait for ever."""
        self._jobs.discard(job)
        if not job.cancelled() and (failure := job.exception()):
            self._failure = failure
            self._woken.set()

    async def _work(self, job: Job) -> None:
        arrival = await job()
        self._arrivals.append(arrival)
        self._woken.set()


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
        self._changed = asyncio.Event()
        self._failure: Exception | None = None

    async def run(self) -> None:
        """Works until it is cancelled; then drains. Raises whatever ended a task."""
        try:
            await self._feed.start(self)
            while True:
                await self._read()
        finally:
            try:
                await self._give_up()
            finally:
                await self._feed.stop()

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
        self._changed.set()
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
        if not wanted:
            await self._idle()
            return
        epoch = self._epoch
        found = await self._feed.poll(wanted, _POLL_SECONDS)
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

    async def _idle(self) -> None:
        self._changed.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(_POLL_SECONDS / 10):
                await self._changed.wait()

    async def _give_up(self) -> None:
        runners, self._runners = self._runners, {}
        runs, self._runs = self._runs, {}
        drains = (runner.drain(runs[i], self._drain_seconds) for i, runner in runners.items())
        results = await asyncio.gather(*drains, return_exceptions=True)
        for failure in (result for result in results if isinstance(result, BaseException)):
            raise failure
