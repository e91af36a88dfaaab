"""The projector: folds the log's facts into the read models. The gateway's second process.

    read → decode once → park what nobody can read or fold → hold (holding.py) → fold → write documents and positions

Nothing here is a transaction and nothing needs to be: a batch that was written and whose positions were not is folded
again, with the same result. One process reads all partitions from the stored positions. Several can share them (all
topics have the same key and partitions, so that a group that assigns them together keeps an account in one process)
as soon as one is not enough; nothing but where records come from would change."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from math import isqrt
from time import monotonic
from typing import Final, TypeVar

from api_gateway import projection
from api_gateway.holding import HOLD_SECONDS, Held
from api_gateway.succession import Seat
from dapi_common import topics
from dapi_common.bus.decode import tell_parked
from dapi_common.bus.kafka import KafkaBus
from dapi_common.bus.kafka_reach import reached
from dapi_common.bus.port import Publisher, Reader, Record, TooManyParked
from dapi_common.bus.runner import PARKED_IN_A_ROW
from dapi_common.events.envelope import Payload
from dapi_common.runtime import metrics
from dapi_common.runtime.health import Health
from dapi_common.runtime.logs import LogEvent, log
from dapi_common.runtime.service import launch
from dapi_common.runtime.settings import Settings
from dapi_common.store.generations import generation
from dapi_common.store.mongo import MongoStore
from dapi_common.store.port import ATOMIC, Rebuildable, StoreUnavailable, Write
from dapi_common.store.positions import Positions

T = TypeVar("T")

READS: Final = (topics.EVENTS, topics.SENDS, topics.DELIVERIES, topics.PROVIDER_HEALTH)
BATCH_RECORDS: Final = 2000
LEAST_RECORDS: Final = 50
LONG: Final = 0.5
"""Seconds that a batch should not take: others read from the store meanwhile, and a slow one would answer nobody in
time."""
BATCH_BYTES: Final = 4 * 1024 * 1024
_POLL_SECONDS = 1.0
_PARK_SECONDS = 5.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 1.0


class Projector:
    """Reads, folds and writes until it is cancelled. While the store or the parking topic is away it keeps the batch,
    says that it is not ready, and tries again for ever."""

    def __init__(
        self,
        open_reader: Callable[[Mapping[tuple[str, int], int]], Reader],
        publisher: Publisher,
        store: Rebuildable,
        health: Health,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        hold: float = 0.0,
    ) -> None:
        """`open_reader` reads READS on from (topic, partition): next offset. `hold`: the seconds that a send may wait
        for what is said of it, unless a rebuild is under way; without, everything that was given is folded."""
        self._open_reader, self._publisher = open_reader, publisher
        self._whole, self._store = store, store
        self._health, self._pause = health, pause
        self._parked_in_a_row = 0
        self._most = BATCH_RECORDS
        self._longest, self._hold, self._held = hold, hold, Held()

    async def run(self) -> None:
        """Raises defects only."""
        seat = Seat(self._whole, self._pause)
        while True:
            number = await self._insist(seat.taken)
            self._store = generation(self._whole, number)
            await self._insist(lambda: self._store.ensure(projection.INDEXES))
            positions = await self._insist(lambda: Positions.load(self._store, [topic.name for topic in READS]))
            reader, self._held = self._open_reader(positions), Held()
            await reader.start()
            self._health.ready()
            try:
                while not await self._insist(seat.is_asked_for):
                    self._hold = 0.0 if seat.is_compared else self._longest
                    await self.fold_all(await reader.poll(self._hold / 4 if self._held else _POLL_SECONDS))
                if self._held:
                    await self.fold((), hold=False)
            finally:
                await reader.stop()

    async def fold_all(self, records: Sequence[Record]) -> None:
        """Folds them in batches as large as the store takes in a moment. Raises as `fold` does."""
        if not records and self._held:
            await self.fold(())
        for batch in batches(records):
            at = 0
            while at < len(batch):
                piece, began = batch[at : at + self._most], monotonic()
                await self.fold(piece)
                self._learn(monotonic() - began)
                at += len(piece)

    def _learn(self, seconds: float) -> None:
        if seconds > LONG:
            self._most = max(LEAST_RECORDS, self._most // 2)
        elif seconds < LONG / 4:
            self._most = min(BATCH_RECORDS, self._most * 2)

    async def fold(self, batch: Sequence[Record], *, hold: bool = True) -> None:
        """Folds a batch and what need not be held any longer, its positions last. When that fails, in pieces, so as to
        find the record that it is for: to fold again changes nothing, so no restart is needed. Raises TooManyParked
        when nothing can be folded any more, and StoreRefused when the store takes nothing at all."""
        whole = [*self._held.records, *batch]
        try:
            await self._fold(batch, whole, self._hold if hold else 0.0)
        except TooManyParked:
            raise
        except Exception as error:  # noqa: BLE001  # a defect of a fold, or a document that the store cannot hold
            self._held = Held()
            if len(whole) == 1:
                await self._convict(whole[0], error)
                return
            size = isqrt(len(whole))
            for start in range(0, len(whole), size):
                await self.fold(whole[start : start + size], hold=False)

    async def _convict(self, record: Record, error: Exception) -> None:
        """Parks a record that cannot be folded on its own, if the store takes what is not of it: its own position."""
        here = Positions.write_for(record.topic, record.partition, record.offset)
        await self._insist(lambda: self._store.write([here]))
        await self._park(record, f"the fold raised {type(error).__name__}")
        self._count_parked(1, 1)
        await self._write([], passed([record]))

    async def _fold(self, batch: Sequence[Record], whole: Sequence[Record], seconds: float) -> None:
        """`whole`: the batch, and before it what is held."""
        with metrics.timed(metrics.FOLD_SECONDS):
            decoded = projection.decode(batch)
            for record, reason in decoded.unreadable:
                await self._park(record, reason)
            self._count_parked(len(decoded.unreadable), len(batch))
            due = self._held.sifted(decoded, monotonic(), seconds)
            facts = await self._insist(lambda: projection.without_deleted(self._store, due))
            writes, last = projection.fold(facts)
            writes += projection.numbers(due, facts)
            sweeping = [fact for fact in facts if type(fact[0]) in projection.SWEEPS]
            if sweeping:
                await self._insist(lambda: self._store.write(writes))
                writes = []
            for payload, record in sweeping:
                await self._sweep(payload, record)
            await self._write(writes, [*last, *passed(self._held.folded(whole))])
        metrics.FOLDED.inc(len(batch))

    async def _sweep(self, payload: Payload, record: Record) -> None:
        sweep = projection.SWEEPS[type(payload)]
        for piece in await self._insist(lambda: sweep(self._store, payload, record)):
            await self._insist(partial(self._store.write, piece))

    async def _write(self, writes: Sequence[Write], last: Sequence[Write]) -> None:
        """Together when they are few enough, else `last` after everything else."""
        if len(writes) + len(last) <= ATOMIC:
            await self._insist(lambda: self._store.write([*writes, *last]))
            return
        await self._insist(lambda: self._store.write(writes))
        await self._insist(lambda: self._store.write(last))

    async def _park(self, record: Record, reason: str) -> None:
        await self._insist(lambda: self._publisher.park(record, reason, _PARK_SECONDS))
        tell_parked(record, reason)

    def _count_parked(self, parked: int, read: int) -> None:
        self._parked_in_a_row = self._parked_in_a_row + parked if parked == read else 0
        if self._parked_in_a_row >= PARKED_IN_A_ROW:
            raise TooManyParked(f"{self._parked_in_a_row} records in a row could not be read")

    async def _insist(self, call: Callable[[], Awaitable[T]]) -> T:
        """The call's answer, however long it takes to get one."""
        pause, was_ready = _FIRST_PAUSE, self._health.reason is None
        while True:
            try:
                answer = await call()
            except (StoreUnavailable, TimeoutError) as error:
                self._unable(error)
                await self._pause(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
                continue
            if was_ready and self._health.reason is not None:
                self._health.ready()
            return answer

    def _unable(self, error: Exception) -> None:
        """Says so once; `ready` says when it is over."""
        away = isinstance(error, StoreUnavailable)
        if self._health.reason is None:
            log.warning(LogEvent.STORE_UNAVAILABLE if away else LogEvent.LOG_UNAVAILABLE)
        self._health.not_ready("store unavailable" if away else "log unavailable")


def batches(records: Sequence[Record]) -> Iterator[Sequence[Record]]:
    """The records in pieces that are small in number and in bytes."""
    start = size = 0
    for at, record in enumerate(records):
        length = len(record.value or b"")
        if at > start and (at - start >= BATCH_RECORDS or size + length > BATCH_BYTES):
            yield records[start:at]
            start, size = at, 0
        size += length
    if records:
        yield records[start:]


def passed(batch: Iterable[Record]) -> list[Write]:
    """The positions after a batch: each partition's records come in the order of their offsets."""
    ends = {(record.topic, record.partition): record.offset + 1 for record in batch}
    return [Positions.write_for(topic, partition, offset) for (topic, partition), offset in ends.items()]


async def main(settings: Settings, health: Health) -> None:
    """Builds the projector and runs it."""
    await reached(settings.kafka, health)
    bus = KafkaBus(settings.kafka, settings.partitions)
    store = MongoStore(settings.mongo, settings.mongo_db, writer="projector")
    async with bus.publisher("projector") as publisher:
        projector = Projector(
            lambda positions: bus.reader(READS, positions=positions), publisher, store, health, hold=HOLD_SECONDS
        )
        try:
            await projector.run()
        finally:
            await store.close()


if __name__ == "__main__":
    launch("projector", Settings, main)
