"""The dispatcher's composition root."""

from dapi_common import topics
from dapi_common.bus.kafka import KafkaBus
from dapi_common.bus.kafka_reach import reached
from dapi_common.bus.task import Processor
from dapi_common.clock import SystemClock
from dapi_common.runtime.health import Health
from dapi_common.runtime.service import launch
from dispatcher.rates import DispatcherSettings, ceilings, read_rates
from dispatcher.worker import DispatcherTask

TICK = 0.025
"""Seconds between two transactions of a task. Slots are given 0.25 s ahead, so that it delays nothing that must wait
anyway; at 5 ms the broker spent three times the CPU on as many messages."""


async def main(settings: DispatcherSettings, health: Health) -> None:
    """Runs the tasks that the group gives this process."""
    rates = read_rates(settings)
    await reached(settings.kafka, health)
    bus = KafkaBus(settings.kafka, settings.partitions)
    feed = bus.feed("dispatcher", [topics.SENDS], topics.DISPATCHER_STATE, settings.instance)

    def task(partition: int) -> DispatcherTask:
        return DispatcherTask(ceilings(rates), tuple(rates))

    await Processor(feed, task, SystemClock(), tick=TICK, on_assigned=health.ready).run()


if __name__ == "__main__":
    launch("dispatcher", DispatcherSettings, main)
