"""(d) A vendor's receipts: one for each message of an invoke, taken in (200 once the log has it) and folded."""

import time
from collections.abc import AsyncIterator, Mapping
from urllib.parse import urlencode

from bench.floors.http import FORM
from bench.load import Request, load
from bench.meter import cpu_seconds, peaks_mb, spent
from bench.result import Result, rounded
from bench.running import bare_calls, bare_records_and_documents, run, tasks
from bench.watch import Offsets, ends, visible
from bench.world import World
from dapi_common import topics
from dapi_common.bus.kafka import KafkaBus
from dapi_common.events.sends import SendRequested
from dapi_common.provider.addresses import Addresses
from local_stack.client import ledger_of
from local_stack.system import Credentials

CONNECTIONS = 64
_PUBLIC = "http://bench"
_QUEUE = topics.provider_topic("nexmo")


async def receipts(world: World) -> Result:
    """(d)"""
    wanted = world.scaled(30_000, least=200)
    queue, seen = await ends(world, (_QUEUE,)), len(await ledger_of(world.system.simulator_url))
    async with world.accounts(1) as accounts:
        await run(world, await tasks(world, accounts, 1, wanted))
    posts = [post async for post in _posts(world, queue, seen)]
    start, before, started = await ends(world), cpu_seconds(world.system), time.monotonic()
    port = int(world.system.environment["DAPI_NEXMO_CALLBACK_PORT"])
    taken = await load(port, Credentials("", ""), iter(posts), CONNECTIONS, media=FORM["Content-Type"])
    seconds = await visible(world) - started
    used = spent(before, cpu_seconds(world.system), wanted, seconds)
    figures = {
        **taken.figures("receipts"),
        "visible_per_s": used.per_second,
        "cpu_us_per_receipt": used.ours_us,
        **await bare_calls(world, wanted),
        **await bare_records_and_documents(world, start, wanted),
    }
    world.out.print(f"{taken.per_second:.0f} receipts/s taken in, {used.per_second:.0f}/s until visible")
    return Result("d", rounded(figures), _RATIOS, used.cpu_us, peaks_mb(world.system))


_RATIOS: Mapping[str, tuple[str, str]] = {
    "rate_ratio": ("receipts_per_s", "floor_calls_per_s"),
    "kafka_ratio": ("visible_per_s", "floor_kafka_messages_per_s"),
    "mongo_ratio": ("visible_per_s", "floor_mongo_messages_per_s"),
    "cpu_ratio": ("cpu_us_per_receipt", "floor_cpu_us_per_call"),
}


async def _posts(world: World, queue: Offsets, seen: int) -> AsyncIterator[Request]:
    """What the vendor would post about each message that it took since the queue ended there."""
    taken = {str(entry["to"]): str(entry["id"]) for entry in await ledger_of(world.system.simulator_url, seen)}
    addresses = Addresses("nexmo", world.system.environment["DAPI_MASTER_KEY"], _PUBLIC)
    bus = KafkaBus(world.system.backends.kafka, world.partitions)
    reader = bus.reader((_QUEUE,), positions={(tp.topic, tp.partition): end for tp, end in queue.items()})
    await reader.start()
    try:
        while not await reader.at_end():
            for record in await reader.poll(0.1):
                send = SendRequested.decode(record.value or b"")
                to = str(send.arguments["to"]).lstrip("+")
                told = {"msisdn": to, "messageId": taken[to], "status": "delivered", "err-code": "0"}
                yield "POST", addresses.hooks(send).receipts.removeprefix(_PUBLIC), urlencode(told).encode()
    finally:
        await reader.stop()
