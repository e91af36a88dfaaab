"""What an adapter's process saw of its provider, for figures: counted in memory, written about once a second.

Nothing here is on the path of a message: counting neither waits nor fails, and what cannot be written in time is lost
and counted. Samples go outside transactions, so an attempt whose fact was never committed may be among them."""

import asyncio
from itertools import islice
from types import TracebackType
from typing import Final, Protocol, Self

from dapi_common import topics
from dapi_common.bus.kafka_clients import KafkaPublisher
from dapi_common.bus.port import Output, Publisher
from dapi_common.events.receipts import ReceiptStatus
from dapi_common.events.shapes import Channel
from dapi_common.events.signals import MOST_ERRORS, OTHER, OutcomeClass, SignalSampled, bucket
from dapi_common.ids import AccountId
from dapi_common.provider.adapter import Accepted, Deferred, Outcome, Refused, Unclear
from dapi_common.runtime import metrics

FLUSH_SECONDS: Final = 1.0
RECORDS: Final = 300
"""Of one flush: that many take a few milliseconds. What is left over waits for the next one and is counted on."""
MOST_TALLIES: Final = 20_000
"""Accounts and channels in memory."""
_WRITE_SECONDS: Final = 5.0
_LAST_SECONDS: Final = 1.0
_LONGEST_CODE: Final = 100
_CLASSES: Final[dict[type[Outcome], OutcomeClass]] = {
    Accepted: "accepted",
    Refused: "refused",
    Deferred: "deferred",
    Unclear: "unclear",
}


class Signals(Protocol):
    """Told of each call and each receipt, at once and without waiting."""

    def attempt(self, account: AccountId, channel: Channel, outcome: Outcome, seconds: float, at: float) -> None:
        """A call ended at `at`, after so many seconds."""
        ...

    def receipt(self, account: AccountId, channel: Channel, status: ReceiptStatus | None, at: float) -> None:
        """A receipt came; None: news that is no status."""
        ...


class NullSignals:
    """Nobody listens."""

    def attempt(self, account: AccountId, channel: Channel, outcome: Outcome, seconds: float, at: float) -> None:
        """Forgets it."""

    def receipt(self, account: AccountId, channel: Channel, status: ReceiptStatus | None, at: float) -> None:
        """Forgets it."""


class Tally:
    """What an account did in one channel since its last sample."""

    __slots__ = ("at", "auth", "errors", "latencies", "outcomes", "receipts")

    def __init__(self) -> None:
        self.outcomes: dict[OutcomeClass, int] = {}
        self.errors: dict[str, int] = {}
        self.latencies: dict[int, int] = {}
        self.receipts: dict[ReceiptStatus, int] = {}
        self.auth = 0
        self.at = 0.0

    @property
    def events(self) -> int:
        """Calls and receipts in it."""
        return sum(self.outcomes.values()) + sum(self.receipts.values())

    def error(self, code: str) -> None:
        """Codes may be the vendor's: many, or long."""
        code = code[:_LONGEST_CODE]
        if code not in self.errors and len(self.errors) >= MOST_ERRORS:
            code = OTHER
        self.errors[code] = self.errors.get(code, 0) + 1


class Sampler:
    """Counts for one provider, and writes samples through a publisher while its context lasts."""

    def __init__(self, provider: str, publisher: Publisher) -> None:
        self._provider, self._publisher = provider, publisher
        self._tallies: dict[tuple[AccountId, Channel], Tally] = {}
        self._lost = metrics.SAMPLES_LOST.labels(provider)

    def attempt(self, account: AccountId, channel: Channel, outcome: Outcome, seconds: float, at: float) -> None:
        """See Signals."""
        tally = self._tally(account, channel, at)
        if tally is None:
            return
        name, slot = _CLASSES[type(outcome)], bucket(seconds)
        tally.outcomes[name] = tally.outcomes.get(name, 0) + 1
        tally.latencies[slot] = tally.latencies.get(slot, 0) + 1
        if not isinstance(outcome, Accepted):
            tally.error(outcome.code)
            tally.auth += isinstance(outcome, Refused) and outcome.auth

    def receipt(self, account: AccountId, channel: Channel, status: ReceiptStatus | None, at: float) -> None:
        """See Signals."""
        if status is not None and (tally := self._tally(account, channel, at)) is not None:
            tally.receipts[status] = tally.receipts.get(status, 0) + 1

    def _tally(self, account: AccountId, channel: Channel, at: float) -> Tally | None:
        tally = self._tallies.get((account, channel))
        if tally is None:
            if len(self._tallies) >= MOST_TALLIES:
                self._lost.inc()
                return None
            tally = self._tallies[account, channel] = Tally()
        tally.at = max(tally.at, at)
        return tally

    async def flush(self, seconds: float = _WRITE_SECONDS) -> None:
        """Writes the samples that have waited longest, at most RECORDS. Whatever is not written within `seconds` is
        lost."""
        taken = [(key, self._tallies.pop(key)) for key in list(islice(self._tallies, RECORDS))]
        await asyncio.gather(*(self._write(self._sample(*key, tally), tally, seconds) for key, tally in taken))

    async def _write(self, sample: Output, tally: Tally, seconds: float) -> None:
        try:
            await self._publisher.publish(sample, seconds)
        except BaseException as error:
            self._lost.inc(tally.events)
            if not isinstance(error, Exception):
                raise

    def _sample(self, account: AccountId, channel: Channel, tally: Tally) -> Output:
        sample = SignalSampled.model_construct(
            account=account,
            provider=self._provider,
            channel=channel,
            outcomes=tally.outcomes,
            auth=tally.auth,
            errors=tally.errors,
            latencies=tally.latencies,
            receipts=tally.receipts,
            at=tally.at,
        )
        return Output(topics.SIGNALS, sample)

    async def _flush_again_and_again(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            await self.flush()

    async def __aenter__(self) -> Self:
        self._flushing = asyncio.create_task(self._flush_again_and_again())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._flushing.cancel()
        await asyncio.wait({self._flushing})
        await self.flush(_LAST_SECONDS)


class KafkaSignals(Sampler):
    """A Sampler with a producer of its own, which no transaction waits for."""

    def __init__(self, bootstrap: str, provider: str) -> None:
        self._producer = KafkaPublisher(bootstrap, f"provider-{provider}")
        super().__init__(provider, self._producer)

    async def __aenter__(self) -> Self:
        await self._producer.__aenter__()
        return await super().__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await super().__aexit__(kind, error, trace)
        finally:
            await self._producer.__aexit__(kind, error, trace)
