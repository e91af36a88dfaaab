import asyncio
import gzip
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from dapi_common.events.deliveries import DeliveryAccepted
from dapi_common.ids import AccountId, MessageId
from dapi_common.provider.client import AiohttpHttp, Timeouts, client
from dapi_common.provider.http import MAX_BODY, NoAnswer, NotSent, Response

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
SHORT = Timeouts(connect=0.15, total=0.4)
SECRET = "s3cr3t"


@asynccontextmanager
async def serving(handler: Handler, timeouts: Timeouts = SHORT) -> AsyncIterator[AiohttpHttp]:
    """A client of a server on loopback that answers every path with `handler`."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    async with TestServer(app) as server, client(str(server.make_url("/base/")), timeouts) as http:
        yield http


@asynccontextmanager
async def raw(
    talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[AiohttpHttp]:
    """A client of a peer that speaks for itself, once for each connection."""
    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, client(f"http://127.0.0.1:{port}", SHORT) as http:
        yield http


async def request(reader: asyncio.StreamReader) -> None:
    """Reads one request with its body."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.split(b"content-length: ")[1].split(b"\r\n")[0])
    await reader.readexactly(length)


async def test_a_form_arrives_as_a_form_with_its_credentials() -> None:
    async def handler(request: web.Request) -> web.Response:
        form = await request.post()
        seen = [request.path, request.headers["Authorization"], form["text"], *form.getall("to")]
        return web.json_response({"seen": seen}, status=201, headers={"X-Id": "1"})

    async with serving(handler) as http:
        answer = await http.post_form("/sms", [("text", "a&b=ü €"), ("to", "1"), ("to", "2")], basic=("me", SECRET))
    assert isinstance(answer, Response)
    assert answer.status == 201
    assert answer.headers["x-id"] == "1"
    assert answer.json() == {"seen": ["/base/sms", "Basic bWU6czNjcjN0", "a&b=ü €", "1", "2"]}


async def test_json_arrives_as_json() -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.json_response({"type": request.content_type, "got": await request.json()})

    async with serving(handler) as http:
        answer = await http.post_json("/x", {"a": ["ü"]})
    assert isinstance(answer, Response)
    assert answer.json() == {"type": "application/json", "got": {"a": ["ü"]}}


async def test_a_path_is_sent_as_it_is() -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(text=request.raw_path)

    async with serving(handler) as http:
        answer = await http.post_form("/a%2Fb", {})
    assert isinstance(answer, Response)
    assert answer.body == b"/base/a%2Fb"


async def test_nobody_there_is_not_sent() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    async with client(f"http://127.0.0.1:{port}", SHORT) as http:
        assert isinstance(await http.post_form("/", {"a": SECRET}), NotSent)


async def test_a_name_that_does_not_resolve_is_not_sent() -> None:
    async with client("http://nobody.invalid", SHORT) as http:
        assert isinstance(await http.post_form("/", {}), NotSent)


async def test_a_peer_that_speaks_no_tls_is_not_sent() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(64)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, client(f"https://127.0.0.1:{port}", SHORT) as http:
        assert isinstance(await http.post_form("/", {}), NotSent)


async def test_a_connection_that_cannot_be_made_in_time_is_not_sent() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        with socket.socket() as first, socket.socket() as second:
            for filler in (first, second):
                filler.setblocking(False)
                filler.connect_ex(("127.0.0.1", port))
            await asyncio.sleep(0.01)
            async with client(f"http://127.0.0.1:{port}", SHORT) as http:
                assert isinstance(await http.post_form("/", {}), NotSent)


async def test_an_answer_that_does_not_come_in_time_is_no_answer() -> None:
    async def handler(request: web.Request) -> web.Response:
        await asyncio.sleep(1)
        return web.Response()

    async with serving(handler) as http:
        assert isinstance(await http.post_form("/", {}), NoAnswer)


async def test_an_answer_that_stalls_in_its_body_is_no_answer() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"a"')
        await reader.read()
        writer.close()

    async with raw(talk) as http:
        assert isinstance(await http.post_form("/", {"a": "b"}), NoAnswer)


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{", b"\x00rubbish\r\n\r\n"])
async def test_a_connection_cut_after_the_request_is_no_answer(sent: bytes) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(sent)
        writer.close()

    async with raw(talk) as http:
        answer = await http.post_form("/", {"a": SECRET}, basic=("me", SECRET))
    assert isinstance(answer, NoAnswer)
    assert SECRET not in answer.description
    assert "127.0.0.1" not in answer.description


async def test_a_reset_after_the_request_is_no_answer() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.transport.abort()

    async with raw(talk) as http:
        assert isinstance(await http.post_form("/", {"a": "b"}), NoAnswer)


async def test_a_kept_connection_that_the_peer_has_closed_is_not_used_again() -> None:
    connections = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        await writer.drain()
        writer.close()

    async with raw(talk) as http:
        for _ in range(3):
            assert isinstance(await http.post_form("/", {"a": "b"}), Response)
            await asyncio.sleep(0.02)
    assert connections == 3


async def test_a_kept_connection_that_closes_while_the_next_request_is_written_may_have_taken_it() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        await request(reader)
        writer.close()

    async with raw(talk) as http:
        assert isinstance(await http.post_form("/", {"a": "b"}), Response)
        assert isinstance(await http.post_form("/", {"a": "b"}), NoAnswer)


async def test_connections_are_kept_between_calls() -> None:
    peers = set()

    async def handler(request: web.Request) -> web.Response:
        assert request.transport is not None
        peers.add(request.transport.get_extra_info("peername"))
        return web.json_response({})

    async with serving(handler) as http:
        for _ in range(3):
            await http.post_form("/", {})
    assert len(peers) == 1


async def test_a_huge_answer_is_no_answer_and_is_not_read_to_its_end() -> None:
    written = 0

    async def handler(request: web.Request) -> web.StreamResponse:
        nonlocal written
        answer = web.StreamResponse()
        await answer.prepare(request)
        for _ in range(1000):
            await answer.write(b"x" * 65536)
            written += 65536
        return answer

    async with serving(handler, Timeouts(connect=1, total=5)) as http:
        assert isinstance(await http.post_form("/", {}), NoAnswer)
    assert written < 50 * MAX_BODY


async def test_the_largest_answer_that_fits_is_read_whole() -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(body=b"x" * MAX_BODY)

    async with serving(handler, Timeouts(connect=1, total=5)) as http:
        answer = await http.post_form("/", {})
    assert isinstance(answer, Response)
    assert len(answer.body) == MAX_BODY


async def test_a_compressed_answer_that_nobody_asked_for_is_not_inflated() -> None:
    async def handler(request: web.Request) -> web.Response:
        assert request.headers["Accept-Encoding"] == "identity"
        return web.Response(body=gzip.compress(b"0" * 10_000_000), headers={"Content-Encoding": "gzip"})

    async with serving(handler, Timeouts(connect=1, total=5)) as http:
        answer = await http.post_form("/", {})
    assert isinstance(answer, Response)
    assert len(answer.body) < 20_000
    assert answer.json() == {}


async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    calls = []

    async def handler(request: web.Request) -> web.Response:
        calls.append(request.path)
        raise web.HTTPTemporaryRedirect("/elsewhere")

    async with serving(handler) as http:
        answer = await http.post_form("/here", {})
    assert isinstance(answer, Response)
    assert answer.status == 307
    assert calls == ["/base/here"]


async def test_cookies_are_not_kept_from_one_account_to_the_next() -> None:
    async def handler(request: web.Request) -> web.Response:
        answer = web.json_response({"cookies": len(request.cookies)})
        answer.set_cookie("session", "1")
        return answer

    async with serving(handler) as http:
        await http.post_form("/", {})
        answer = await http.post_form("/", {})
    assert isinstance(answer, Response)
    assert answer.json() == {"cookies": 0}


@pytest.mark.parametrize("base", ["", "rest.nexmo.com", "ftp://example.org", "http://"])
async def test_a_base_url_that_names_no_host_is_refused(base: str) -> None:
    with pytest.raises(ValueError, match="base URL"):
        async with client(base):
            pass


def test_connecting_must_end_before_the_whole_does() -> None:
    with pytest.raises(ValueError, match="shorter"):
        Timeouts(connect=10, total=10)


@pytest.mark.parametrize("depth", [65, 200, 300, 1000, 100_000])
def test_json_that_nests_too_deep_for_our_own_records_is_no_answer(depth: int) -> None:
    for opening, closing in ((b'{"a":', b"}"), (b'{"a":[', b"]}")):
        body = opening * depth + b"1" + closing * depth
        assert Response(200, {}, body).json() == {}


def test_json_as_deep_as_vendors_go_is_read_and_can_be_written_down() -> None:
    reply = Response(200, {}, b'{"a":' * 60 + b'{"b":[1,"x"]}' + b"}" * 60).json()
    assert reply
    fact = DeliveryAccepted(
        account=AccountId("a"), message_id=MessageId("1"), n=1, provider="p", channel="sms", attempt=1, at=1.0,
        provider_ref="r", reply=reply,
    )  # fmt: skip
    assert DeliveryAccepted.decode(fact.encode()) == fact
