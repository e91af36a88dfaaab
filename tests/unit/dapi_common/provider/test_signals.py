"""What adapters' processes count, and how samples of it get into the log."""

import asyncio

import pytest

from dapi_common import events, topics
from dapi_common.bus.memory import MemoryBus
from dapi_common.bus.port import Output, Record
from dapi_common.events.signals import MOST_ERRORS, OTHER, SignalSampled, bucket
from dapi_common.ids import AccountId
from dapi_common.provider import signals
from dapi_common.provider.adapter import Accepted, Deferred, Refused, Unclear
from dapi_common.provider.signals import RECORDS, NullSignals, Sampler
from dapi_common.runtime import metrics

ACME, OTHERS = AccountId("acme"), AccountId("other")


def written(bus: MemoryBus) -> list[SignalSampled]:
    return [events.SIGNALS.decode(record.headers, record.value) for record in bus.log(topics.SIGNALS.name, 0)]


class Slow:
    """A log that takes nothing until it is told to."""

    def __init__(self) -> None:
        self.asked = 0

    async def publish(self, output: Output, timeout: float) -> tuple[int, int]:
        self.asked += 1
        raise TimeoutError

    async def park(self, record: Record, reason: str, timeout: float) -> None:
        raise AssertionError("nothing is parked here")


def lost(provider: str) -> float:
    return metrics.REGISTRY.get_sample_value("dapi_samples_lost_total", {"provider": provider}) or 0.0


async def test_calls_and_receipts_of_an_account_and_channel_are_one_sample() -> None:
    bus = MemoryBus(1)
    sampler = Sampler("nexmo", bus.publisher())
    for outcome in (
        Accepted("1"),
        Accepted("2"),
        Refused("6", "spam"),
        Refused("4", "bad credentials", auth=True),
        Deferred("1", "throttled"),
        Unclear("no-answer", "no answer"),
    ):
        sampler.attempt(ACME, "sms", outcome, 0.05, 100.0)
    sampler.attempt(ACME, "sms", Accepted("3"), 3.0, 103.0)
    for status in ("delivered", "delivered", "undelivered", None):
        sampler.receipt(ACME, "sms", status, 102.0)
    await sampler.flush()
    assert written(bus) == [
        SignalSampled(
            account=ACME,
            provider="nexmo",
            channel="sms",
            outcomes={"accepted": 3, "refused": 2, "deferred": 1, "unclear": 1},
            auth=1,
            errors={"6": 1, "4": 1, "1": 1, "no-answer": 1},
            latencies={bucket(0.05): 6, bucket(3.0): 1},
            receipts={"delivered": 2, "undelivered": 1},
            at=103.0,
        )
    ]


async def test_what_was_written_is_not_written_again() -> None:
    bus = MemoryBus(1)
    sampler = Sampler("nexmo", bus.publisher())
    sampler.attempt(ACME, "sms", Accepted("1"), 0.05, 100.0)
    await sampler.flush()
    await sampler.flush()
    sampler.attempt(ACME, "voice", Accepted("1"), 0.05, 100.0)
    sampler.attempt(OTHERS, "sms", Accepted("1"), 0.05, 100.0)
    await sampler.flush()
    assert [(one.account, one.channel) for one in written(bus)] == [(ACME, "sms"), (ACME, "voice"), (OTHERS, "sms")]


async def test_codes_are_bounded_in_number_and_length() -> None:
    bus = MemoryBus(1)
    sampler = Sampler("nexmo", bus.publisher())
    for n in range(100):
        sampler.attempt(ACME, "sms", Refused(f"{n}-{'x' * 500}", "no"), 0.05, 100.0)
    await sampler.flush()
    [sample] = written(bus)
    assert len(sample.errors) == MOST_ERRORS + 1
    assert sample.errors[OTHER] == 100 - MOST_ERRORS
    assert max(map(len, sample.errors)) == 100


async def test_a_flush_writes_what_has_waited_longest_and_leaves_the_rest_to_the_next() -> None:
    bus = MemoryBus(1)
    sampler = Sampler("nexmo", bus.publisher())
    for n in range(RECORDS + 5):
        sampler.attempt(AccountId(str(n)), "sms", Accepted("1"), 0.05, 100.0)
    await sampler.flush()
    assert [one.account for one in written(bus)] == [str(n) for n in range(RECORDS)]
    sampler.attempt(AccountId(str(RECORDS)), "sms", Accepted("1"), 0.05, 100.0)
    await sampler.flush()
    assert [sum(one.outcomes.values()) for one in written(bus)[RECORDS:]] == [2, 1, 1, 1, 1]


async def test_a_log_that_is_away_costs_samples_and_nothing_else() -> None:
    sampler, before = Sampler("away", Slow()), lost("away")
    sampler.attempt(ACME, "sms", Accepted("1"), 0.05, 100.0)
    sampler.receipt(ACME, "sms", "delivered", 100.0)
    await sampler.flush()
    assert lost("away") - before == 2
    sampler.attempt(ACME, "sms", Accepted("1"), 0.05, 100.0)


async def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signals, "MOST_TALLIES", 2)
    bus = MemoryBus(1)
    sampler, before = Sampler("full", bus.publisher()), lost("full")
    for name in ("a", "b", "c", "a"):
        sampler.attempt(AccountId(name), "sms", Accepted("1"), 0.05, 100.0)
    await sampler.flush()
    assert {one.account: one.outcomes for one in written(bus)} == {"a": {"accepted": 2}, "b": {"accepted": 1}}
    assert lost("full") - before == 1


async def test_samples_are_written_again_and_again_and_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signals, "FLUSH_SECONDS", 0.0)
    bus = MemoryBus(1)
    async with Sampler("nexmo", bus.publisher()) as sampler:
        sampler.attempt(ACME, "sms", Accepted("1"), 0.05, 100.0)
        async with asyncio.timeout(30):
            while not written(bus):
                await asyncio.sleep(0)
        monkeypatch.setattr(signals, "FLUSH_SECONDS", 60.0)
        await asyncio.sleep(0)
        sampler.attempt(OTHERS, "sms", Accepted("1"), 0.05, 100.0)
    assert [one.account for one in written(bus)] == [ACME, OTHERS]


def test_nobody_need_listen() -> None:
    deaf = NullSignals()
    deaf.attempt(ACME, "sms", Accepted("1"), 0.05, 100.0)
    deaf.receipt(ACME, "sms", None, 100.0)
