"""A client of the admin API, which a gateway serves to operators."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

import aiohttp
import orjson
from pydantic import SecretStr

from dapi_common.events.shapes import JsonObject
from dapi_common.runtime.settings import Settings

ANSWER_SECONDS = 10.0
NONE: Mapping[str, str] = {}


class Problem(RuntimeError):
    """Told to the operator as it is."""


class AdminSettings(Settings):
    """Where the admin API is, and the token that it asks for."""

    admin_url: str = "http://127.0.0.1:8081"
    admin_token: SecretStr = SecretStr("")


class Admin:
    """The admin API of one installation."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http, self._url = http, url.rstrip("/")

    async def call(self, method: str, path: str, body: JsonObject | None = None, key: str = "") -> JsonObject:
        """The answer; with an idempotency `key`, the first one that there was. Raises Problem for everything but a
        200."""
        answer, _ = await self._call(method, path, body, {"Idempotency-Key": key} if key else {})
        return answer

    async def every(self, path: str, name: str) -> list[object]:
        """What all pages of `path` have under `name`. Raises Problem."""
        found: list[object] = []
        after: str | None = ""
        while after is not None:
            query = f"?limit=1000&after={after}" if after else "?limit=1000"
            answer, after = await self._call("GET", path + query)
            entries = answer[name]
            assert isinstance(entries, list)
            found += entries
        return found

    async def _call(
        self, method: str, path: str, body: JsonObject | None = None, headers: Mapping[str, str] = NONE
    ) -> tuple[JsonObject, str | None]:
        """The answer, and the cursor of the next page."""
        try:
            async with self._http.request(method, self._url + path, json=body, headers=headers) as response:
                answer: JsonObject = dict(orjson.loads(await response.read()))
                following = response.links.get("next")
        except (aiohttp.ClientError, TimeoutError, ValueError, TypeError) as error:
            raise Problem(f"{self._url} gave no answer ({type(error).__name__}): is DAPI_ADMIN_URL right?") from None
        if response.status != 200:
            where = f" ({answer['field']})" if "field" in answer else ""
            raise Problem(f"{answer.get('error-code', response.status)}{where}: {answer.get('error-description')}")
        return answer, parse_qs(urlsplit(str(following["url"])).query)["after"][0] if following else None


@asynccontextmanager
async def connected(settings: AdminSettings) -> AsyncIterator[Admin]:
    """A client as the settings say."""
    headers = {"Authorization": f"Bearer {settings.admin_token.get_secret_value().strip()}"}
    timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
    async with aiohttp.ClientSession(headers=headers, timeout=timeout) as http:
        yield Admin(http, settings.admin_url)
