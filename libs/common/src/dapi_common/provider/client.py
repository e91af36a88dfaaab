"""The HTTP client that adapters get, on aiohttp: one session a process, errors as values.

What separates NotSent from NoAnswer is whether the request may have been written. A kept connection that the peer
closes at the moment of the write is the hard case: aiohttp repeats idempotent methods only, and a POST ends with
ServerDisconnectedError or a reset, exactly as when the peer took the request and died (even a transport that was lost
between the pool and the write ends so). The two cannot be told apart from here, so both are NoAnswer. It is rare: idle
connections are dropped after a few seconds, long before vendors drop them."""

from base64 import b64encode
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlencode

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
)
from yarl import URL

from dapi_common.events.shapes import JsonObject
from dapi_common.provider.http import MAX_BODY, NoAnswer, NotSent, Response

_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. `connect` covers DNS, TCP and TLS and ends before `total`, so that what runs into `total` may have been
    sent."""

    connect: float = 3.0
    total: float = 10.0
    idle: float = 8.0
    """How long an unused connection is kept."""

    def __post_init__(self) -> None:
        if not 0 < self.connect < self.total:
            raise ValueError("connect must be shorter than total")


class AiohttpHttp:
    """The port `Http` over a session."""

    def __init__(self, session: ClientSession, base: str) -> None:
        """Raises ValueError when `base` is not an http(s) URL of a host."""
        url = URL(base)
        if url.scheme not in ("http", "https") or not url.host:
            raise ValueError("the base URL must be an absolute http or https URL")
        self._session, self._base = session, base.rstrip("/")
        self._url = lru_cache(maxsize=1024)(self._join)

    async def post_form(
        self,
        path: str,
        fields: Sequence[tuple[str, str]] | Mapping[str, str],
        basic: tuple[str, str] | None = None,
    ) -> Response | NotSent | NoAnswer:
        """POST application/x-www-form-urlencoded, UTF-8."""
        return await self._post(path, urlencode(fields).encode(), _FORM, basic)

    async def post_json(
        self, path: str, body: JsonObject, basic: tuple[str, str] | None = None
    ) -> Response | NotSent | NoAnswer:
        """POST application/json."""
        return await self._post(path, orjson.dumps(body), _JSON, basic)

    async def _post(
        self, path: str, body: bytes, content_type: str, basic: tuple[str, str] | None
    ) -> Response | NotSent | NoAnswer:
        headers = {"Content-Type": content_type}
        if basic is not None:
            headers["Authorization"] = _authorization(*basic)
        try:
            async with self._session.post(self._url(path), data=body, headers=headers, allow_redirects=False) as answer:
                return await _whole(answer)
        except (ClientConnectorError, ConnectionTimeoutError) as error:
            return NotSent(f"no connection: {type(error).__name__}")
        except (ClientError, TimeoutError, OSError) as error:
            return NoAnswer(f"no answer: {type(error).__name__}")

    def _join(self, path: str) -> URL:
        return URL(self._base + path, encoded=True)


@asynccontextmanager
async def client(base: str, timeouts: Timeouts | None = None) -> AsyncIterator[AiohttpHttp]:
    """A client for `base` while the context lasts. How many calls run at once is the caller's to bound."""
    times = timeouts or Timeouts()
    session = ClientSession(
        connector=TCPConnector(limit=0, keepalive_timeout=times.idle),
        timeout=ClientTimeout(total=times.total, connect=times.connect),
        cookie_jar=DummyCookieJar(),
        auto_decompress=False,
        headers={"Accept": _JSON, "Accept-Encoding": "identity", "User-Agent": "dapi"},
    )
    async with session:
        yield AiohttpHttp(session, base)


@lru_cache(maxsize=1024)
def _authorization(user: str, password: str) -> str:
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


async def _whole(answer: ClientResponse) -> Response | NoAnswer:
    """Leaving the response's context before its end closes the connection."""
    body = bytearray()
    while chunk := await answer.content.readany():
        body += chunk
        if len(body) > MAX_BODY:
            return NoAnswer("the answer is too large")
    return Response(answer.status, {name.lower(): value for name, value in answer.headers.items()}, bytes(body))
