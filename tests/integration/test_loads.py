"""The loads of `make bench`, against a server on loopback whose times are known."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from itertools import chain, repeat

import pytest

from bench.load import load
from bench.open_load import OpenLoad
from bench.result import BenchFailed
from local_stack.client import AGAIN
from local_stack.ports import HOST
from local_stack.system import Credentials

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
LATER = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\n{}"
REQUEST = b"GET / HTTP/1.1\r\nContent-Length: 0\r\n\r\n"
NOBODY = Credentials("", "")


@asynccontextmanager
async def server(wait: Callable[[], float], first: Sequence[bytes] = ()) -> AsyncIterator[int]:
    """The port of one that answers each request after a while: with these first, then with ANSWER."""
    answers = chain(first, repeat(ANSWER))

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(4096):
            await asyncio.sleep(wait())
            writer.write(next(answers))
        writer.close()

    listening = await asyncio.start_server(serve, HOST, 0)
    async with listening:
        yield listening.sockets[0].getsockname()[1]


def stand_still(seconds: float) -> None:
    """This very event loop does: the requests that are due meanwhile go out late."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pass


async def test_who_waits_for_nobody_asks_at_the_rate_whatever_the_answers_take() -> None:
    async with server(lambda: 0.2) as port, OpenLoad(port, [lambda: REQUEST]) as flood:
        answers = await flood.run(rate=100, seconds=1.0)
    assert answers.counts() == {"": 100}
    assert min(answers.seconds[""]) >= 0.2


async def test_what_is_due_while_the_load_stands_still_at_its_end_is_asked_too() -> None:
    async with server(lambda: 0.0) as port, OpenLoad(port, [lambda: REQUEST]) as flood:
        run = asyncio.create_task(flood.run(rate=100, seconds=0.5))
        await asyncio.sleep(0.3)
        stand_still(0.3)
        answers = await run
    assert answers.counts() == {"": 50}
    assert max(answers.seconds[""]) >= 0.25


async def test_a_time_counts_from_when_the_request_was_due_even_if_the_load_itself_stood_still() -> None:
    async with server(lambda: 0.0) as port, OpenLoad(port, [lambda: REQUEST]) as flood:
        run = asyncio.create_task(flood.run(rate=200, seconds=1.0))
        await asyncio.sleep(0.4)
        stand_still(0.3)
        answers = await run
    times = sorted(answers.seconds[""])
    assert times[-1] >= 0.25
    assert sum(time >= 0.1 for time in times) >= 30
    assert answers.lag >= 0.25


async def test_who_waits_for_answers_stops_when_its_requests_are_used_up() -> None:
    async with server(lambda: 0.0) as port:
        rate = await load(port, NOBODY, iter([("GET", "/", b"")] * 50), connections=4)
    assert len(rate.times) == 50
    assert rate.figures("get")["get_p50_ms"] > 0


async def test_a_get_that_is_told_to_try_later_does_so_and_its_time_includes_that() -> None:
    async with server(lambda: 0.0, [LATER]) as port:
        rate = await load(port, NOBODY, iter([("GET", "/", b"")]), connections=1)
    assert rate.times[0] >= AGAIN


async def test_what_might_take_effect_twice_is_not_asked_again() -> None:
    async with server(lambda: 0.0, [LATER]) as port:
        with pytest.raises(BenchFailed, match="503"):
            await load(port, NOBODY, iter([("PUT", "/", b"")]), connections=1)
