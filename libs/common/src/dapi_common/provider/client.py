"""The HTTP client that adapters get, on aiohttp: one session a process, errors as values.

What separates NotSent from NoAnswer is whether the request may have been written. A kept connection that the peer
closes at the moment of the write is the hard case: aiohttp repeats idempotent methods only, and a POST ends with
ServerDisconnectedError or a reset, exactly as when the peer took the request and died (even a transport that was lost
between the pool and the write ends so). The two cannot be told apart from here, so both are NoAnswer. It is rare: idle
connections are dropped after a few seconds, long before vendors drop them."""

import asyncio
import socket
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote_plus, urlencode

import orjson
from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    DummyCookieJar,
    TCPConnector,
    ThreadedResolver,
)
from aiohttp.abc import ResolveResult
from yarl import URL

from dapi_common.events.shapes import JsonObject
from dapi_common.provider.http import MAX_BODY, NO_HEADERS, NoAnswer, NotSent, Response

_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"
_BASES = 1024
"""So many hosts are kept apart: an account may choose its vendor's region."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. `connect` is for DNS, and once more for TCP and TLS; both end before `total`, so that what runs into
    `total` may have been sent."""

    connect: float = 3.0
    total: float = 10.0
    idle: float = 8.0
    """How long an unused connection is kept."""

    def __post_init__(self) -> None:
        if not 0 < 2 * self.connect < self.total:
            raise ValueError("connecting must be shorter than half of total")


class AiohttpHttp:
    """The port `Http` over a session."""

    def __init__(self, session: ClientSession, base: str, pinned: bool = False) -> None:
        """`pinned`: every base leads here. Raises ValueError when `base` is not an http(s) URL of a host."""
        url = URL(base)
        if url.scheme not in ("http", "https") or not url.host:
            raise ValueError("the base URL must be an absolute http or https URL")
        self.base = base.rstrip("/")
        self._session, self._pinned = session, pinned
        self._url = lru_cache(maxsize=1024)(self._join)
        self._others: dict[str, AiohttpHttp] = {}

    def at(self, base: str) -> "AiohttpHttp":
        """The client for another base URL."""
        if self._pinned or base == self.base:
            return self
        if base not in self._others:
            if len(self._others) >= _BASES:
                self._others.clear()
            self._others[base] = AiohttpHttp(self._session, base)
        return self._others[base]

    async def post_form(
        self,
        path: str,
        fields: Sequence[tuple[str, str]] | Mapping[str, str],
        basic: tuple[str, str] | None = None,
    ) -> Response | NotSent | NoAnswer:
        """POST application/x-www-form-urlencoded, UTF-8."""
        pairs = fields.items() if isinstance(fields, Mapping) else fields
        body = "&".join([f"{_quoted(name)}={_quoted(value)}" for name, value in pairs])
        return await self._call("POST", self._url(path), body.encode(), _headers(_FORM, basic))

    async def post_json(
        self,
        path: str,
        body: JsonObject,
        basic: tuple[str, str] | None = None,
        headers: Mapping[str, str] = NO_HEADERS,
    ) -> Response | NotSent | NoAnswer:
        """POST application/json."""
        return await self._call("POST", self._url(path), orjson.dumps(body), {**_headers(_JSON, basic), **headers})

    async def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Response | NotSent | NoAnswer:
        """POST these very bytes with these headers."""
        return await self._call("POST", self._url(path), body, headers)

    async def get(
        self,
        path: str,
        query: Sequence[tuple[str, str]] = (),
        basic: tuple[str, str] | None = None,
    ) -> Response | NotSent | NoAnswer:
        """GET."""
        url = self._join(f"{path}?{urlencode(query)}" if query else path)
        return await self._call("GET", url, None, _headers(None, basic))

    async def _call(
        self, method: str, url: URL, body: bytes | None, headers: Mapping[str, str]
    ) -> Response | NotSent | NoAnswer:
        try:
            async with self._session.request(method, url, data=body, headers=headers, allow_redirects=False) as answer:
                return await _whole(answer)
        except (ClientConnectorError, ConnectionTimeoutError) as error:
            return NotSent(f"no connection: {type(error).__name__}")
        except (ClientError, TimeoutError, OSError, ValueError) as error:
            return NoAnswer(f"no answer: {type(error).__name__}")

    def _join(self, path: str) -> URL:
        return URL(self.base + path, encoded=True)


@asynccontextmanager
async def client(base: str, timeouts: Timeouts | None = None, pinned: bool = False) -> AsyncIterator[AiohttpHttp]:
    """A client for `base` while the context lasts (`pinned`: whatever base it is asked for). How many calls run at
    once is the caller's to bound."""
    times = timeouts or Timeouts()
    session = ClientSession(
        connector=TCPConnector(limit=0, keepalive_timeout=times.idle, resolver=_PromptResolver(times.connect)),
        timeout=ClientTimeout(total=times.total, sock_connect=times.connect),
        cookie_jar=DummyCookieJar(),
        auto_decompress=False,
        headers={"Accept": _JSON, "Accept-Encoding": "identity", "User-Agent": "dapi"},
    )
    async with session:
        yield AiohttpHttp(session, base, pinned)


def _headers(content_type: str | None, basic: tuple[str, str] | None) -> dict[str, str]:
    headers = {"Content-Type": content_type} if content_type else {}
    if basic is not None:
        headers["Authorization"] = _authorization(*basic)
    return headers


_quoted = lru_cache(maxsize=4096)(quote_plus)
"""Names, senders and texts come again and again."""


@lru_cache(maxsize=1024)
def _authorization(user: str, password: str) -> str:
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


async def _whole(answer: ClientResponse) -> Response | NoAnswer:
    """Leaving the response's context before its end closes the connection."""
    length = answer.content_length
    if length is not None and length <= MAX_BODY:
        return Response(answer.status, answer.headers, await answer.read())
    body = bytearray()
    while chunk := await answer.content.readany():
        body += chunk
        if len(body) > MAX_BODY:
            return NoAnswer("the answer is too large")
    return Response(answer.status, answer.headers, bytes(body))


class _PromptResolver(ThreadedResolver):
    """DNS within so many seconds, or as if the name did not exist: nothing was sent."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Raises OSError."""
        try:
            async with asyncio.timeout(self._seconds):
                return await super().resolve(host, port, family)
        except TimeoutError:
            raise OSError("no answer from DNS") from None
