"""A client that wants to know: what got no 200 is written again with the same Idempotency-Key, until it does."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

import aiohttp

from local_stack.client import JSON, CallFailed

TRY_SECONDS = 8.0
"""A write answers within 5."""
_AGAIN = frozenset({409, 429, 500, 502, 503, 504})


@dataclass(slots=True)
class Counts:
    """What was asked of the API."""

    answers: dict[int, int] = field(default_factory=dict)
    """Tries by their status; 0: none came."""
    refusals: list[str] = field(default_factory=list)
    """Answers that no fault explains."""


class Writer:
    """One account's. Stops only with the answer: whoever gives up does not know."""

    def __init__(self, http: aiohttp.ClientSession, random: Random, counts: Counts, pause: float = 0.5) -> None:
        """`pause`: seconds between two tries, about."""
        self._http, self._random, self._counts, self._pause = http, random, counts, pause

    async def write(self, method: str, path: str, body: JSON, key: str) -> JSON:
        """The answer of the first 200. Raises CallFailed for what a repetition would not change."""
        while True:
            status, text = await self._try(method, path, body, {"Idempotency-Key": key})
            if status == 200:
                return dict(text)
            if status and status not in _AGAIN:
                raise CallFailed(f"{method} {path}", status, str(text))
            await asyncio.sleep(self._pause * (0.5 + self._random.random()))

    async def read(self, path: str, within: float = 60.0) -> JSON:
        """The answer of the first 200. Raises CallFailed when there was none in time."""
        deadline = time.monotonic() + within
        while True:
            status, text = await self._try("GET", path, None, {})
            if status == 200:
                return dict(text)
            if time.monotonic() > deadline:
                raise CallFailed(f"GET {path}", status, str(text))
            await asyncio.sleep(self._pause)

    async def _try(self, method: str, path: str, body: JSON | None, headers: Mapping[str, str]) -> tuple[int, Any]:
        status, answer = await _answer(self._http, method, path, body, headers)
        if method != "GET":
            self._counts.answers[status] = self._counts.answers.get(status, 0) + 1
        return status, answer


async def _answer(
    http: aiohttp.ClientSession, method: str, path: str, body: JSON | None, headers: Mapping[str, str]
) -> tuple[int, Any]:
    try:
        async with http.request(method, path, json=body, headers=headers) as response:
            if response.status == 200:
                return 200, await response.json()
            return response.status, await response.text()
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
        return 0, ""


def session(url: str, user: str, secret: str) -> aiohttp.ClientSession:
    """To be made inside the running loop, and closed."""
    headers = {"Authorization": aiohttp.encode_basic_auth(user, secret)}
    return aiohttp.ClientSession(url, headers=headers, timeout=aiohttp.ClientTimeout(total=TRY_SECONDS))


Stopping = Callable[[], bool]
"""Whether no more load is wanted."""
