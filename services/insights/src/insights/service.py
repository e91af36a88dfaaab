"""The process: Faust within our loop, the reports, and who watches both."""

import asyncio
from contextlib import suppress
from typing import Any, Final

from dapi_common import topics
from dapi_common.bus.kafka_clients import KafkaPublisher
from dapi_common.bus.kafka_offsets import KafkaOffsets
from dapi_common.bus.port import Output
from dapi_common.clock import Clock
from dapi_common.events.signals import ProviderHealth
from dapi_common.runtime.health import Health
from dapi_common.runtime.logs import LogEvent, log
from insights.agent import NAME, application
from insights.intake import Intake
from insights.reports import EVERY
from insights.watch import Heartbeat, Lag, Stalled
from insights.windows import LONGEST

START_SECONDS: Final = 90.0
STOP_SECONDS: Final = 5.0
_WRITE_SECONDS: Final = 5.0
_AT_ONCE: Final = 200


class Insights:
    """Reads, sums up, reports and watches until it is cancelled."""

    def __init__(
        self, kafka: str, instance: str, patience: float, clock: Clock, publisher: KafkaPublisher, offsets: KafkaOffsets
    ) -> None:
        self._intake = Intake(clock)
        self._app: Any = application(kafka, instance, self._intake, self._assigned)
        self._clock, self._publisher, self._offsets = clock, publisher, offsets
        self._lag, self._patience = Lag(patience), patience

    async def run(self, health: Health) -> None:
        """Raises Stalled, and what ended Faust."""
        try:
            async with asyncio.timeout(START_SECONDS):
                await self._app.start()
            health.ready()
            with Heartbeat(self._patience) as heart:
                await _first(self._faust_ends(), self._report(), self._watch(health), self._beat(heart))
        finally:
            await self._stop()

    async def _stop(self) -> None:
        """Parts of Faust catch a cancellation and wait on: what is left after some seconds is left to the process's
        end."""
        stopping = asyncio.ensure_future(self._app.stop())
        await asyncio.wait({stopping}, timeout=STOP_SECONDS)
        if stopping.done() and (error := stopping.exception()) is not None:
            log.warning(LogEvent.JOB_FAILED, exc_info=error)

    async def _assigned(self, partitions: set[int]) -> dict[int, int]:
        starts = await self._offsets.since(partitions, self._clock.now() - LONGEST)
        self._intake.assigned(starts, await self._offsets.ends(partitions))
        self._lag.excuse()
        return starts

    async def _faust_ends(self) -> None:
        await self._app.wait_until_stopped()
        raise self._app.crash_reason or RuntimeError("Faust has stopped")

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            if not self._intake.full():
                continue
            due = list(self._intake.reports.due(self._clock.now()))
            for start in range(0, len(due), _AT_ONCE):
                await asyncio.gather(*map(self._say, due[start : start + _AT_ONCE]))

    async def _say(self, health: ProviderHealth) -> None:
        """What is not written is said next time."""
        output = Output(topics.PROVIDER_HEALTH, health, f"{health.account}/{health.provider}")
        with suppress(TimeoutError):
            await self._publisher.publish(output, _WRITE_SECONDS)
            self._intake.reports.said(health)

    async def _beat(self, heart: Heartbeat) -> None:
        while True:
            heart.beat()
            await asyncio.sleep(self._patience / 10)

    async def _watch(self, health: Health) -> None:
        while True:
            await asyncio.sleep(self._patience / 10)
            try:
                await self._look()
            except TimeoutError:
                self._lag.excuse()
                health.not_ready("log unavailable")
                continue
            if health.reason is not None:
                health.ready()

    async def _look(self) -> None:
        read = self._intake.next
        ends = await self._offsets.ends(list(read)) if read else {}
        for partition in self._lag.look(read, ends, self._clock.now()):
            if await self._offsets.holds(partition, read[partition]):
                log.error(LogEvent.AGENT_STALLED, reason="samples wait", partition=partition, seconds=self._patience)
                raise Stalled(f"partition {partition} has been standing still for {self._patience} s")
            self._intake.passed(partition, ends[partition])


async def _first(*works: Any) -> None:
    """Until one of them ends, which it does by raising; the others are cancelled."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    for task in tasks:
        if not task.cancelled():
            task.result()


async def serve(kafka: str, instance: str, patience: float, clock: Clock, health: Health) -> None:
    """Opens what it needs, and runs."""
    async with KafkaPublisher(kafka, NAME) as publisher, KafkaOffsets(kafka, topics.SIGNALS) as offsets:
        await Insights(kafka, instance, patience, clock, publisher, offsets).run(health)
