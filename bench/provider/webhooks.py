"""Tells clients that a job is done, over connections that are kept.

Source: RunPod posts the job with its output, takes any 2xx for success, and tries three times.
"""

import asyncio
from collections import defaultdict
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from bench.loopback import require_loopback

TRIES: Final = 3
RETRY_SECONDS: Final = 10.0

_Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Webhooks:
    """Sends in the background."""

    def __init__(self) -> None:
        self._idle: defaultdict[tuple[str, int], list[_Connection]] = defaultdict(list)
        self._sending: set[asyncio.Task[None]] = set()
        self.sent = 0

    def send(self, url: str, body: bytes) -> None:
        """Post a body, and again when it is not taken.

        Raises:
            NotLoopback: The URL leads to another machine.
        """
        require_loopback(url)
        task = asyncio.create_task(self._deliver(url, body))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    def forget(self) -> None:
        """Drop what is not taken yet, and every connection."""
        for task in self._sending:
            task.cancel()
        for connections in self._idle.values():
            for _, writer in connections:
                writer.close()
        self._idle.clear()

    async def _deliver(self, url: str, body: bytes) -> None:
        for _ in range(TRIES):
            try:
                status = await self._post(url, body)
            except (OSError, asyncio.IncompleteReadError):
                status = 0
            if status // 100 == HTTPStatus.OK // 100:
                self.sent += 1
                return
            await asyncio.sleep(RETRY_SECONDS)

    async def _post(self, url: str, body: bytes) -> int:
        parts = urlsplit(url)
        address = parts.hostname or "", parts.port or 80
        idle = self._idle[address]
        reader, writer = idle.pop() if idle else await asyncio.open_connection(*address)
        writer.write(
            b"POST %b HTTP/1.1\r\nhost: %b\r\ncontent-type: application/json\r\n"
            b"content-length: %d\r\n\r\n" % (parts.path.encode(), parts.netloc.encode(), len(body))
        )
        writer.write(body)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = answer.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        await reader.readexactly(int(length or 0))
        self._idle[address].append((reader, writer))
        return int(answer.split(b" ", 2)[1])
