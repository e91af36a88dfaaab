"""Every topic in one table: name, key, retention, who writes, who reads. The only place that spells a topic's name."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

MINUTE_MS: Final = 60 * 1000
DAY_MS: Final = 24 * 60 * MINUTE_MS
FOR_EVER: Final = -1
MAX_RECORD_BYTES: Final = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic's contract. `retention_ms` is -1 for ever; a compacted topic keeps the last value of a key."""

    name: str
    key: str
    retention_ms: int
    writers: str
    readers: str
    compacted: bool = False
    segment_bytes: int | None = None
    """Of a table that is read whole, again and again: what changed since it was compacted last is in segments of so
    much. None: the broker's setting."""

    def config(self) -> dict[str, str]:
        """The broker's topic settings, by Kafka's own names."""
        small = {
            "segment.bytes": str(self.segment_bytes),
            "min.cleanable.dirty.ratio": "0.1",
            "delete.retention.ms": str(10 * MINUTE_MS),
        }
        return {
            "cleanup.policy": "compact" if self.compacted else "delete",
            "retention.ms": str(self.retention_ms),
            "max.message.bytes": str(MAX_RECORD_BYTES),
            **(small if self.segment_bytes is not None else {}),
        }


def _compacted(name: str, key: str, writers: str, readers: str, segment_bytes: int | None = None) -> Topic:
    return Topic(name, key, FOR_EVER, writers, readers, True, segment_bytes)


COMMANDS: Final = Topic("dapi.commands", "account", 7 * DAY_MS, "api-gateway", "invoke-planner")
EVENTS: Final = Topic("dapi.events", "account", FOR_EVER, "invoke-planner", "projector")
SENDS: Final = Topic("dapi.sends", "account", 7 * DAY_MS, "invoke-planner, adapters", "dispatcher, projector")
DELIVERIES: Final = Topic("dapi.deliveries", "account", FOR_EVER, "dispatcher, adapters", "invoke-planner, projector")
INBOUND: Final = Topic("dapi.inbound", "account", 30 * DAY_MS, "adapters", "invoke-planner")
OUTCOMES: Final = Topic("dapi.outcomes", "gateway instance", DAY_MS // 24, "invoke-planner", "api-gateway")
ACCOUNTS: Final = _compacted("dapi.accounts", "account", "invoke-planner", "api-gateway")
PLANNER_STATE: Final = _compacted(
    "dapi.planner-state", "kind, account, account+invoke", "invoke-planner", "invoke-planner", 2 * MAX_RECORD_BYTES
)
DISPATCHER_STATE: Final = _compacted(
    "dapi.dispatcher-state", "kind, account+lane", "dispatcher", "dispatcher", 2 * MAX_RECORD_BYTES
)
SIGNALS: Final = Topic("dapi.signals", "account", DAY_MS, "adapters", "insights")
PROVIDER_HEALTH: Final = _compacted("dapi.provider-health", "account+provider", "insights", "projector")
PARKING: Final = Topic("dapi.parking", "origin", 30 * DAY_MS, "every worker, operators", "operators")


def provider_topic(provider: str) -> Topic:
    """The queue of one provider: sends that are due now."""
    return Topic(f"dapi.provider.{provider}", "account", 7 * DAY_MS, "dispatcher", f"provider-{provider}")


def provider_state(provider: str) -> Topic:
    """How far the adapter of one provider is."""
    adapter = f"provider-{provider}"
    return _compacted(f"dapi.provider-state.{provider}", "kind", adapter, adapter, 1024 * 1024)


def every(providers: Iterable[str]) -> tuple[Topic, ...]:
    """All topics of an installation that has these providers."""
    fixed = (
        COMMANDS, EVENTS, SENDS, DELIVERIES, INBOUND, OUTCOMES, ACCOUNTS, PLANNER_STATE, DISPATCHER_STATE,
        SIGNALS, PROVIDER_HEALTH, PARKING,
    )  # fmt: skip
    return (*fixed, *(of(name) for name in providers for of in (provider_topic, provider_state)))
