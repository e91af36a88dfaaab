"""A provider's reply where aiohttp itself carries it: on the look-ups' routes."""

from aiohttp import web

from simulator.wire import Incoming, Reply


def answered(reply: Reply) -> web.Response:
    headers = {**reply.headers, "Content-Type": reply.content_type}
    return web.Response(status=reply.status, body=reply.body, headers=headers)


async def read(request: web.Request) -> Incoming:
    return Incoming(request.path, request.headers, await request.read(), request.method, request.query_string)
