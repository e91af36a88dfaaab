"""The little of the public API that the demo calls, as any client would."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from local_stack.system import Credentials

PATIENCE = 60.0
AGAIN = 0.2
"""Seconds until a GET is repeated whose store had no answer."""
JSON = dict[str, Any]
"""An answer at the edge: what is read from it is checked where it is read."""


class CallFailed(RuntimeError):
    """The API answered with an error: HTTP's `status`, and the API's `code` if there is one."""

    def __init__(self, call: str, status: int, answer: str) -> None:
        super().__init__(f"{call}: {status} {answer[:500]}")
        self.status = status
        self.code = _code(answer)


def _code(answer: str) -> str:
    try:
        return str(json.loads(answer)["error-code"])
    except (ValueError, KeyError, TypeError):
        return ""


class Client:
    """One account's view of the API."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http

    async def call(self, method: str, path: str, body: JSON | None = None) -> JSON:
        """The answer. A GET that is told to try later does so, for PATIENCE seconds. Raises CallFailed for everything
        else but a 200."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                return await self._call(method, path, body)
            except CallFailed as failure:
                if method != "GET" or failure.status != 503 or time.monotonic() > until:
                    raise
                await asyncio.sleep(AGAIN)

    async def _call(self, method: str, path: str, body: JSON | None) -> JSON:
        async with self._http.request(method, path, json=body) as response:
            if response.status != 200:
                raise CallFailed(f"{method} {path}", response.status, await response.text())
            answer: JSON = await response.json()
            return answer

    async def accepts_credentials(self) -> bool:
        """Whether the account exists."""
        try:
            await self.call("GET", "/v1/accounts/limits")
        except CallFailed as failure:
            if failure.status == 401:
                return False
            raise
        return True


@asynccontextmanager
async def client_of(url: str, credentials: Credentials) -> AsyncIterator[Client]:
    """A client of the system at this URL."""
    headers = {"Authorization": aiohttp.encode_basic_auth(credentials.user_id, credentials.user_secret)}
    async with aiohttp.ClientSession(url, headers=headers, timeout=aiohttp.ClientTimeout(total=30)) as http:
        yield Client(http)


async def ledger_of(simulator_url: str, after: int = 0) -> list[JSON]:
    """All that reached the providers after so many, in its order."""
    entries: list[JSON] = []
    async with aiohttp.ClientSession(simulator_url) as http:
        while True:
            async with http.get("/_ledger", params={"after": after}) as response:
                page = await response.json()
            if not page["entries"]:
                return entries
            entries += page["entries"]
            after = page["next"]
