"""One request over a connection of its own, byte by byte as it was made."""

import asyncio
import json
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from attack.forms import Form

ANSWER_LIMIT_SECONDS: Final = 60.0
PROMISED_SECONDS: Final = 10.0
_CREATE: Final = "/v1/jobs"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back.

    ``status`` is 0 when the server closed without a word, or when the sender hung up; ``code`` is
    the one out of the catalogue, and empty when the answer has none.
    """

    status: int
    code: str
    seconds: float
    job_id: str = ""
    retry_after: bool = False


async def send(url: str, cookie: str, form: Form) -> Answer:
    """Send a form and wait for the whole answer.

    Raises:
        TimeoutError: there was no end of it within a minute.
    """
    began = time.perf_counter()
    async with asyncio.timeout(ANSWER_LIMIT_SECONDS):
        said = await _exchange(url, cookie, form)
    return _parse(said, time.perf_counter() - began)


async def _exchange(url: str, cookie: str, form: Form) -> bytes:
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        writer.write(form.head(_CREATE, address.netloc, cookie))
        if form.sent_bytes is not None:
            writer.write(form.body[: form.sent_bytes])
            await writer.drain()
            writer.transport.abort()
            return b""
        reading = asyncio.create_task(_read_answer(reader))
        # A server that has refused already may not read on.
        with suppress(ConnectionError):
            writer.write(form.body)
            await writer.drain()
        # One that was promised more than there is gets to know that nothing follows.
        limit_seconds = None if form.framing is None else PROMISED_SECONDS
        done, _ = await asyncio.wait({reading}, timeout=limit_seconds)
        if not done:
            writer.write_eof()
        return await reading
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def _read_answer(reader: asyncio.StreamReader) -> bytes:
    """Return the first answer, by its own length as a browser would; nothing when there is none."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        while head.startswith(b"HTTP/1.1 1"):
            head = await reader.readuntil(b"\r\n\r\n")
        length = head.lower().partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0]
        return head + await reader.readexactly(int(length))
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""


def _parse(said: bytes, seconds: float) -> Answer:
    head, _, body = said.partition(b"\r\n\r\n")
    words = head.split(b" ", 2)
    if len(words) < 2 or not words[1].isdigit():
        return Answer(0, "", seconds)
    lower = head.lower()
    try:
        content = json.loads(body)
    except ValueError:
        content = {}
    return Answer(
        status=int(words[1]),
        code=str(content.get("code") or ""),
        seconds=seconds,
        job_id=str(content.get("id") or ""),
        retry_after=b"\r\nretry-after:" in lower,
    )
