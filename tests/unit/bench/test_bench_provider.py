"""RunPod and the store as the bench plays them, request by request."""

import asyncio
import base64
import io
import json
from http import HTTPStatus

import pytest
from bench.chains.work import is_completed, picture_in, run_body
from bench.loopback import NotLoopback
from bench.provider.http import HttpConnection, Reply, Request, head, reply
from bench.provider.picture import SIDE_PX, make_picture
from bench.provider.runpod import JOB_SECONDS, Endpoint
from bench.provider.store import Store
from bench.provider.webhooks import Webhooks
from PIL import Image

from shared.runpod.answers import Accepted, Completed, InProgress
from shared.runpod.parse import RawAnswer, parse_health, parse_status, parse_submit

PICTURE = b"a picture that needs no decoding"
LONG_SECONDS = 100.0


class Wire(asyncio.Transport):
    """Keeps what was written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def close(self) -> None:
        self.written += b"[closed]"


def a_request(method: str, target: str, body: bytes = b"") -> Request:
    return Request(method.encode(), target.encode(), body, len(body))


def body_of(answer: Reply) -> bytes:
    return b"".join(answer).partition(b"\r\n\r\n")[2]


def an_answer(answer: Reply) -> RawAnswer:
    return RawAnswer(200, bytearray(body_of(answer)), None)


def test_the_picture_is_real_and_about_64_kilobytes() -> None:
    picture = make_picture()
    assert 56_000 < len(picture) < 68_000
    assert picture == make_picture()
    with Image.open(io.BytesIO(picture)) as image:
        image.load()
        assert (image.format, image.size) == ("PNG", (SIDE_PX, SIDE_PX))


def test_what_the_endpoint_says_is_what_our_client_reads_of_runpod() -> None:
    endpoint = Endpoint(PICTURE, Webhooks())
    endpoint.job_seconds = LONG_SECONDS
    accepted = parse_submit(an_answer(endpoint.serve(a_request("POST", "/v2/b/run", run_body(1)))))
    assert isinstance(accepted, Accepted)
    ask = a_request("GET", f"/v2/b/status/{accepted.runpod_id}")
    assert isinstance(parse_status(an_answer(endpoint.serve(ask)), "ob-x"), InProgress)
    endpoint._began[accepted.runpod_id] -= LONG_SECONDS
    done = parse_status(an_answer(endpoint.serve(ask)), "ob-x")
    assert isinstance(done, Completed)
    assert [image.decode() for image in done.images] == [PICTURE]
    assert (endpoint.submitted, endpoint.asked) == (1, 2)


def test_a_job_may_take_longer_and_the_busiest_ten_seconds_are_counted() -> None:
    endpoint = Endpoint(PICTURE, Webhooks())
    endpoint.job_seconds = LONG_SECONDS
    job_id = json.loads(body_of(endpoint.serve(a_request("POST", "/v2/b/run", b"{}"))))["id"]
    ask = a_request("GET", f"/v2/b/status/{job_id}")
    endpoint._began[job_id] -= LONG_SECONDS / 2
    assert not is_completed(body_of(endpoint.serve(ask)))
    endpoint._began[job_id] -= LONG_SECONDS / 2
    assert json.loads(body_of(endpoint.serve(ask)))["executionTime"] == LONG_SECONDS * 1000
    endpoint.serve(a_request("POST", f"/v2/b/cancel/{job_id}"))
    assert endpoint.busiest == {"most_run": 1, "most_status": 2, "most_cancel": 1}
    endpoint.forget()
    assert endpoint.busiest == {"most_run": 0, "most_status": 0, "most_cancel": 0}
    assert endpoint.job_seconds == JOB_SECONDS


def test_the_chains_read_the_same_answer() -> None:
    endpoint = Endpoint(PICTURE, Webhooks())
    endpoint.job_seconds = LONG_SECONDS
    job_id = json.loads(body_of(endpoint.serve(a_request("POST", "/v2/b/run", b"{}"))))["id"]
    ask = a_request("GET", f"/v2/b/status/{job_id}")
    assert not is_completed(body_of(endpoint.serve(ask)))
    endpoint._began[job_id] -= LONG_SECONDS
    assert is_completed(body_of(endpoint.serve(ask)))
    assert picture_in(body_of(endpoint.serve(ask))) == PICTURE


def test_the_endpoint_has_a_worker_for_whoever_asks() -> None:
    answer = Endpoint(PICTURE, Webhooks()).serve(a_request("GET", "/v2/b/health"))
    assert parse_health(an_answer(answer)).usable_workers > 0


@pytest.mark.parametrize("target", ["/v2/b/status/unknown", "/v2/b/run", "/v2/b/else", "/v2/"])
def test_what_the_endpoint_does_not_know_is_not_found(target: str) -> None:
    answer = Endpoint(PICTURE, Webhooks()).serve(a_request("GET", target))
    assert answer[0].startswith(b"HTTP/1.1 404 ")


def test_a_webhook_to_another_machine_is_refused() -> None:
    with pytest.raises(NotLoopback):
        Webhooks().send("https://example.com/hook", b"{}")


@pytest.mark.asyncio
async def test_a_webhook_comes_when_the_job_is_done_and_carries_the_picture() -> None:
    heard: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def hear(request: Request) -> Reply:
        heard.set_result(request.body)
        return reply(HTTPStatus.OK)

    loop, webhooks = asyncio.get_running_loop(), Webhooks()
    server = await loop.create_server(lambda: HttpConnection(hear), "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
        endpoint, began = Endpoint(PICTURE, webhooks), loop.time()
        endpoint.serve(a_request("POST", "/v2/b/run", run_body(1, url)))
        told = json.loads(await heard)
        assert loop.time() - began > JOB_SECONDS * 0.9
        assert told["status"] == "COMPLETED"
        assert told["output"]["images"][0]["data"] == base64.b64encode(PICTURE).decode()
        while webhooks.sent < 1:
            await asyncio.sleep(0.01)
        webhooks.forget()


def test_the_store_keeps_sizes_and_no_bytes() -> None:
    store = Store()
    store.serve(Request(b"PUT", b"/bucket/a/b.png?x-id=PutObject", b"", 70))
    store.serve(Request(b"PUT", b"/bucket/a/c.png", b"", 30))
    assert (store.objects, store.total_bytes) == (2, 100)
    assert body_of(store.serve(a_request("GET", "/bucket/a/b.png"))) == bytes(70)
    found = store.serve(a_request("HEAD", "/bucket/a/b.png"))
    assert b"content-length: 70\r\n" in b"".join(found)
    assert body_of(found) == b""
    store.serve(a_request("DELETE", "/bucket/a/b.png"))
    assert store.serve(a_request("GET", "/bucket/a/b.png"))[0].startswith(b"HTTP/1.1 404 ")
    assert (store.objects, store.total_bytes) == (1, 30)


@pytest.mark.parametrize("target", ["/bucket", "/bucket/", "/bucket?list-type=2&prefix=a"])
def test_every_bucket_is_there(target: str) -> None:
    assert Store().serve(a_request("GET", target))[0].startswith(b"HTTP/1.1 200 ")


def test_requests_in_pieces_and_in_a_row_are_each_answered() -> None:
    seen: list[Request] = []

    def serve(request: Request) -> Reply:
        seen.append(request)
        return (head(HTTPStatus.OK, 0),)

    connection, wire = HttpConnection(serve), Wire()
    connection.connection_made(wire)
    for piece in (b"PUT /a HTTP/1.1\r\ncontent-length: 6\r\nexpect: 100-cont", b"inue\r\n\r\n"):
        connection.data_received(piece)
    assert wire.written == b"HTTP/1.1 100 Continue\r\n\r\n"
    connection.data_received(b"abc")
    connection.data_received(b"defPOST /b HTTP/1.1\r\ncontent-length: 2\r\n\r\nhi")
    assert seen == [Request(b"PUT", b"/a", b"", 6), Request(b"POST", b"/b", b"hi", 2)]
    assert wire.written.count(b"HTTP/1.1 200 OK") == 2


def test_what_is_no_http_ends_the_connection() -> None:
    connection, wire = HttpConnection(lambda _: reply(HTTPStatus.OK)), Wire()
    connection.connection_made(wire)
    connection.data_received(b"hello\r\n\r\n")
    assert wire.written == b"[closed]"
