"""From a record to its payload, or to the parking topic."""

from typing import Any

from dapi_common.bus.port import Effects, Record
from dapi_common.events.envelope import Registry, Undecodable
from dapi_common.runtime import metrics
from dapi_common.runtime.logs import LogEvent, log


def decode(registry: Registry, record: Record, effects: Effects) -> Any | None:
    """The payload (one of the registry's types); None when nothing can read it: then the step parks it."""
    try:
        return registry.decode(record.headers, record.value)
    except Undecodable as reason:
        effects.parked.append((record, str(reason)))
        return None


def tell_parked(record: Record, reason: str) -> None:
    """Counts a record that was parked, and leaves a line, whoever parked it."""
    metrics.PARKED.labels(record.topic).inc()
    log.warning(
        LogEvent.RECORD_PARKED,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        reason=reason,
    )
