"""What dapi.parking says: a record that was parked comes once for each service that parked it, and a mark when an
operator has dealt with it. Folded by origin."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from dapi_common import topics
from dapi_common.bus.port import Record
from dapi_common.clock import rfc3339
from dapi_common.events.shapes import JsonObject

Status = Literal["parked", "replayed", "dropped"]
_STATUSES: dict[str, Status] = {"replayed": "replayed", "dropped": "dropped"}
_LONGEST = 200
_WHO_ACTS = {
    topics.COMMANDS.name: frozenset({"invoke-planner"}),
    topics.SENDS.name: frozenset({"dispatcher"}),
    topics.INBOUND.name: frozenset({"invoke-planner"}),
    topics.DELIVERIES.name: frozenset({"invoke-planner", "projector"}),
}
"""By topic, the services that have not acted on a record that they parked. Facts about sends may be folded twice."""


@dataclass(slots=True)
class Entry:
    """All that is known of the record from one origin (topic/partition/offset)."""

    origin: str
    record: Record
    """As it was parked last; without its value where only a list is wanted."""
    at: float
    """When it was parked first."""
    reasons: dict[str, str] = field(default_factory=dict)
    """By service."""
    status: Status = "parked"

    @property
    def topic(self) -> str:
        """Where it came from."""
        return self.origin.rsplit("/", 2)[0]

    def line(self) -> JsonObject:
        """As it is listed."""
        return {
            "origin": self.origin,
            "type": text(dict(self.record.headers).get("ce_type", b""))[:_LONGEST],
            "at": rfc3339(self.at),
            "reasons": self.reasons,
            "status": self.status,
        }

    def why_not(self) -> str | None:
        """Why it is not to be replayed; None when it is."""
        if self.status == "replayed":
            return "it is replayed already"
        acts = who_acts(self.topic)
        if not acts:
            return f"{self.topic} keeps what was written: repair its reader, then fold it again (docs/operations.md)"
        if not acts & self.reasons.keys():
            return f"{', '.join(sorted(acts))} could process it, and would do so again"
        return None


def who_acts(topic: str) -> frozenset[str]:
    """One of these must have parked a record, so that to replay it does nothing twice."""
    if topic.startswith(topics.provider_topic("").name):
        return frozenset({f"provider-{topic.removeprefix(topics.provider_topic('').name)}"})
    return _WHO_ACTS.get(topic, frozenset())


def fold(entries: dict[str, Entry], records: Iterable[Record]) -> None:
    """Takes records of dapi.parking in, in the order of their partitions."""
    for record in records:
        headers = dict(record.headers)
        origin = text(headers.get("dapi_origin", b""))
        if status := _STATUSES.get(text(headers.get("dapi_status", b""))):
            if origin in entries:
                entries[origin].status = status
        elif "dapi_service" in headers and origin.count("/") == 2:
            _park(entries, origin, headers, record)


def _park(entries: dict[str, Entry], origin: str, headers: dict[str, bytes], record: Record) -> None:
    """A mark holds for those who had parked it: one more service is news."""
    entry = entries.setdefault(origin, Entry(origin, record, record.timestamp))
    service = text(headers["dapi_service"])
    if service not in entry.reasons:
        entry.status = "parked"
    entry.record = record
    entry.reasons[service] = text(headers.get("dapi_reason", b""))


def text(data: bytes) -> str:
    """Whatever they are."""
    return data.decode("utf-8", "backslashreplace")
