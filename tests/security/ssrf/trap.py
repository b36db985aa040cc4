"""A network for tests: one public address has a server behind it, every other one is a trap.

Whatever is dialled is really connected, on loopback; so a trap that nobody entered proves that
nothing was dialled but what was meant to be.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import httpcore

PUBLIC = "93.184.215.14"
"""Belongs to the public internet, and is only ever dialled on this network."""

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


class PlainStream(httpcore.AsyncNetworkStream):
    """A connection that notes for whom it would be encrypted, and is not."""

    def __init__(self, stream: httpcore.AsyncNetworkStream, names: list[str | None]) -> None:
        self._stream = stream
        self._names = names

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        return await self._stream.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        _ = timeout
        assert ssl_context.check_hostname
        assert ssl_context.verify_mode is ssl.CERT_REQUIRED
        self._names.append(server_hostname)
        return self

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


@dataclass
class Network(httpcore.AsyncNetworkBackend):
    """What dials."""

    public_port: int
    trap_port: int
    trapped: list[bytes] = field(default_factory=list)
    dialled: list[tuple[str, int]] = field(default_factory=list)
    asked_for: list[str | None] = field(default_factory=list)
    requests: list[bytes] = field(default_factory=list)
    answer: bytes = ANSWER

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        _ = timeout, local_address, socket_options
        self.dialled.append((host, port))
        to = self.public_port if host == PUBLIC else self.trap_port
        return PlainStream(
            await httpcore.AnyIOBackend().connect_tcp("127.0.0.1", to), self.asked_for
        )

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@asynccontextmanager
async def listening_network() -> AsyncIterator[Network]:
    """Listen behind the public address and in the trap."""
    network = Network(0, 0)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            network.requests.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(network.answer)
            await writer.drain()
        writer.close()

    async def trap(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        network.trapped.append(b"")
        with suppress(ConnectionError):
            network.trapped[-1] = await reader.read(4096)
        writer.close()

    async with (
        await asyncio.start_server(serve, "127.0.0.1", 0) as public,
        await asyncio.start_server(trap, "127.0.0.1", 0) as trapping,
    ):
        network.public_port = public.sockets[0].getsockname()[1]
        network.trap_port = trapping.sockets[0].getsockname()[1]
        yield network
