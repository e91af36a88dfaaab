"""What got no 200 is written again, with the same key."""

from collections.abc import AsyncIterator
from random import Random

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from local_stack.client import CallFailed
from tests.faults.writing import Counts, Writer, session

BODY = {"provider": "nexmo"}


class Api:
    """Answers with what it is told, in turn; `cut` is a connection that ends without an answer."""

    def __init__(self) -> None:
        self.keys: list[str | None] = []
        self.plan: list[int | str] = []

    async def serve(self, request: web.Request) -> web.StreamResponse:
        self.keys.append(request.headers.get("Idempotency-Key"))
        step = self.plan.pop(0)
        if step == "cut":
            assert request.transport
            request.transport.abort()
            return web.Response()
        return web.json_response({"id": "7"} if step == 200 else {"error-code": "no"}, status=int(step))


@pytest.fixture
async def api() -> Api:
    return Api()


@pytest.fixture
async def counts() -> Counts:
    return Counts()


@pytest.fixture
async def writer(api: Api, counts: Counts) -> AsyncIterator[Writer]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", api.serve)
    async with TestServer(app) as server, session(str(server.make_url("/")), "user", "secret") as http:
        yield Writer(http, Random(1), counts, pause=0.0)


async def test_no_answer_and_not_now_are_asked_again_under_one_key(writer: Writer, api: Api, counts: Counts) -> None:
    api.plan = ["cut", 503, 429, 409, 200]
    assert await writer.write("POST", "/v1/invokes/7", BODY, "k-1") == {"id": "7"}
    assert api.keys == ["k-1"] * 5
    assert counts.answers == {0: 1, 503: 1, 429: 1, 409: 1, 200: 1}


@pytest.mark.parametrize("status", [400, 401, 422])
async def test_a_refusal_is_not_asked_again(writer: Writer, api: Api, status: int) -> None:
    api.plan = [status]
    with pytest.raises(CallFailed) as refusal:
        await writer.write("PUT", "/v1/messages", BODY, "k-1")
    assert (refusal.value.status, refusal.value.code) == (status, "no")


async def test_a_read_is_asked_again_until_its_time_is_over(writer: Writer, api: Api, counts: Counts) -> None:
    api.plan = [503, 200]
    assert await writer.read("/v1/credits") == {"id": "7"}
    assert api.keys == [None, None]
    api.plan = [503]
    with pytest.raises(CallFailed):
        await writer.read("/v1/credits", within=0.0)
    assert counts.answers == {}
