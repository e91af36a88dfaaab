"""The server below the routes: what is no HTTP at all is answered in JSON too, and nothing of it is logged."""

from uuid import uuid4

from aiohttp import web
from aiohttp.web_request import BaseRequest

from api_gateway.errors import Problem


class _Connection(web.RequestHandler):
    def handle_error(
        self,
        request: BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """A request that the parser refused, or a defect outside of the application's own net. Raises
        ConnectionError when an answer has begun."""
        if request.writer.output_size > 0:
            raise ConnectionError("an answer has begun")
        request_id = uuid4().hex
        problem = Problem("internal-error" if status >= 500 else "request-invalid")
        response = web.Response(
            status=problem.status,
            body=problem.body(request_id),
            content_type="application/json",
            headers={"X-Request-Id": request_id},
        )
        response.force_close()
        return response


class _Server(web.Server):
    def __call__(self) -> web.RequestHandler:
        return _Connection(self, loop=self._loop, **self._kwargs)


class Runner(web.AppRunner):
    """Runs the application. Bodies are taken as they come: a compressed one is not JSON, and no bomb."""

    def __init__(self, app: web.Application) -> None:
        super().__init__(app, access_log=None, auto_decompress=False, shutdown_timeout=6.0)

    async def _make_server(self) -> web.Server:
        plain = await super()._make_server()
        return _Server(plain.request_handler, request_factory=plain.request_factory, **plain._kwargs)
