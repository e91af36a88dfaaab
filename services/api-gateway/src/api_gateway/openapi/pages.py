"""The routes that need no account: the document, and the page that shows it. Nothing comes from another host."""

from collections.abc import Awaitable, Callable
from functools import cache
from importlib.resources import files
from typing import Final

from aiohttp import web

from api_gateway.openapi.document import Routes, written

Page = Callable[[web.Request], Awaitable[web.Response]]

DOCUMENT: Final = "/openapi.json"
_FILES: Final = {
    "/docs": ("page.html", "text/html"),
    "/docs/page.css": ("page.css", "text/css"),
    **{f"/docs/{name}.js": (f"{name}.js", "text/javascript") for name in ("page", "dom", "schema", "try", "samples")},
}
_HEADERS: Final = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def public(routes: Routes) -> dict[str, Page]:
    """The handlers by path, all for GET."""
    pages = {path: _page(media, cache(lambda name=name: _read(name))) for path, (name, media) in _FILES.items()}
    return {DOCUMENT: _page("application/json", cache(lambda: written(routes))), **pages}


def _page(media: str, read: Callable[[], bytes]) -> Page:
    async def page(_: web.Request) -> web.Response:
        charset = "utf-8" if media.startswith("text/") else None
        return web.Response(body=read(), content_type=media, charset=charset, headers=_HEADERS)

    return page


def _read(name: str) -> bytes:
    return files("api_gateway.openapi").joinpath(name).read_bytes()
