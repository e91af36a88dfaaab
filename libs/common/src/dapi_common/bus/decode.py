"""From a record to its payload, or to the parking topic."""

from typing import Any

from dapi_common.bus.port import Effects, Record
from dapi_common.events.envelope import Registry, Undecodable


def decode(registry: Registry, record: Record, effects: Effects) -> Any | None:
    """The payload (one of the registry's types); None when nothing can read it: then the step parks it."""
    try:
        return registry.decode(record.headers, record.value)
    except Undecodable as reason:
        effects.parked.append((record, str(reason)))
        return None
