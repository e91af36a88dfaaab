"""From an output to the bytes that every implementation of the log writes."""

from collections.abc import Iterator
from itertools import count
from os import urandom
from typing import NamedTuple

from dapi_common import topics
from dapi_common.bus.port import Headers, Output, Record, Reply, Transaction
from dapi_common.events import envelope

_ADDED = 4
"""Headers that `parked` adds, at the end."""


class Encoded(NamedTuple):
    """One record to be written; without `partition` the key decides."""

    topic: str
    key: bytes
    value: bytes | None
    headers: Headers
    partition: int | None = None


class Encoder:
    """Gives every record its CloudEvents envelope; ids are unique within `source`."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._prefix = urandom(8).hex()
        self._ordinals = count()

    def output(self, output: Output, at: float) -> Encoded:
        """A record of the log, at the time `at` (seconds since the epoch)."""
        payload = output.payload
        headers = envelope.headers(payload, self._source, f"{self._prefix}-{next(self._ordinals)}", at)
        return Encoded(output.topic.name, (output.key or payload.account).encode(), payload.encode(), headers)

    def reply(self, reply: Reply, cause: tuple[int, int] | None, at: float) -> Encoded:
        """An outcome, naming the (partition, offset) of its cause."""
        outcome = reply.outcome
        if cause is not None:
            outcome = outcome.model_copy(update={"partition": cause[0], "offset": cause[1]})
        return self.output(Output(topics.OUTCOMES, outcome, reply.reply_to), at)

    def bookkeeping(self, transaction: Transaction, changelog: str | None, partition: int) -> Iterator[Encoded]:
        """The state's changes and the parked records."""
        if changelog is not None:
            for key, value in transaction.state.items():
                yield Encoded(changelog, key.encode(), value, (), partition)
        for record, reason in transaction.parked:
            yield parked(record, reason, self._source)


def parked(record: Record, reason: str, service: str) -> Encoded:
    """A record as the parking topic keeps it: as it came, with where it came from and why it is here."""
    origin = f"{record.topic}/{record.partition}/{record.offset}"
    headers = [
        *record.headers,
        ("dapi_origin", origin.encode()),
        ("dapi_service", service.encode()),
        ("dapi_reason", reason.encode()),
        ("dapi_key", record.key),
    ]
    return Encoded(topics.PARKING.name, origin.encode(), record.value, headers)


def unparked(record: Record) -> Encoded:
    """The inverse: a parked record as it came, to the partition where it came from."""
    added = dict(record.headers[-_ADDED:])
    topic, partition, _ = added["dapi_origin"].decode().rsplit("/", 2)
    return Encoded(topic, added["dapi_key"], record.value, record.headers[:-_ADDED], int(partition))


def marked(origin: str, status: str) -> Encoded:
    """What an operator says of the record that is parked from there."""
    headers = [("dapi_origin", origin.encode()), ("dapi_status", status.encode())]
    return Encoded(topics.PARKING.name, origin.encode(), None, headers)
