"""Bytes over a connection of their own, and the answers that came back, told apart."""

import asyncio
from dataclasses import dataclass
from typing import Final

SILENCE_SECONDS: Final = 1.0
"""After so long without a byte nothing more is expected on a connection that stays open."""

LONGEST_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """One answer of a connection; header names are in small letters, the last of a name counts."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Exchange:
    """What came back, and whether the other side closed the connection."""

    answers: list[RawAnswer]
    closed: bool
    leftover: bytes

    @property
    def statuses(self) -> list[int]:
        """Return the status of each answer."""
        return [answer.status for answer in self.answers]


async def exchange(port: int, sent: bytes, *, method: str = "GET") -> Exchange:
    """Send bytes to a port of this machine and collect what comes until it closes or is silent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    heard, closed = bytearray(), False
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            sending = asyncio.create_task(_send(writer, sent))
            while not closed:
                try:
                    chunk = await asyncio.wait_for(reader.read(65536), _patience(heard))
                except TimeoutError:
                    break
                except ConnectionError:
                    chunk = b""
                closed = not chunk
                heard += chunk
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
    finally:
        writer.transport.abort()
    return _parse(bytes(heard), closed=closed, is_head=method == "HEAD")


def _patience(heard: bytes | bytearray) -> float:
    return SILENCE_SECONDS if heard else LONGEST_SECONDS / 2


async def _send(writer: asyncio.StreamWriter, sent: bytes) -> None:
    writer.write(sent)
    await writer.drain()


def _parse(heard: bytes, *, closed: bool, is_head: bool) -> Exchange:
    answers = []
    while heard.startswith(b"HTTP/"):
        head, end, rest = heard.partition(b"\r\n\r\n")
        if not end:
            break
        status_line, *lines = head.decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines)
        }
        status = int(status_line.split(" ")[1])
        if is_head or status in {100, 204, 304}:
            body, heard = b"", rest
        elif "chunked" in headers.get("transfer-encoding", ""):
            body, heard = rest, b""
        else:
            length = int(headers.get("content-length", len(rest)))
            body, heard = rest[:length], rest[length:]
        if status != 100:
            answers.append(RawAnswer(status, headers, body))
    return Exchange(answers, closed, heard)
