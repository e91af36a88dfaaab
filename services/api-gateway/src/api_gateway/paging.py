"""Which page is asked for, and where the next one is."""

import re
from dataclasses import replace
from typing import Final, Protocol

from aiohttp import web
from yarl import URL

from api_gateway.call import answer
from api_gateway.errors import Problem
from api_gateway.views.pages import Page, Slice, cursor

DEFAULT_LIMIT: Final = 100
MAX_LIMIT: Final = 1000
_NUMBER: Final = re.compile(r"[0-9]{1,9}", re.ASCII)


class Asking(Protocol):
    """Whoever has a request, an account or an operator."""

    @property
    def request(self) -> web.Request: ...


def asked(call: Asking) -> Slice:
    """The slice that the query asks for; beside a cursor, `page` is only a name. Raises Problem page-invalid."""
    at, after = without_cursor(call), call.request.query.get("after")
    try:
        return replace(at, after=cursor(after)) if after is not None else at
    except ValueError:
        raise Problem("page-invalid", "after must be a cursor that a Link header gave") from None


def without_cursor(call: Asking) -> Slice:
    """The slice as far as `page` and `limit` say. Raises Problem page-invalid."""
    page, limit = _number(call, "page", 0), _number(call, "limit", DEFAULT_LIMIT)
    if not 1 <= limit <= MAX_LIMIT:
        raise Problem("page-invalid", f"limit must be between 1 and {MAX_LIMIT}")
    return Slice(limit, page)


def paged(call: Asking, name: str, found: Page, at: Slice) -> web.Response:
    """A page of resources called `name`."""
    return answer({"page": str(at.page), name: found.items}, next_link(call, at, found.after))


def next_link(call: Asking, at: Slice, after: str | None) -> dict[str, str]:
    """The header that leads to the next page at the same cost, relative to this host; none on the last."""
    if after is None:
        return {}
    query = {**call.request.query, "page": str(at.page + 1), "limit": str(at.limit), "after": after}
    return {"Link": f'<{URL.build(path=call.request.path, query=query)}>; rel="next"'}


def _number(call: Asking, name: str, default: int) -> int:
    text = call.request.query.get(name)
    if text is None:
        return default
    if not _NUMBER.fullmatch(text):
        raise Problem("page-invalid", f"{name} must be a number")
    return int(text)
