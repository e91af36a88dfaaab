"""The vendors' HTTP client: no redirects, bounded answers, the URL as it stands."""

import aiohttp
from yarl import URL

from simulator.posts import Answer, Post

LARGEST_ANSWER = 128 * 1024


class AiohttpClient:
    """Opens its connections at the first post, in whichever loop that is."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def __call__(self, post: Post, timeout: float) -> Answer:
        try:
            async with self._opened().request(
                post.method,
                URL(post.url, encoded=True),
                data=post.body or None,
                headers=post.headers,
                timeout=aiohttp.ClientTimeout(total=timeout),
                allow_redirects=False,
            ) as response:
                return Answer(response.status, await _bounded(response.content))
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            return Answer(0)

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False)
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


async def _bounded(content: aiohttp.StreamReader) -> bytes:
    body = b""
    while len(body) < LARGEST_ANSWER and (chunk := await content.read(LARGEST_ANSWER - len(body))):
        body += chunk
    return body
