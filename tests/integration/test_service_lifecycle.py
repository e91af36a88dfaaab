"""A process ends as its supervisor expects: exit codes, signals, health and logs."""

import asyncio
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process

import aiohttp
import orjson
import pytest

PROGRAM = """
import asyncio, sys
from dapi_common.runtime import service
from dapi_common.runtime.health import Health
from dapi_common.runtime.settings import Settings

async def returns() -> None: ...
async def raises() -> None: raise ValueError("secret-word")
async def waits() -> None: await asyncio.Event().wait()
async def cleans_up() -> None:
    try: await waits()
    finally: await asyncio.sleep(0.05)
async def refuses() -> None:
    while True:
        try: await waits()
        except asyncio.CancelledError: pass
async def fails_to_end() -> None:
    try: await waits()
    finally: await raises()
async def abandons() -> None:
    lost = asyncio.ensure_future(raises())
    await asyncio.sleep(0)
    del lost

async def main(settings: Settings, health: Health) -> None:
    health.ready()
    await globals()[sys.argv[1]]()

service.SHUTDOWN_SECONDS = 0.5
service.launch("demo", Settings, main)
"""


async def start(what: str, **environment: str) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, what, stderr=PIPE, env={"DAPI_INSTANCE": "7", **environment}
    )


async def ended(process: Process) -> tuple[int, list[dict[str, object]]]:
    """The exit code and the log."""
    async with asyncio.timeout(20):
        _, errors = await process.communicate()
    assert b"secret-word" not in errors
    return process.returncode or 0, [orjson.loads(line) for line in errors.splitlines()]


async def until_ready(process: Process) -> None:
    assert process.stderr
    while b"service.ready" not in await process.stderr.readline():
        pass


@pytest.mark.parametrize(
    ("what", "code", "last"),
    [("returns", 0, "service.stopped"), ("raises", 1, "service.failed"), ("abandons", 0, "service.stopped")],
)
async def test_the_exit_code_says_how_it_went(what: str, code: int, last: str) -> None:
    ending, log = await ended(await start(what))
    assert (ending, log[-1]["event"]) == (code, last)
    assert ("loop.error" in [line["event"] for line in log]) == (what == "abandons")
    assert {(line["service"], line["instance"]) for line in log} == {("demo", "7")}


async def test_wrong_settings_end_the_process_and_are_named() -> None:
    code, log = await ended(await start("returns", DAPI_PARTITIONS="secret-word"))
    assert (code, [line["problems"] for line in log]) == (1, [["DAPI_PARTITIONS: int_parsing"]])


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize(
    ("what", "code", "last"),
    [
        ("waits", 0, "service.stopped"),
        ("cleans_up", 0, "service.stopped"),
        ("refuses", 1, "service.overdue"),
        ("fails_to_end", 1, "service.failed"),
    ],
)
async def test_a_signal_cancels_and_waits_no_longer_than_it_says(
    what: str, code: int, last: str, signum: signal.Signals
) -> None:
    process = await start(what)
    await until_ready(process)
    process.send_signal(signum)
    ending, log = await ended(process)
    assert (ending, log[-1]["event"]) == (code, last)


async def test_health_is_served_where_the_settings_say() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = await start("waits", DAPI_HEALTH_PORT=str(port))
    await until_ready(process)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as client, client.get("/health/ready") as answer:
        assert answer.status == 200
    process.terminate()
    assert (await ended(process))[0] == 0
