"""`python -m invoke_planner`: the composition root of the planner."""

from dapi_common import topics
from dapi_common.bus.kafka import KafkaBus
from dapi_common.bus.kafka_reach import reached
from dapi_common.bus.task import Processor
from dapi_common.clock import SystemClock
from dapi_common.runtime.health import Health
from dapi_common.runtime.service import launch
from dapi_common.runtime.settings import Settings
from dapi_common.store.generations import CurrentStore
from dapi_common.store.mongo import MongoStore
from invoke_planner.planning import Planning
from invoke_planner.worker import PlannerTask

TICK = 0.01
"""Seconds between two transactions of a task. A waiting client feels it."""


async def main(settings: Settings, health: Health) -> None:
    """Runs until it is cancelled."""
    await reached(settings.kafka, health)
    store = CurrentStore(MongoStore(settings.mongo, settings.mongo_db))
    bus = KafkaBus(settings.kafka, settings.partitions)
    inputs = [topics.COMMANDS, topics.DELIVERIES, topics.INBOUND]
    feed = bus.feed("invoke-planner", inputs, topics.PLANNER_STATE, settings.instance)
    planner = Processor(
        feed, lambda _: PlannerTask(Planning(store)), SystemClock(), tick=TICK, on_assigned=health.ready
    )
    try:
        await planner.run()
    finally:
        await store.close()


if __name__ == "__main__":
    launch("invoke-planner", Settings, main)
