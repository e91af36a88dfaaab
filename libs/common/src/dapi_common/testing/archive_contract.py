"""What every Archive must do. A subclass gives `bus` and the `archive` of the same cluster."""

import asyncio
import time

from dapi_common import events, topics
from dapi_common.bus.port import Archive, Record
from dapi_common.testing.bus_contract import Bus, result, work

MANY = 10_000
TOPICS = (topics.EVENTS, topics.SENDS)
APART = 0.02


def said(records: list[Record]) -> list[str]:
    """What they say, and on which topic."""
    names = {topics.EVENTS.name: events.EVENTS, topics.SENDS.name: events.SENDS}
    found = [(record.topic, names[record.topic].decode(record.headers, record.value)) for record in records]
    return [f"{topic.rpartition('.')[2]} {getattr(fact, 'list_id', None) or fact.invoke_id}" for topic, fact in found]


class ArchiveContract:
    async def test_it_says_what_there_was_of_a_key_at_a_time_in_the_order_of_each_topic(
        self, bus: Bus, archive: Archive
    ) -> None:
        before = time.time() - 60
        async with bus.publisher() as publisher:
            for output in (result(1), work(2), result(3, "b"), result(4)):
                await publisher.publish(output, 10.0)
            await asyncio.sleep(APART)
            between = time.time()
            await asyncio.sleep(APART)
            for output in (work(5), result(6)):
                await publisher.publish(output, 10.0)
        assert await self._upto(archive, before) == []
        assert await self._upto(archive, between) == ["events 1", "events 4", "sends 2"]
        assert await self._upto(archive, time.time() + 60) == ["events 1", "events 4", "events 6", "sends 2", "sends 5"]
        events_only = await archive.upto([topics.EVENTS], "a", between, MANY)
        assert events_only is not None
        assert said(list(events_only)) == ["events 1", "events 4"]
        assert await archive.upto(TOPICS, "nobody", between, MANY) == []

    async def test_it_does_not_read_more_than_it_is_told_to(self, bus: Bus, archive: Archive) -> None:
        async with bus.publisher() as publisher:
            for number in range(3):
                await publisher.publish(result(number), 10.0)
        now = time.time() + 60
        assert await archive.upto(TOPICS, "a", now, 2) is None
        found = await archive.upto(TOPICS, "a", now, 3)
        assert found is not None
        assert len(found) == 3

    async def _upto(self, archive: Archive, until: float) -> list[str]:
        found = await archive.upto(TOPICS, "a", until, MANY)
        assert found is not None
        return said(list(found))
