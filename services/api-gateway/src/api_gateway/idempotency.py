"""Idempotency-Key: a repetition of a request gets the first answer again. The planner keeps the answers; here the key
is read, and a request whose first try is still under way in this process is told so."""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Final

from aiohttp import hdrs, web

from api_gateway.errors import Problem, try_later
from dapi_common.events.commands import Idempotency
from dapi_common.ids import AccountId

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotent-Replayed"
IS_REPLAYED: Final = web.RequestKey("is_replayed", bool)
_METHODS: Final = frozenset({hdrs.METH_PUT, hdrs.METH_POST})
_LONGEST = 255


async def given(request: web.Request, whose: str = "") -> Idempotency | None:
    """The key of a PUT or POST (`whose`: an account's own, or others'), with the digest of its method, path and body.
    Raises Problem."""
    key = request.headers.get(HEADER)
    if key is None or request.method not in _METHODS:
        return None
    if not 0 < len(key) <= _LONGEST or not key.isascii() or not key.isprintable():
        raise Problem("idempotency-key-invalid")
    head = f"{request.method} {request.path}\n".encode("utf-8", "surrogatepass")
    return Idempotency(key=whose + key, digest=sha256(head + await request.read()).hexdigest())


class InFlight:
    """The keys of this process's requests that wait for their outcome."""

    def __init__(self) -> None:
        self._keys: set[tuple[str, str]] = set()

    @contextmanager
    def holding(self, account: AccountId, idempotency: Idempotency | None) -> Iterator[None]:
        """Raises Problem when a request of the account with this key is under way."""
        if idempotency is None:
            yield
            return
        key = (account, idempotency.key)
        if key in self._keys:
            raise try_later("idempotency-key-in-flight")
        self._keys.add(key)
        try:
            yield
        finally:
            self._keys.discard(key)
