"""Access tokens of IBM Cloud IAM, for an API key: one call an hour and key, however many messages.

https://cloud.ibm.com/apidocs/iam-identity-token-api"""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from dapi_common.provider.adapter import Deferred, Refused
from dapi_common.provider.http import Http, Response

IAM: Final = "https://iam.cloud.ibm.com"
EARLY: Final = 60.0
"""Seconds before its end from which a token is not used any more."""
_PATH: Final = "/identity/token"
_GRANT: Final = "urn:ibm:params:oauth:grant-type:apikey"
_LIFETIME: Final = 3600.0
_REMEMBERED: Final = 10_000
_TOKEN: Final = re.compile(r"[!-~]{1,16384}")


@dataclass(frozen=True, slots=True)
class Token:
    """`until` is a moment of the clock that the tokens were given."""

    value: str
    until: float


class Tokens:
    """What is known of each key."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._tokens: dict[str, Token] = {}
        self._calls: dict[str, asyncio.Task[Token | Deferred | Refused]] = {}

    def kept(self, key: str) -> Token | None:
        """A token that still holds."""
        token = self._tokens.get(key)
        return token if token is not None and self._monotonic() < token.until else None

    async def fetched(self, key: str, http: Http) -> Token | Deferred | Refused:
        """A new token; or why there is none, which is the outcome of a send that has not begun. Who asks for the same
        key meanwhile gets the same answer."""
        if key not in self._calls:
            self._calls[key] = asyncio.create_task(self._fetch(key, http.at(IAM)))
            self._calls[key].add_done_callback(lambda _: self._calls.pop(key))
        return await asyncio.shield(self._calls[key])

    def drop(self, key: str, token: Token) -> None:
        """IBM does not take it any more; a newer one stays."""
        if self._tokens.get(key) == token:
            del self._tokens[key]

    async def _fetch(self, key: str, http: Http) -> Token | Deferred | Refused:
        answer = await http.post_form(_PATH, {"grant_type": _GRANT, "apikey": key})
        if not isinstance(answer, Response):
            return Deferred("no-token", "IAM did not answer")
        if answer.status in (400, 401, 403):
            return Refused("no-token", "IAM does not accept the API key", auth=True)
        value, lifetime = answer.json().get("access_token"), answer.json().get("expires_in")
        if answer.status != 200 or not isinstance(value, str) or not _TOKEN.fullmatch(value):
            return Deferred("no-token", "IAM gave no token", answer.retry_after())
        seconds = float(lifetime) if isinstance(lifetime, int | float) else _LIFETIME
        return self._keep(key, Token(value, self._monotonic() + seconds - EARLY))

    def _keep(self, key: str, token: Token) -> Token:
        self._tokens[key] = token
        if len(self._tokens) > _REMEMBERED:
            del self._tokens[next(iter(self._tokens))]
        return token
