"""A TCP proxy that breaks the network between two real programs, on the loopback interface.

`TcpProxy` lives on an event loop; `ProxyThread` has a loop of its own for tests without one.
What can go wrong is switched at run time and holds for every connection; `heal` ends it.
"""

import asyncio
import contextlib
import random
import socket
import struct
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Self, TypeVar

CHUNK_BYTES: Final = 64 * 1024
CHUNKS_ON_THE_WAY: Final = 64
T = TypeVar("T")

LINGER_ZERO: Final = struct.pack("ii", 1, 0)
"""Closing then sends a reset in place of an orderly end."""


class Mode(StrEnum):
    """What happens to connections and bytes."""

    PASS = "pass"
    BLACK_HOLE = "black_hole"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Slowness:
    """How the bytes are slowed down: each chunk waits, and may be cut into pieces."""

    latency_seconds: float = 0.0
    jitter_seconds: float = 0.0
    bytes_per_chunk: int = CHUNK_BYTES
    pause_seconds: float = 0.0


@dataclass(eq=False)
class _Connection:
    client: asyncio.StreamWriter
    server: asyncio.StreamWriter | None = None
    lost: bool = False
    """Bytes were swallowed: it can never be whole again, so nothing passes any more."""
    client_is_told_nothing: bool = False

    def abort(self) -> None:
        for writer in (self.client, self.server):
            if writer is not None:
                with contextlib.suppress(OSError):
                    writer.get_extra_info("socket").setsockopt(
                        socket.SOL_SOCKET, socket.SO_LINGER, LINGER_ZERO
                    )
                writer.transport.abort()


class TcpProxy:
    """Forwards connections to a target and breaks them when told.

    A connection that lost bytes in a black hole stays dead after `heal`, and neither side is ever
    told, as behind a firewall that has forgotten it; connections that were idle go on.

    Attributes:
        port: where it listens, from `start` on; it stays the same through `refuse`.
        accepted: how many connections there have been.
    """

    def __init__(self, target_host: str, target_port: int, *, seed: int = 0) -> None:
        self.target_host = target_host
        self.target_port = target_port
        self.port = 0
        self.accepted = 0
        self._mode = Mode.PASS
        self._slowness = Slowness()
        self._random = random.Random(seed)
        self._reservation = _reusable_socket()
        self._server: asyncio.Server | None = None
        self._connections: set[_Connection] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._relistening: asyncio.Task[None] | None = None

    async def start(self) -> int:
        """Listen on a free port of 127.0.0.1 and return it."""
        self._reservation.bind(("127.0.0.1", 0))
        self.port = self._reservation.getsockname()[1]
        await self._listen()
        return self.port

    async def stop(self) -> None:
        """Stop listening and reset every connection."""
        self.refuse()
        if self._relistening is not None:
            self._relistening.cancel()
        self._reservation.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def open_connections(self) -> int:
        """How many connections stand now, dead ones included."""
        return len(self._connections)

    def black_hole(self) -> None:
        """Accept everything, pass on nothing, tell nobody."""
        self.heal()
        self._mode = Mode.BLACK_HOLE

    def refuse(self) -> None:
        """Reset every connection and refuse new ones."""
        self._mode = Mode.REFUSE
        if self._server is not None:
            self._server.close()
            self._server = None
        self.reset()

    def reset(self) -> None:
        """Reset every connection; new ones work."""
        for connection in self._connections:
            connection.abort()

    def lead_to(self, target_port: int) -> None:
        """Reset every connection; new ones reach another server."""
        self.target_port = target_port
        self.reset()

    def half_close(self) -> None:
        """Tell every client that the server has said its last; the other direction goes on."""
        for connection in self._connections:
            connection.client_is_told_nothing = True
            with contextlib.suppress(OSError, RuntimeError):
                connection.client.write_eof()

    def latency(self, seconds: float, jitter_seconds: float = 0.0) -> None:
        """Hold every chunk back, in both directions, by `seconds` and up to `jitter_seconds`."""
        self._slowness = Slowness(latency_seconds=seconds, jitter_seconds=jitter_seconds)

    def slice(self, bytes_per_chunk: int, pause_seconds: float = 0.0) -> None:
        """Cut everything into small pieces with a pause after each."""
        self._slowness = Slowness(bytes_per_chunk=bytes_per_chunk, pause_seconds=pause_seconds)

    def heal(self) -> None:
        """Let everything pass again, at full speed."""
        self._mode = Mode.PASS
        self._slowness = Slowness()
        if self._server is None and self._relistening is None and self.port:
            self._relistening = asyncio.get_running_loop().create_task(self._listen())

    async def _listen(self) -> None:
        listener = _reusable_socket()
        listener.bind(("127.0.0.1", self.port))
        self._server = await asyncio.start_server(self._serve, sock=listener, limit=CHUNK_BYTES)
        self._relistening = None
        if self._mode is Mode.REFUSE:
            self.refuse()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = _Connection(writer)
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._connections.add(connection)
        self.accepted += 1
        try:
            if self._mode is Mode.BLACK_HOLE:
                connection.lost = True
                await self._swallow(reader)
                return
            await self._forward(connection, reader)
        except asyncio.CancelledError:
            # Only `stop` cancels; asyncio's streams would log a cancelled handler as an error.
            return
        finally:
            connection.abort()
            self._connections.discard(connection)
            self._tasks.discard(task)

    async def _forward(self, connection: _Connection, reader: asyncio.StreamReader) -> None:
        try:
            answers, server = await asyncio.open_connection(
                self.target_host, self.target_port, limit=CHUNK_BYTES
            )
        except OSError:
            return
        connection.server = server
        await asyncio.gather(
            self._pump(connection, reader, server, to_client=False),
            self._pump(connection, answers, connection.client, to_client=True),
        )

    async def _pump(
        self,
        connection: _Connection,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        to_client: bool,
    ) -> None:
        """Read one direction to its end; a second task writes, each chunk when it is due."""
        due_chunks: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(CHUNKS_ON_THE_WAY)
        writing = asyncio.create_task(self._write(connection, due_chunks, writer, to_client))
        loop, last_due = asyncio.get_running_loop(), 0.0
        try:
            while True:
                try:
                    chunk = await reader.read(CHUNK_BYTES)
                except OSError:
                    connection.lost = connection.lost or self._mode is Mode.BLACK_HOLE
                    chunk = b""
                    if not connection.lost:
                        connection.abort()
                slow = self._slowness
                wait = slow.latency_seconds + self._random.uniform(0, slow.jitter_seconds)
                last_due = max(last_due, loop.time() + wait)
                await due_chunks.put((last_due, chunk))
                if not chunk:
                    break
            await writing
        finally:
            writing.cancel()

    async def _write(
        self,
        connection: _Connection,
        due_chunks: "asyncio.Queue[tuple[float, bytes]]",
        writer: asyncio.StreamWriter,
        to_client: bool,
    ) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due, chunk = await due_chunks.get()
            if due > loop.time():
                await asyncio.sleep(due - loop.time())
            if self._mode is Mode.BLACK_HOLE:
                connection.lost = True
            silenced = connection.lost or (to_client and connection.client_is_told_nothing)
            if not silenced:
                with contextlib.suppress(OSError, RuntimeError):
                    await self._send(writer, chunk)
            if not chunk:
                return

    async def _send(self, writer: asyncio.StreamWriter, chunk: bytes) -> None:
        if not chunk:
            writer.write_eof()
            return
        slow = self._slowness
        for start in range(0, len(chunk), slow.bytes_per_chunk):
            writer.write(chunk[start : start + slow.bytes_per_chunk])
            await writer.drain()
            if slow.pause_seconds:
                await asyncio.sleep(slow.pause_seconds)

    async def _swallow(self, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(OSError):
            while await reader.read(CHUNK_BYTES):
                pass


class ProxyThread:
    """A proxy with an event loop in a thread of its own, for callers without one."""

    def __init__(self, target_host: str, target_port: int, *, seed: int = 0) -> None:
        self._loop = asyncio.new_event_loop()
        self._proxy = TcpProxy(target_host, target_port, seed=seed)
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> int:
        """Listen and return the port."""
        self._thread.start()
        return self._wait(self._proxy.start())

    def stop(self) -> None:
        """Reset every connection and end the thread."""
        self._wait(self._proxy.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._proxy.port

    @property
    def accepted(self) -> int:
        """How many connections there have been."""
        return self._proxy.accepted

    @property
    def open_connections(self) -> int:
        """How many connections stand now."""
        return self._proxy.open_connections

    def black_hole(self) -> None:
        """As `TcpProxy.black_hole`."""
        self._do(self._proxy.black_hole)

    def refuse(self) -> None:
        """As `TcpProxy.refuse`."""
        self._do(self._proxy.refuse)

    def reset(self) -> None:
        """As `TcpProxy.reset`."""
        self._do(self._proxy.reset)

    def lead_to(self, target_port: int) -> None:
        """As `TcpProxy.lead_to`."""
        self._do(lambda: self._proxy.lead_to(target_port))

    def half_close(self) -> None:
        """As `TcpProxy.half_close`."""
        self._do(self._proxy.half_close)

    def latency(self, seconds: float, jitter_seconds: float = 0.0) -> None:
        """As `TcpProxy.latency`."""
        self._do(lambda: self._proxy.latency(seconds, jitter_seconds))

    def slice(self, bytes_per_chunk: int, pause_seconds: float = 0.0) -> None:
        """As `TcpProxy.slice`."""
        self._do(lambda: self._proxy.slice(bytes_per_chunk, pause_seconds))

    def heal(self) -> None:
        """As `TcpProxy.heal`."""
        self._do(self._proxy.heal)

    def _do(self, action: Callable[[], None]) -> None:
        async def on_the_loop() -> None:
            action()

        self._wait(on_the_loop())

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)


def _reusable_socket() -> socket.socket:
    """Return a socket that may share its port: one only holds it, the other listens or not."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    return made
