"""`python -m bench.floors.http <url> <calls> <at once>`: what aiohttp's client alone does. Prints calls a second and
the CPU that one took, in microseconds, as JSON."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable
from urllib.parse import urlencode

import aiohttp
import uvloop

from bench.result import BenchFailed, Figures

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
AT_ONCE = 256
"""As many as an adapter has, unless it is told otherwise."""
ROOT_MODULE = "bench.floors.http"


def body(number: int) -> bytes:
    """A message as the adapter sends it."""
    return urlencode(
        {
            "api_key": "demo-key",
            "api_secret": "demo-secret",
            "callback": f"http://127.0.0.1:20000/callbacks/nexmo/0000000000000001/{number}/s{number}--1-3w5e11264sgsf",
            "client-ref": str(number),
            "from": "Dapi",
            "text": "This is a test",
            "to": f"4479{number:08}",
        }
    ).encode()


async def calls(url: str, count: int, at_once: int) -> Figures:
    """So many calls, at most `at_once` under way."""
    numbers = iter(range(count))

    async def one_after_the_other(session: aiohttp.ClientSession) -> None:
        for number in numbers:
            async with session.post(url, data=body(number), headers=FORM) as answer:
                await answer.read()

    connector = aiohttp.TCPConnector(limit=0)
    started, cpu = time.perf_counter(), time.process_time()
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as session:
        await asyncio.gather(*(one_after_the_other(session) for _ in range(at_once)))
    seconds, spent = time.perf_counter() - started, time.process_time() - cpu
    return {"calls_per_s": round(count / seconds, 1), "cpu_us_per_call": round(spent / count * 1e6, 1)}


async def alone(url: str, count: int, started: Callable[[int], None] = lambda pid: None) -> Figures:
    """The same in a process of its own, whose id `started` is told. Raises BenchFailed."""
    command = (sys.executable, "-m", ROOT_MODULE, url, str(count), str(AT_ONCE))
    child = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    started(child.pid)
    printed, _ = await child.communicate()
    if child.returncode:
        raise BenchFailed("the bare client failed")
    figures: Figures = json.loads(printed)
    return figures


if __name__ == "__main__":
    print(json.dumps(uvloop.run(calls(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))))
