"""Samples as they come, a partition's from the last hour on: where reading is, and when the windows are full."""

from collections.abc import Mapping, Sequence

from dapi_common import events
from dapi_common.clock import Clock
from dapi_common.events.envelope import Undecodable
from dapi_common.events.signals import SignalSampled
from dapi_common.runtime import metrics
from dapi_common.runtime.logs import LogEvent, log
from insights.reports import Reports
from insights.windows import Windows


class Intake:
    """Takes records of dapi.signals and keeps the windows. Never raises for what a record holds."""

    def __init__(self, clock: Clock) -> None:
        self.windows = Windows()
        self.reports = Reports(self.windows)
        self.next: dict[int, int] = {}
        """The offset that is read next, of every partition that this process has."""
        self._filling: dict[int, int] = {}
        self._clock = clock

    def assigned(self, starts: Mapping[int, int], ends: Mapping[int, int]) -> None:
        """From here on these partitions are read, each again from its start in `starts`. Until `ends` they fill."""
        for partition in {*self.next, *starts}:
            self.reports.forget(partition)
        self.next = dict(starts)
        self._filling = {partition: ends[partition] for partition, start in starts.items() if start < ends[partition]}

    def full(self) -> bool:
        """Whether the windows hold all that they should: figures of before would be too low."""
        return not self._filling

    def take(
        self, partition: int, offset: int, headers: Sequence[tuple[str, bytes]] | None, value: bytes | None
    ) -> None:
        """Counts one record. What was read before a partition was assigned anew comes again, and counts then."""
        if offset < self.next.get(partition, offset + 1):
            return
        metrics.SAMPLES.labels(self._counted(partition, headers or (), value)).inc()
        self.passed(partition, offset + 1)

    def passed(self, partition: int, offset: int) -> None:
        """Everything before `offset` is read, if the partition is ours."""
        if partition not in self.next:
            return
        self.next[partition] = max(offset, self.next[partition])
        if offset >= self._filling.get(partition, offset + 1):
            del self._filling[partition]

    def _counted(self, partition: int, headers: Sequence[tuple[str, bytes]], value: bytes | None) -> str:
        """What became of it: by the type that its envelope names, a record is a sample or nothing."""
        try:
            sample: SignalSampled = events.SIGNALS.decode(headers, value)
            return "counted" if self.windows.add(partition, sample, self._clock.now()) else "refused"
        except Undecodable:
            return "refused"
        except Exception as error:  # noqa: BLE001  # Faust acknowledges an event whose agent raised, and says nothing
            log.error(LogEvent.JOB_FAILED, partition=partition, exc_info=error)
            return "failed"
