"""What the log in memory said at a time."""

from collections.abc import Sequence
from itertools import takewhile

from dapi_common.bus.memory import MemoryBus
from dapi_common.bus.port import Record
from dapi_common.topics import Topic


class MemoryArchive:
    """Of one cluster. `available` False: nothing answers."""

    def __init__(self, bus: MemoryBus) -> None:
        self._bus = bus
        self.available = True

    async def upto(self, topics: Sequence[Topic], key: str, until: float, most: int) -> Sequence[Record] | None:
        if not self.available:
            raise TimeoutError("switched off")
        logs = [self._bus.log(topic.name, i) for topic in topics for i in range(self._bus.partitions)]
        own = [log for log in logs if any(record.key == key.encode() for record in log)]
        read = [list(takewhile(lambda record: _milliseconds(record) <= until, log)) for log in own]
        if sum(map(len, read)) > most:
            return None
        return [record for records in read for record in records if record.key == key.encode()]


def _milliseconds(record: Record) -> float:
    """The timestamp as a log keeps it."""
    return int(record.timestamp * 1000) / 1000
