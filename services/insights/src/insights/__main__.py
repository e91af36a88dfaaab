"""The insights process."""

from pydantic import Field

from dapi_common.bus.kafka_reach import reached
from dapi_common.clock import SystemClock
from dapi_common.runtime.health import Health
from dapi_common.runtime.service import launch
from dapi_common.runtime.settings import Settings
from insights.agent import NAME
from insights.service import serve


class InsightsSettings(Settings):
    """What this process is told beyond what all are."""

    insights_patience: float = Field(default=30.0, ge=2.0)
    """Seconds for which samples may wait unread before the process ends, to be started again."""


async def main(settings: InsightsSettings, health: Health) -> None:
    """Runs until it is asked to end."""
    await reached(settings.kafka, health)
    await serve(settings.kafka, settings.instance, settings.insights_patience, SystemClock(), health)


if __name__ == "__main__":
    launch(NAME, InsightsSettings, main)
