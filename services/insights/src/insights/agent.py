"""Where Faust is (decision 0001): one agent, which keeps nothing in tables and reads one topic.

A partition is read from an hour ago whenever it is assigned. Faust goes on from what is committed: so that offset is
committed just before Faust looks it up; and sought, because aiokafka does not seek to a committed 0.
Everything else is switched off: the web server, the leader's topic, making topics, tables, and their folder."""

from collections.abc import AsyncIterable, Awaitable, Callable
from typing import Any, Final

import faust
from faust.types import TP

from dapi_common import topics
from insights.intake import Intake

NAME: Final = "insights"
Assigned = Callable[[set[int]], Awaitable[dict[int, int]]]


class App(faust.App):  # type: ignore[misc]  # untyped
    """A Faust application without files."""

    def _create_directories(self) -> None:
        """They would hold tables."""


def application(kafka: str, instance: str, intake: Intake, assigned: Assigned) -> Any:
    """To be made within the running loop. `assigned` is told of the partitions that this process has now, and answers
    from where each is to be read."""
    app = App(
        NAME,
        broker=";".join(f"kafka://{address.strip()}" for address in kafka.split(",")),
        consumer_group_instance_id=f"{NAME}-{instance}",
        broker_session_timeout=30.0,
        broker_max_poll_records=1000,
        stream_recovery_delay=0.0,
        stream_wait_empty=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        store="memory://",
        autodiscover=False,
    )

    async def samples(stream: Any) -> None:
        records: AsyncIterable[Any] = stream.events()
        async for event in records:
            message = event.message
            intake.take(message.partition, message.offset, message.headers, message.value)

    signals = app.topic(topics.SIGNALS.name, key_serializer="raw", value_type=bytes, value_serializer="raw")
    app.agent(signals, name="samples", concurrency=1)(samples)

    async def seek(_: Any, **__: Any) -> None:
        consumer = app.consumer
        mine = {place.partition for place in consumer.assignment() if place.topic == topics.SIGNALS.name}
        starts = {TP(topics.SIGNALS.name, partition): offset for partition, offset in (await assigned(mine)).items()}
        await consumer.seek_wait(starts)
        await consumer._commit(starts)

    app.on_rebalance_complete.connect(seek, weak=False)
    return app
