import asyncio
from collections.abc import Callable

from dapi_common.bus.encode import Encoder
from dapi_common.bus.memory import MemoryBus
from dapi_common.bus.port import Output
from dapi_common.bus.task import Processor
from dapi_common.clock import ManualClock, SystemClock
from dapi_common.events import DELIVERIES as TYPES
from dapi_common.events.deliveries import DeliveryAccepted, DeliveryFact
from dapi_common.provider.adapter import Message, Outcome
from dapi_common.provider.calls import Calls
from dapi_common.provider.http import Http
from dapi_common.provider.worker import AdapterTask
from dapi_common.topics import DELIVERIES, provider_topic
from tests.unit.dapi_common.provider.world import Fake, letters, no_http, send

TOPIC = provider_topic("fake")


class Slow(Fake):
    """Answers after a while."""

    begun = 0

    async def send(self, message: Message, http: Http) -> Outcome:
        self.begun += 1
        await asyncio.sleep(0.05)
        return await super().send(message, http)


def _process(bus: MemoryBus, adapter: Fake) -> "asyncio.Task[None]":
    clock = SystemClock()
    calls = Calls(adapter, no_http(), clock)
    feed = bus.feed("provider-fake", [TOPIC], None, "0")
    return asyncio.create_task(Processor(feed, lambda _: AdapterTask(calls, letters()), clock).run())


def _facts(bus: MemoryBus) -> list[DeliveryFact]:
    return [TYPES.decode(record.headers, record.value) for record in bus.records(DELIVERIES)]


async def _until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not done():
            await asyncio.sleep(0.005)


async def _stop(process: "asyncio.Task[None]") -> None:
    process.cancel()
    await asyncio.gather(process, return_exceptions=True)


async def test_sends_of_every_partition_become_facts_on_the_log() -> None:
    bus, adapter, encoder = MemoryBus(4), Fake(ManualClock()), Encoder("test")
    now = SystemClock().now()
    process = _process(bus, adapter)
    for n in range(200):
        bus.append(encoder.output(Output(TOPIC, send(n, f"account-{n % 9}", slot=now, deadline=now + 60)), 1.0))
    await _until(lambda: len(_facts(bus)) == 200)
    await _stop(process)
    assert {fact.n for fact in _facts(bus)} == set(range(200))
    assert all(isinstance(fact, DeliveryAccepted) for fact in _facts(bus))
    assert len(adapter.calls) == 200


async def test_a_process_that_is_told_to_end_records_the_calls_under_way_and_its_successor_does_the_rest() -> None:
    bus, adapter, encoder = MemoryBus(1), Slow(ManualClock()), Encoder("test")
    now = SystemClock().now()
    bus.append(encoder.output(Output(TOPIC, send(1, slot=now, deadline=now + 60)), 1.0))
    bus.append(encoder.output(Output(TOPIC, send(2, slot=now + 0.5, deadline=now + 60)), 1.0))
    process = _process(bus, adapter)
    await _until(lambda: adapter.begun > 0)
    await _stop(process)
    assert [fact.n for fact in _facts(bus)] == [1]
    process = _process(bus, adapter)
    await _until(lambda: len(_facts(bus)) == 2)
    await _stop(process)
    assert all(isinstance(fact, DeliveryAccepted) for fact in _facts(bus))
    assert len(adapter.calls) == 2
