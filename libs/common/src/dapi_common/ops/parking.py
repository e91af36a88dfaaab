"""`dapi parking`: the records that no service could process, and what becomes of them (docs/operations.md)."""

import argparse
import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass, replace

from dapi_common import topics
from dapi_common.bus.encode import marked, unparked
from dapi_common.bus.follow import started
from dapi_common.bus.kafka import KafkaBus
from dapi_common.bus.kafka_rewrite import KafkaRewriter
from dapi_common.bus.port import Fenced, Reader, Record
from dapi_common.bus.rewrite import Rewriter
from dapi_common.events.shapes import JsonObject
from dapi_common.ops.admin import Problem
from dapi_common.ops.parked import Entry, fold, text
from dapi_common.runtime.settings import Settings

READ_SECONDS = 60.0
_POLL_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Lot:
    """Where records are parked: how to read all of it, and how to write."""

    reader: Callable[[], Reader]
    rewriter: Callable[[], AbstractAsyncContextManager[Rewriter]]
    """To be opened before what decides is read (rewrite.py)."""


Verb = Callable[[Lot, argparse.Namespace], Awaitable[JsonObject]]


def add_verbs(families: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Teaches the command line the family."""
    verbs = families.add_parser("parking", help="records that no service could process").add_subparsers(required=True)
    listing = verbs.add_parser("list", help="the newest, last; without their contents")
    listing.add_argument("--limit", type=_positive, default=100, metavar="N", help="at most so many (default 100)")
    listing.set_defaults(verb=every)
    showing = verbs.add_parser("show", help="one record's headers, and what was said of it")
    showing.add_argument("--value", action="store_true", help="its value too: it may hold addresses and texts")
    showing.set_defaults(verb=show)
    replaying = verbs.add_parser("replay", help="write it to its topic once more, for services that can read it now")
    replaying.set_defaults(verb=replay)
    dropping = verbs.add_parser("drop", help="say that nothing is to be done about it")
    dropping.set_defaults(verb=drop)
    for parser in (showing, replaying, dropping):
        parser.add_argument("origin", help="topic/partition/offset, as listed")


def _positive(given: str) -> int:
    if (number := int(given)) < 1:
        raise argparse.ArgumentTypeError("must be positive")
    return number


async def run(arguments: argparse.Namespace, settings: Settings) -> JsonObject:
    """What the verb prints. Raises Problem."""
    verb: Verb = arguments.verb
    bus = KafkaBus(settings.kafka, settings.partitions)
    try:
        with _quiet():
            return await verb(
                Lot(lambda: bus.reader([topics.PARKING]), lambda: KafkaRewriter(settings.kafka)), arguments
            )
    except TimeoutError:
        raise Problem(f"{settings.kafka} gave no answer in time: is DAPI_KAFKA right?") from None
    except Fenced:
        raise Problem("somebody else used this command meanwhile: look again") from None


async def every(lot: Lot, arguments: argparse.Namespace) -> JsonObject:
    entries = await _entries(lot, with_values=False)
    newest = sorted(entries.values(), key=lambda entry: entry.at)[-arguments.limit :]
    waiting = sum(entry.status == "parked" for entry in entries.values())
    return {"records": [entry.line() for entry in newest], "waiting": waiting}


async def show(lot: Lot, arguments: argparse.Namespace) -> JsonObject:
    entry = await _entry(lot, arguments.origin)
    came = unparked(entry.record)
    value = came.value or b""
    shown: JsonObject = {"key": text(came.key), "headers": {name: text(data) for name, data in came.headers}}
    if arguments.value:
        shown["value"] = None if came.value is None else text(value)
    return {**entry.line(), **shown, "bytes": len(value)}


async def replay(lot: Lot, arguments: argparse.Namespace) -> JsonObject:
    async with lot.rewriter() as rewriter:
        entry = await _entry(lot, arguments.origin)
        if reason := entry.why_not():
            raise Problem(f"{entry.origin} is not replayed: {reason}")
        again = unparked(entry.record)
        (partition, offset), _ = await rewriter.write([again, marked(entry.origin, "replayed")])
    return {"origin": entry.origin, "status": "replayed", "replayed_as": f"{again.topic}/{partition}/{offset}"}


async def drop(lot: Lot, arguments: argparse.Namespace) -> JsonObject:
    async with lot.rewriter() as rewriter:
        entry = await _entry(lot, arguments.origin)
        if entry.status != "parked":
            raise Problem(f"{entry.origin} is {entry.status} already")
        await rewriter.write([marked(entry.origin, "dropped")])
    return {"origin": entry.origin, "status": "dropped"}


async def _entry(lot: Lot, origin: str) -> Entry:
    entries = await _entries(lot, with_values=True, only=origin)
    if origin not in entries:
        raise Problem(f"nothing is parked from {origin}")
    return entries[origin]


async def _entries(lot: Lot, with_values: bool, only: str | None = None) -> dict[str, Entry]:
    """All, or that one, as far as there was anything when reading began."""
    entries: dict[str, Entry] = {}
    async with asyncio.timeout(READ_SECONDS), started(lot.reader()) as reader:
        while not await reader.at_end():
            found = [record for record in await reader.poll(_POLL_SECONDS) if only in (None, text(record.key))]
            fold(entries, found if with_values else _without_values(found))
    return entries


def _without_values(records: Sequence[Record]) -> list[Record]:
    return [replace(record, value=None) for record in records]


@contextmanager
def _quiet() -> Iterator[None]:
    """What goes wrong is said in one line, and not by the client's own log too."""
    loggers = [logging.getLogger(name) for name in ("aiokafka", "asyncio")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
