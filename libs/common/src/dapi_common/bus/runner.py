"""One task as it runs: its inbox, its steps, its transactions and its jobs.

A step that raises ends the process. Before it does, its records are written down as suspects, so that the next life
finds out which one it was (suspects.py)."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from math import inf

from dapi_common.bus.decode import tell_parked
from dapi_common.bus.port import Effects, Job, Opened, Record, Task, TooManyParked, Transaction
from dapi_common.bus.suspects import Suspects
from dapi_common.bus.unwritten import Unwritten
from dapi_common.clock import Clock
from dapi_common.runtime import metrics

PARKED_IN_A_ROW = 1000
"""So many unreadable records without a readable one: not a bad record but a bad reader. The process ends."""


FROZEN = 1.0
"""Seconds after its time from which on a step finds that this process stood still."""
CATCH_UP_SECONDS = 0.25
"""For so long it reads then, before it goes on with what it knew: it may have been told to stop that meanwhile."""


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
        self._suspects = Suspects(opened.suspects)
        self._unwritten = Unwritten()
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
            if self._unwritten:
                await self._commit(Effects())
        finally:
            for job in self._jobs:
                job.cancel()
            await self._log.close()

    async def _wait(self) -> None:
        if not (self._inbox or self._arrivals or self._failure):
            self._woken.clear()
            wake_in = inf if self._wake_at is None else self._wake_at - self._clock.now()
            timeout = max(0.0, min(wake_in, self._unwritten.due_in))
            with suppress(TimeoutError):
                async with asyncio.timeout(timeout if timeout < inf else None):
                    await self._woken.wait()
        if self._wake_at is not None and self._clock.now() > self._wake_at + FROZEN and not self._draining:
            await asyncio.sleep(CATCH_UP_SECONDS)

    async def _step(self) -> None:
        if self._failure:
            raise self._failure
        records = self._suspects.take(self._inbox)
        self._inbox = self._inbox[len(records) :]
        arrivals, self._arrivals = self._arrivals, []
        if self._draining and not arrivals:
            return
        if self._suspects.among(records):
            await self._handle([], arrivals)
            arrivals = []
        await self._handle(records, arrivals)

    async def _handle(self, records: Sequence[Record], arrivals: Sequence[object]) -> None:
        effects = await self._effects(records, arrivals)
        self._wake_at = effects.wake_at
        self._count_parked(records, effects)
        self._unwritten.add(effects, records)
        due = effects.jobs or self._suspects or self._unwritten.due_in <= 0
        if effects.says or (due and self._unwritten):
            await self._commit(effects)
        if passed := self._suspects.passed(records):
            await self._log.suspect(passed)
        for job in effects.jobs:
            self._start(job)

    async def _commit(self, effects: Effects) -> None:
        """The effects, and what is not written of earlier ones."""
        state, offsets = self._unwritten.taken()
        with metrics.timed(metrics.COMMIT_SECONDS):
            await self._log.commit(Transaction(effects.outputs, effects.replies, state, offsets, effects.parked))
        metrics.COMMITS.inc()
        for topic, count in Counter(output.topic.name for output in effects.outputs).items():
            metrics.OUTPUTS.labels(topic).inc(count)

    async def _effects(self, records: Sequence[Record], arrivals: Sequence[object]) -> Effects:
        """What the task makes of them. When it raises, the records are accused."""
        given = self._suspects.defused(records)
        try:
            with metrics.timed(metrics.STEP_SECONDS):
                effects = self.task.step(given, arrivals, self._clock.now())
        except Exception as error:
            if records:
                await self._log.suspect(self._suspects.accused(records, error))
            raise
        effects.parked = self._suspects.named(records, effects.parked)
        return effects

    def _count_parked(self, records: Sequence[Record], effects: Effects) -> None:
        parked = len(effects.parked)
        for record, reason in effects.parked:
            tell_parked(record, reason)
        if records:
            self._parked_in_a_row = self._parked_in_a_row + parked if parked == len(records) else 0
        if self._parked_in_a_row >= PARKED_IN_A_ROW:
            raise TooManyParked(f"{self._parked_in_a_row} records in a row could not be read")

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
