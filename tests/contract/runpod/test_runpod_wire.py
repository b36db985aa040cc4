"""What can happen to a request on the wire, with a server that does exactly that."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from shared.egress.client import open_public_http
from shared.egress.targets import read_target
from shared.errors import NotFound, PermanentError, RunPodUnavailable
from shared.runpod.answers import (
    Accepted,
    Answered,
    Completed,
    Failed,
    FailureKind,
    Gone,
    NotAccepted,
    OutputImage,
    OutputKind,
    Unknown,
)
from shared.runpod.client import ANSWER_LIMIT_BYTES, RunPodClient, open_http
from shared.runpod.results import ResultFetcher

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
KEY = "a-key-that-no-text-may-show"


class Server:
    """A server with one behaviour that keeps what it was sent."""

    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self.requests: list[bytes] = []
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                (
                    int(line.partition(b":")[2])
                    for line in head.lower().split(b"\r\n")
                    if line.startswith(b"content-length")
                ),
                0,
            )
            self.requests.append(head + await reader.readexactly(length))
            await self._behaviour(reader, writer)
            await writer.drain()


@asynccontextmanager
async def listening(handle: Behaviour) -> AsyncIterator[int]:
    """Yield the port of a server, and leave only when it has let go of every connection."""
    handlers: set[asyncio.Task[None]] = set()

    async def track(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        handlers.add(task)
        await handle(reader, writer)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(track, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()
        await asyncio.gather(*handlers)


@asynccontextmanager
async def serving(behaviour: Behaviour) -> AsyncIterator[Server]:
    served = Server(behaviour)
    async with listening(served.serve) as served.port:
        yield served


def saying(
    status: str, body: bytes = b"", headers: str = "", length: int | None = None
) -> Behaviour:
    async def behave(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        size = len(body) if length is None else length
        head = f"HTTP/1.1 {status}\r\nContent-Length: {size}\r\nConnection: close\r\n{headers}\r\n"
        writer.write(head.encode() + body)

    return behave


async def close_without_answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def speak_nonsense(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 mail.example ESMTP\r\n")


async def say_too_much(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    for _chunk in range(ANSWER_LIMIT_BYTES // (1 << 20) + 2):
        writer.write(bytes(1 << 20))
        await writer.drain()


@asynccontextmanager
async def client_of(url: str) -> AsyncIterator[RunPodClient]:
    async with open_http() as http:
        yield RunPodClient(http, f"{url}/v2", "ep-1", KEY)


@asynccontextmanager
async def fetching(behaviour: Behaviour) -> AsyncIterator[tuple[Server, ResultFetcher]]:
    """Serve on an origin that the fetcher may ask, for pictures of at most 1,000 bytes."""
    async with serving(behaviour) as server:
        origins = [read_target(server.url)]
        async with open_public_http(origins) as http:
            yield server, ResultFetcher(http, origins, limit_bytes=1000)


@pytest.mark.asyncio
async def test_a_submission_is_one_post_of_exactly_these_bytes() -> None:
    accepting = saying("200 OK", b'{"id":"J-u1","status":"IN_QUEUE"}')
    async with serving(accepting) as server, client_of(server.url) as client:
        outcome = await client.submit(b'{"input":{"a":1}}')

    assert outcome == Accepted("J-u1")
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert len(server.requests) == 1
    assert head.startswith(b"POST /v2/ep-1/run HTTP/1.1\r\n")
    assert f"authorization: bearer {KEY}".lower().encode() in head.lower()
    assert b"content-type: application/json" in head.lower()
    assert body == b'{"input":{"a":1}}'


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "behaviour",
    [
        close_without_answer,
        reset,
        speak_nonsense,
        say_too_much,
        saying("500 Oops"),
        saying("502 Bad Gateway", b"<html>"),
        saying("200 OK", b'{"status":"IN_QUEUE"}'),
        saying("200 OK", b'{"id":"J', length=500),
        saying("307 Elsewhere", headers="Location: /v2/ep-1/run\r\n"),
    ],
)
async def test_a_submission_that_may_have_arrived_is_unknown_and_never_repeated(
    behaviour: Behaviour,
) -> None:
    async with serving(behaviour) as server, client_of(server.url) as client:
        outcome = await client.submit(b"{}")

    assert isinstance(outcome, Unknown)
    assert len(server.requests) == 1


@pytest.mark.asyncio
@pytest.mark.parametrize("end", [close_without_answer, reset])
async def test_a_submission_over_a_kept_connection_that_is_cut_is_not_repeated(
    end: Behaviour,
) -> None:
    """It looks like a connection that had gone stale, on which clients like to try again."""

    async def answer_and_listen_again(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        body = b'{"id":"J","status":"IN_QUEUE"}'
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        await writer.drain()
        head = await reader.readuntil(b"\r\n\r\n")
        server.requests.append(head + await reader.readexactly(2))
        await end(reader, writer)

    async with serving(answer_and_listen_again) as server, client_of(server.url) as client:
        assert isinstance(await client.submit(b"{}"), Accepted)
        outcome = await client.submit(b"{}")

    assert isinstance(outcome, Unknown)
    assert len(server.requests) == 2


@pytest.mark.asyncio
async def test_a_submission_without_an_answer_in_time_is_unknown() -> None:
    async def wait_for_ever(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async with serving(wait_for_ever) as server, open_http() as http:
        client = RunPodClient(http, server.url, "ep-1", KEY, submit_timeout_seconds=0.1)
        outcome = await client.submit(b"{}")

    assert isinstance(outcome, Unknown)


@pytest.mark.asyncio
@pytest.mark.parametrize("host", ["http://127.0.0.1:1", "http://no-such-host.invalid"])
async def test_a_submission_that_never_left_may_be_sent_again(host: str) -> None:
    async with client_of(host) as client:
        outcome = await client.submit(b"{}")

    assert isinstance(outcome, NotAccepted)
    assert (outcome.http_status, outcome.reason) == (None, "not_connected")
    assert outcome.retryable
    assert not outcome.config_error


@pytest.mark.asyncio
async def test_a_failed_tls_handshake_never_left() -> None:
    async def hello(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"not tls at all\r\n\r\n")
        await writer.drain()

    async with listening(hello) as port, client_of(f"https://127.0.0.1:{port}") as client:
        outcome = await client.submit(b"{}")

    assert isinstance(outcome, NotAccepted)
    assert outcome.reason == "not_connected"


@pytest.mark.asyncio
async def test_an_address_that_is_none_is_a_fault_of_the_settings() -> None:
    async with client_of("rabbit://nowhere") as client:
        outcome = await client.submit(b"{}")

    assert isinstance(outcome, NotAccepted)
    assert outcome.config_error


@pytest.mark.asyncio
async def test_a_refusal_is_not_repeated_and_keeps_the_wish_to_wait() -> None:
    busy = saying("429 Too Many Requests", b'{"error":"slow down"}', "Retry-After: 4\r\n")
    async with serving(busy) as server, client_of(server.url) as client:
        outcome = await client.submit(b"{}")

    assert isinstance(outcome, NotAccepted)
    assert (outcome.reason, outcome.retry_after_seconds) == ("rate_limited", 4.0)
    assert len(server.requests) == 1


@pytest.mark.asyncio
async def test_a_refusal_keeps_its_text_but_no_key() -> None:
    text = f"bad request: body: exceeded max body size of 10MiB, key Bearer {KEY}".encode()
    async with serving(saying("400 Bad Request", text)) as server, client_of(server.url) as client:
        outcome = await client.submit(b"{}")

    assert isinstance(outcome, NotAccepted)
    assert not outcome.retryable
    assert "exceeded max body size of 10MiB" in outcome.detail
    assert KEY not in repr(outcome)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "behaviour",
    [close_without_answer, reset, speak_nonsense, saying("503 Busy"), saying("200 OK", b"{")],
)
async def test_reading_and_cancelling_may_be_tried_again(behaviour: Behaviour) -> None:
    async with serving(behaviour) as server, client_of(server.url) as client:
        for call in (client.status("J"), client.cancel("J"), client.health()):
            with pytest.raises(RunPodUnavailable) as caught:
                await call
            assert KEY not in f"{caught.value!r} {caught.value}"


@pytest.mark.asyncio
async def test_an_answer_without_end_is_a_failure() -> None:
    async with serving(say_too_much) as server, client_of(server.url) as client:
        outcome = await client.status("J")

    assert isinstance(outcome, Failed)
    assert outcome.kind is FailureKind.ANSWER_TOO_LARGE


@pytest.mark.asyncio
@pytest.mark.parametrize("runpod_id", ["..", "a/b", "a?b", "", "ก", "a b", "x" * 300])
async def test_an_id_that_cannot_be_one_is_gone_without_asking(runpod_id: str) -> None:
    async with serving(saying("200 OK", b"{}")) as server, client_of(server.url) as client:
        assert await client.status(runpod_id) == Gone()
        assert await client.cancel(runpod_id) == Gone()

    assert server.requests == []


@pytest.mark.asyncio
async def test_a_synchronous_run_waits_for_the_job() -> None:
    body = (
        b'{"id":"sync-1","status":"COMPLETED","output":{"images":[{"filename":"ours_1.png",'
        b'"type":"base64","data":"iVBORw0KGgoAAAANSUhEUg"}]}}'
    )
    async with serving(saying("200 OK", body)) as server, client_of(server.url) as client:
        outcome = await client.runsync(b"{}", wait_ms=5, filename_prefix="ours")

    assert isinstance(outcome, Answered)
    assert isinstance(outcome.status, Completed)
    assert server.requests[0].startswith(b"POST /v2/ep-1/runsync?wait=1000 ")


@pytest.mark.asyncio
async def test_a_picture_is_fetched_from_an_allowed_origin_without_our_key(
    tmp_path: Path,
) -> None:
    async with fetching(saying("200 OK", b"picture")) as (server, fetcher):
        image = OutputImage("x.png", OutputKind.URL, f"{server.url}/a.png?X-Amz-Signature=s")
        size_bytes = await fetcher.fetch(image, tmp_path / "picture")

    assert size_bytes == 7
    assert (tmp_path / "picture").read_bytes() == b"picture"
    assert server.requests[0].startswith(b"GET /a.png?X-Amz-Signature=s ")
    assert b"uthorization" not in server.requests[0]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{other}/a.png",
        "https://127.0.0.1:{port}/a.png",
        "http://localhost:{port}/a.png",
        "http://user@127.0.0.1:{port}/a.png",
        "http://127.0.0.1:{port}@169.254.169.254/a.png",
        "http://169.254.169.254\\@127.0.0.1:{port}/a.png",
        "http:///a.png",
        "http://127.0.0.1:99999999/a.png",
    ],
)
async def test_any_other_origin_is_not_even_asked(url: str, tmp_path: Path) -> None:
    async with fetching(saying("200 OK", b"picture")) as (server, fetcher):
        data = url.format(port=server.port, other=server.port + 1)
        with pytest.raises(PermanentError) as caught:
            await fetcher.fetch(OutputImage("x", OutputKind.URL, data), tmp_path / "picture")

    assert caught.value.code == "provider_result_invalid"
    assert server.requests == []


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("behaviour", "code"),
    [
        (saying("302 Found", headers="Location: http://169.254.169.254/\r\n"), "refused"),
        (saying("400 Bad Request"), "refused"),
        (saying("200 OK", bytes(2000)), "too_large"),
    ],
)
async def test_a_picture_that_cannot_be_had_is_invalid(
    behaviour: Behaviour, code: str, tmp_path: Path
) -> None:
    async with fetching(behaviour) as (server, fetcher):
        with pytest.raises(PermanentError) as caught:
            await fetcher.fetch(
                OutputImage("x", OutputKind.URL, f"{server.url}/a"), tmp_path / "picture"
            )

    assert caught.value.params == {"reason": code}


@pytest.mark.asyncio
@pytest.mark.parametrize("status", ["403 Forbidden", "404 Not Found"])
async def test_an_expired_link_is_a_lost_result(status: str, tmp_path: Path) -> None:
    async with fetching(saying(status)) as (server, fetcher):
        with pytest.raises(NotFound) as caught:
            await fetcher.fetch(
                OutputImage("x", OutputKind.URL, f"{server.url}/a"), tmp_path / "picture"
            )

    assert caught.value.code == "result_lost"


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "behaviour", [saying("503 Busy"), reset, saying("200 OK", b"half", length=100)]
)
async def test_a_store_at_fault_may_be_asked_again(behaviour: Behaviour, tmp_path: Path) -> None:
    async with fetching(behaviour) as (server, fetcher):
        with pytest.raises(RunPodUnavailable) as caught:
            await fetcher.fetch(
                OutputImage("x", OutputKind.URL, f"{server.url}/a?token=secret"), tmp_path / "p"
            )

    assert "secret" not in str(caught.value)


@pytest.mark.asyncio
async def test_an_encoded_picture_over_the_limit_is_invalid(tmp_path: Path) -> None:
    async with open_public_http() as http:
        fetcher = ResultFetcher(http, limit_bytes=1000)
        image = OutputImage("x", OutputKind.BASE64, "A" * 2000)
        with pytest.raises(PermanentError):
            await fetcher.fetch(image, tmp_path / "picture")
        assert not (tmp_path / "picture").exists()
        small = OutputImage("x", OutputKind.BASE64, "AAAA")
        assert await fetcher.fetch(small, tmp_path / "picture") == 3
