"""`python -m local_stack.floor <url> <calls> <at once>`: what aiohttp's client alone does. Prints calls a second and
the CPU that one took, in microseconds, as JSON."""

import asyncio
import json
import sys
import time
from urllib.parse import urlencode

import aiohttp
import uvloop

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


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
            "to": f"4477{number:08}",
        }
    ).encode()


async def calls(url: str, count: int, at_once: int) -> dict[str, float]:
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


if __name__ == "__main__":
    print(json.dumps(uvloop.run(calls(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))))
