"""`dapi rebuild` (`python -m api_gateway.rebuild`): the read models anew from the log, while the old ones serve.

Prints one JSON object; exits with 1 and the problem on stderr when it could not be done, and when --check finds that
something is different. One at a time: a document of the store says which generation is being made."""

import argparse
import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from time import monotonic, time
from typing import Final

import orjson

from api_gateway import rebuilding
from api_gateway.rebuilding import Log, Rebuild, Report
from dapi_common.bus.kafka import KafkaBus
from dapi_common.events.shapes import JsonObject
from dapi_common.ops.rebuilding import GRACE_SECONDS, add_options
from dapi_common.runtime import logs
from dapi_common.runtime.settings import Settings
from dapi_common.store.generations import DEAD_SECONDS, GENERATIONS, REBUILD, is_rebuilding, standing
from dapi_common.store.mongo import MongoStore
from dapi_common.store.port import Rebuildable, StoreUnavailable, Upsert

_BEAT_SECONDS: Final = 5.0
_NICE: Final = 10


class Busy(RuntimeError):
    """Another rebuild is under way."""


async def rebuild(log: Log, store: Rebuildable, *, switch: bool, grace: float = GRACE_SECONDS) -> Report:
    """Makes a generation and compares it; with `switch` it serves from then on, without it is dropped again. Raises
    Busy, Unheld, and what the log and the store raise: then the old one serves, or the new one does already."""
    serving = (await standing(store)).number
    async with _claimed(store, serving) as number:
        try:
            return await Rebuild(log, store, serving, number).run(switch=switch)
        finally:
            switched = (await standing(store)).number == number
            if switched:
                await asyncio.sleep(grace)
            await rebuilding.drop(store, serving if switched else number)


@asynccontextmanager
async def _claimed(store: Rebuildable, serving: int) -> AsyncIterator[int]:
    """The number of a new generation. What a rebuild that died has left is dropped. Raises Busy."""
    documents = await store.get(GENERATIONS, [REBUILD])
    if is_rebuilding(documents, time()):
        raise Busy(f"a rebuild is under way, or died within the last {DEAD_SECONDS:.0f} seconds")
    found = documents.get(REBUILD, {"number": 0, "before": 0})
    left, before = found["number"], found["before"]
    assert isinstance(left, int)
    assert isinstance(before, int)
    for unread in {left, before} - {serving}:
        await rebuilding.drop(store, unread)
    number = max(left, serving) + 1
    await _claim(store, time(), number=number, before=serving)
    beating = asyncio.create_task(_beat(store))
    try:
        yield number
    finally:
        beating.cancel()
        await asyncio.wait({beating})
        with suppress(StoreUnavailable):
            await _claim(store, 0.0)


async def _claim(store: Rebuildable, at: float, **what: int) -> None:
    await store.write([Upsert(GENERATIONS, REBUILD, {**what, "at": at})])


async def _beat(store: Rebuildable) -> None:
    while True:
        await asyncio.sleep(_BEAT_SECONDS)
        with suppress(StoreUnavailable):
            await _claim(store, time())


def shown(report: Report, seconds: float) -> JsonObject:
    """A report as it is printed."""
    return {
        "identical": report.identical,
        "switched": report.switched,
        "serving": report.serving,
        "rebuilt": report.rebuilt,
        "records": report.records,
        "seconds": round(seconds, 1),
        "held_seconds": round(report.held_seconds, 3),
        "read_models": {
            name: {"documents": one.documents, "serving": one.checksum, "rebuilt": other.checksum}
            for name, (one, other) in report.models.items()
        },
        "different": report.different,
    }


async def run(settings: Settings, arguments: argparse.Namespace) -> JsonObject:
    """What is printed."""
    log = KafkaBus(settings.kafka, settings.partitions)
    store, began = MongoStore(settings.mongo, settings.mongo_db, writer="rebuild"), monotonic()
    try:
        report = await rebuild(log, store, switch=not arguments.check, grace=arguments.grace)
    finally:
        await store.close()
    return shown(report, monotonic() - began)


def main(argv: Sequence[str] | None = None) -> None:
    """See above."""
    parser = argparse.ArgumentParser(prog="dapi rebuild", description="Makes the read models anew from the log.")
    add_options(parser)
    arguments = parser.parse_args(argv)
    logs.configure(REBUILD, "", "WARNING")
    os.nice(_NICE)
    try:
        printed = asyncio.run(run(Settings(), arguments))
    except (RuntimeError, OSError) as problem:  # the log's and the store's own words, and ours
        sys.exit(f"dapi rebuild: {type(problem).__name__}: {problem}")
    print(orjson.dumps(printed).decode())
    if arguments.check and not printed["identical"]:
        sys.exit("dapi rebuild: the read models are not what the log says")


if __name__ == "__main__":
    main()
