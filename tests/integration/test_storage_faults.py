"""The object store's adapter when the store is slow, wrong or away."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from shared.errors import StorageUnavailable
from shared.storage.objects import ObjectConflict
from shared.storage.r2 import R2Objects, R2Settings

CONTENT = b"picture" * 100
SHA256 = hashlib.sha256(CONTENT).hexdigest()

OK = "200 OK"
FAULT = "500 Internal Server Error"
REFUSED = "412 Precondition Failed"


def answer(status: str, body: bytes = b"", headers: str = "", length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    head = f"HTTP/1.1 {status}\r\nContent-Length: {size}\r\nConnection: close\r\n{headers}\r\n"
    return head.encode() + body


class Store:
    """A store that answers from a list, the last one for ever."""

    def __init__(self, *answers: bytes) -> None:
        self._answers = list(answers)
        self.methods: list[str] = []
        self.bodies: list[bytes] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            if "100-continue" in head.lower():
                writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            fields = dict(
                line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line
            )
            self.bodies.append(await reader.readexactly(int(fields.get("content-length", "0"))))
            self.methods.append(head.split(" ", 1)[0])
            writer.write(self._answers.pop(0) if len(self._answers) > 1 else self._answers[0])
            await writer.drain()


@asynccontextmanager
async def opened(store: Store) -> AsyncIterator[R2Objects]:
    handlers: set[asyncio.Task[None]] = set()

    async def track(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        handlers.add(task)
        await store.serve(reader, writer)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(track, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        async with R2Objects(R2Settings(url, url, "key", "secret", "b")) as objects:
            yield objects
    finally:
        server.close()
        await server.wait_closed()
        await asyncio.gather(*handlers)


def file_in(folder: Path) -> Path:
    path = folder / "picture.png"
    path.write_bytes(CONTENT)
    return path


def stored(sha256: str) -> bytes:
    return answer(OK, headers=f"x-amz-meta-sha256: {sha256}\r\n", length=len(CONTENT))


@pytest.mark.asyncio
async def test_a_passing_fault_is_tried_again_with_the_whole_file(tmp_path: Path) -> None:
    store = Store(answer(FAULT), answer(OK))
    async with opened(store) as objects:
        await objects.put_file("k", file_in(tmp_path), "image/png", SHA256)

    assert store.bodies == [CONTENT, CONTENT]


@pytest.mark.asyncio
async def test_a_success_that_looked_like_a_fault_is_a_success(tmp_path: Path) -> None:
    store = Store(answer(FAULT), answer(REFUSED), stored(SHA256))
    async with opened(store) as objects:
        await objects.put_file_once("k", file_in(tmp_path), "image/png", SHA256)

    assert store.methods == ["PUT", "PUT", "HEAD"]


@pytest.mark.asyncio
async def test_other_bytes_under_the_key_are_a_conflict(tmp_path: Path) -> None:
    store = Store(answer(REFUSED), stored("0" * 64))
    async with opened(store) as objects:
        with pytest.raises(ObjectConflict):
            await objects.put_file_once("k", file_in(tmp_path), "image/png", SHA256)


@pytest.mark.asyncio
async def test_the_beginning_of_our_own_bytes_is_a_conflict(tmp_path: Path) -> None:
    beginning = answer(OK, headers=f"x-amz-meta-sha256: {SHA256}\r\n", length=len(CONTENT) // 2)
    async with opened(Store(answer(REFUSED), beginning)) as objects:
        with pytest.raises(ObjectConflict):
            await objects.put_file_once("k", file_in(tmp_path), "image/png", SHA256)


@pytest.mark.asyncio
async def test_a_refusal_for_an_object_that_is_not_there_is_tried_again_later(
    tmp_path: Path,
) -> None:
    store = Store(answer(REFUSED), answer("404 Not Found"))
    async with opened(store) as objects:
        with pytest.raises(StorageUnavailable):
            await objects.put_file_once("k", file_in(tmp_path), "image/png", SHA256)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "status",
    [
        FAULT,
        "503 Slow Down",
        "429 Too Many Requests",
        "403 Forbidden",
        "401 Unauthorized",
    ],
)
async def test_a_lasting_fault_is_worth_a_later_try(status: str, tmp_path: Path) -> None:
    async with opened(Store(answer(status))) as objects:
        with pytest.raises(StorageUnavailable):
            await objects.put_file_once("k", file_in(tmp_path), "image/png", SHA256)


@pytest.mark.asyncio
async def test_a_picture_cut_short_is_found_out(tmp_path: Path) -> None:
    cut = answer(OK, CONTENT[:300], f"x-amz-meta-sha256: {SHA256}\r\n", length=len(CONTENT))
    async with opened(Store(cut)) as objects:
        with pytest.raises(StorageUnavailable):
            await objects.get_to_file("k", tmp_path / "back", limit_bytes=10_000)


@pytest.mark.asyncio
async def test_a_store_that_is_away_is_worth_a_later_try(tmp_path: Path) -> None:
    url = "http://127.0.0.1:1"
    away = R2Settings(url, url, "key", "secret", "b", max_attempts=1)
    async with R2Objects(away) as objects:
        for call in (
            objects.put_file("k", file_in(tmp_path), "image/png", SHA256),
            objects.head("k"),
            objects.delete_many(["k", "l"]),
            objects.delete_prefix("k/"),
            objects.ensure_bucket(),
        ):
            with pytest.raises(StorageUnavailable):
                await call
