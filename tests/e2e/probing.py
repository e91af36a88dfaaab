"""Requests again and again while something is away: what was answered, and how soon."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass

import aiohttp

from local_stack.client import JSON
from local_stack.demo import PROVIDERS
from local_stack.system import Credentials, System

MESSAGE = {"provider": "nexmo", "type": "sms", "arguments": {"from": "Dapi", "to": "+447700900777", "text": "Hi"}}
EVERY = 0.3


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer; `code` is "" when it is a 200."""

    status: int
    code: str
    retry_after: str | None
    seconds: float
    body: JSON


class Probe:
    """One account's requests, whatever they are answered."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http

    async def ask(self, method: str, path: str, body: JSON | None = None) -> Reply:
        """One request. Raises TimeoutError when it hangs."""
        started = time.monotonic()
        async with self._http.request(method, path, json=body) as answer:
            read = await answer.json()
        headers, seconds = answer.headers, time.monotonic() - started
        return Reply(answer.status, read.get("error-code", ""), headers.get("Retry-After"), seconds, read)

    async def write(self) -> Reply:
        """One more message."""
        return await self.ask("PUT", "/v1/messages", MESSAGE)

    async def read(self) -> Reply:
        """The newest messages."""
        return await self.ask("GET", "/v1/messages?limit=5")

    async def during(self, seconds: float) -> tuple[list[Reply], list[Reply]]:
        """Writes and reads for so long, some at a time."""
        writes: list[Reply] = []
        reads: list[Reply] = []
        until = time.monotonic() + seconds

        async def write() -> None:
            while time.monotonic() < until:
                writes.append(await self.write())
                await asyncio.sleep(EVERY)

        async def read() -> None:
            while time.monotonic() < until:
                reads.append(await self.read())
                await asyncio.sleep(EVERY)

        await asyncio.gather(write(), write(), write(), read(), read())
        return writes, reads

    async def accepted_within(self, seconds: float) -> str:
        """A message that is accepted and completed. Raises TimeoutError when it takes longer."""
        since = time.monotonic()
        async with asyncio.timeout(seconds):
            while (written := await self.write()).status != 200:
                await asyncio.sleep(EVERY)
            message = str(written.body["id"])
            while (await self.ask("GET", f"/v1/messages/{message}")).body.get("status") != "completed":
                await asyncio.sleep(EVERY)
        print(f"a message went through after {time.monotonic() - since:.1f} s")
        return message


def probing(system: System, account: Credentials) -> aiohttp.ClientSession:
    """The session for a Probe; nothing may take longer than its timeout."""
    headers = {"Authorization": aiohttp.encode_basic_auth(account.user_id, account.user_secret)}
    return aiohttp.ClientSession(system.url, headers=headers, timeout=aiohttp.ClientTimeout(total=8))


async def add_nexmo(probe: Probe) -> None:
    """What the messages go through."""
    assert (await probe.ask("PUT", "/v1/providers/nexmo", dict(PROVIDERS["nexmo"]))).status == 200


def codes(replies: list[Reply]) -> Counter[str]:
    """How many of each code."""
    return Counter(reply.code for reply in replies)
