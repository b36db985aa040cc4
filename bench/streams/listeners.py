"""Many readers of live events in one process, as light as they can be.

Started as `python -m bench.streams.listeners URL`; reads orders as lines of JSON, and answers each
with a line:

- `{"open": ["cookie", …], "path": "/v1/events"}`: how many streams were opened, one for each;
- `{"arm": "word", "count": 10}`: how many streams are open; from then on it looks for the word;
- `{"told": "word"}`: once so many streams were told it, the instants at which each was, in seconds
  since 1970.
"""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final, cast
from urllib.parse import SplitResult, urlsplit

import uvloop

from bench.chains.intake import READY, say
from bench.loopback import require_loopback

OPEN_AT_ONCE: Final = 64
PATIENCE_SECONDS: Final = 60.0


@dataclass(slots=True)
class Room:
    """All readers, and what they listen for."""

    readers: "set[Reader]" = field(default_factory=set)
    word: bytes = b""
    wanted: int = 0
    told_at: "dict[Reader, float]" = field(default_factory=dict)
    all_told: asyncio.Event = field(default_factory=asyncio.Event)

    def arm(self, word: str, wanted: int) -> int:
        """Begin to look for a word that so many are to be told; return how many are here."""
        self.word, self.wanted = word.encode(), wanted
        self.told_at.clear()
        self.all_told.clear()
        return len(self.readers)

    def tell(self, reader: "Reader") -> None:
        """Note that a reader was told the word."""
        self.told_at.setdefault(reader, time.time())
        if len(self.told_at) >= self.wanted:
            self.all_told.set()


class Reader(asyncio.Protocol):
    """One stream.

    Args:
        request: what is sent to open it.
        room: where it is while it is open.
    """

    def __init__(self, request: bytes, room: Room) -> None:
        self._request = request
        self._room = room
        self._rest = b""
        self.status: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the stream."""
        cast("asyncio.WriteTransport", transport).write(self._request)  # uvloop's inherits nothing

    def data_received(self, data: bytes) -> None:
        """Take the status from the first line of the answer; then look for the word."""
        if not self.status.done():
            self.status.set_result(int(data.split(b" ", 2)[1]))
            self._room.readers.add(self)
        word = self._room.word
        seen = self._rest + data
        if word and word in seen:
            self._room.tell(self)
        self._rest = seen[-len(word) :] if word else b""

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave."""
        self._room.readers.discard(self)
        if not self.status.done():
            self.status.set_exception(exc or ConnectionResetError())


async def serve(url: str) -> None:
    """Carry out orders until there are no more."""
    address = urlsplit(require_loopback(url))
    room = Room()
    say(READY)
    while line := await asyncio.to_thread(sys.stdin.readline):
        order: dict[str, Any] = json.loads(line)
        match order:
            case {"open": list(cookies), "path": str(path)}:
                head = f"GET {path} HTTP/1.1\r\nhost: {address.netloc}\r\ncookie: "
                requests = [f"{head}{cookie}\r\n\r\n".encode() for cookie in cookies]
                say(json.dumps(await _open(address, requests, room)))
            case {"arm": str(word), "count": int(count)}:
                say(json.dumps(room.arm(word, count)))
            case {"told": str()}:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await room.all_told.wait()
                say(json.dumps(list(room.told_at.values())))


async def _open(address: SplitResult, requests: Sequence[bytes], room: Room) -> int:
    loop, turns = asyncio.get_running_loop(), asyncio.Semaphore(OPEN_AT_ONCE)

    async def one(request: bytes) -> bool:
        async with turns:
            _, reader = await loop.create_connection(
                lambda: Reader(request, room), address.hostname or "", address.port or 80
            )
            return await reader.status == HTTPStatus.OK

    return sum(await asyncio.gather(*map(one, requests)))


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1]))
