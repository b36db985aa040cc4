"""Connections that dawdle, swell or speak no HTTP, at a server with short limits."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
import pytest_asyncio
import uvicorn
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from gateway.security.connections import AROUND_THE_BODY_BYTES, GuardedConnection

pytestmark = pytest.mark.asyncio

SHORT_SECONDS = 0.3
PATIENCE_SECONDS = 20.0
SLOW_SECONDS = 1.0


class Impatient(GuardedConnection):
    head_seconds = SHORT_SECONDS
    unread_seconds = SHORT_SECONDS


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the size of the body; refuse without reading it, or take a while, when asked."""
    request = Request(scope, receive)
    response: Response = PlainTextResponse("refused", 413)
    if scope["path"] == "/slow":
        await asyncio.sleep(SLOW_SECONDS)
    if scope["path"] != "/refuse":
        with suppress(ClientDisconnect):
            response = PlainTextResponse(str(len(await request.body())))
    await response(scope, receive, send)


class Served(uvicorn.Server):
    @property
    def port(self) -> int:
        port: int = self.servers[0].sockets[0].getsockname()[1]
        return port


@pytest_asyncio.fixture(name="served")
async def _served() -> AsyncIterator[Served]:
    config = uvicorn.Config(
        app,
        port=0,
        http=Impatient,
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=False,
        timeout_keep_alive=60,
    )
    server = Served(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    yield server
    for connection in list(server.server_state.connections):
        connection.transport.abort()
    await server.shutdown()


@asynccontextmanager
async def connected(
    served: Served,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            yield reader, writer
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


def check_refusal(said: bytes) -> None:
    head, _, body = said.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"content-type: application/problem+json" in head
    assert b"x-content-type-options: nosniff" in head
    assert b"connection: close" in head
    assert json.loads(body)["code"] == "request_malformed"


@pytest.mark.parametrize("start", [b"", b"GET", b"GET / HTTP/1.1\r\nhost: x\r\nx-slow: "])
async def test_headers_that_do_not_end_are_not_waited_for(served: Served, start: bytes) -> None:
    async with connected(served) as (reader, writer):
        writer.write(start)
        assert await reader.read() == b""


async def test_a_second_request_has_the_same_limit(served: Served) -> None:
    async with connected(served) as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\nGET / HTTP/1.1\r\nx-slow: ")
        assert (await reader.read()).count(b"HTTP/1.1 200 ") == 1


async def test_line_ends_after_an_answer_keep_no_connection(served: Served) -> None:
    async with connected(served) as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n0")
        writer.write(b"\r\n")
        assert await reader.read() == b""


async def test_a_refused_body_is_not_read_for_ever(served: Served) -> None:
    async with connected(served) as (reader, writer):
        writer.write(b"POST /refuse HTTP/1.1\r\nhost: x\r\ncontent-length: 99999\r\n\r\n")
        assert (await reader.read()).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    "start",
    [
        b"GET / HTTP/1.1\r\nhost: x\r\nx-huge: ",
        b"GET /",
        b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nx: ",
        b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n5;x=",
    ],
    ids=["header", "address", "trailer", "chunk line"],
)
async def test_what_stands_around_a_body_may_not_swell(served: Served, start: bytes) -> None:
    async with connected(served) as (reader, writer):
        writer.write(start)
        answer = asyncio.create_task(reader.read())
        sent_bytes = 0
        while not answer.done():
            writer.write(b"a" * 4096)
            sent_bytes += 4096
            await asyncio.sleep(0.001)
            assert sent_bytes < 400 * AROUND_THE_BODY_BYTES
        check_refusal(await answer)


async def test_small_chunks_have_more_around_them(served: Served) -> None:
    chunks = b"".join(b"%x\r\n%b\r\n" % (64, bytes(64)) for _ in range(4 * 1024))
    async with connected(served) as (reader, writer):
        writer.write(b"POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n")
        writer.write(b"transfer-encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n")
        assert (await reader.read()).endswith(b"\r\n\r\n262144")


@pytest.mark.parametrize(
    "said",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
    ],
    ids=["TLS", "length", "chunk"],
)
async def test_what_is_no_http_is_told_so(served: Served, said: bytes) -> None:
    async with connected(served) as (reader, writer):
        writer.write(said)
        check_refusal(await reader.read())


async def test_slow_answers_and_slow_bodies_are_waited_for(served: Served) -> None:
    async with connected(served) as (reader, writer):
        for _ in range(2):
            writer.write(b"POST /slow HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\nab")
            await asyncio.sleep(3 * SHORT_SECONDS)
            writer.write(b"cd")
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
            assert await reader.readexactly(1) == b"4"
