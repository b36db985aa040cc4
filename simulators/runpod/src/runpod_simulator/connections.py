"""Open client connections, so that one can be torn apart without an answer."""

import asyncio
import socket
import struct
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

Peer = tuple[str, int]
_RESET_AT_CLOSE: Final = struct.pack("ii", 1, 0)
"""SO_LINGER with no time, which makes closing send RST instead of FIN."""


class Connections:
    """The transports by the address of the client."""

    def __init__(self) -> None:
        """Start without connections."""
        self._open: dict[Peer, asyncio.Transport] = {}

    def add(self, peer: Peer, transport: asyncio.Transport) -> None:
        """Remember a connection."""
        self._open[peer] = transport

    def remove(self, peer: Peer) -> None:
        """Forget a connection that is closed."""
        self._open.pop(peer, None)

    def reset(self, peer: Peer | None) -> None:
        """Tear a connection apart; its client sees a reset."""
        transport = None if peer is None else self._open.get(peer)
        if transport is None:
            return
        sock = transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_CLOSE)
        transport.abort()


def tracked_protocol(connections: Connections) -> type[HttpToolsProtocol]:
    """Return uvicorn's HTTP protocol, which also keeps the list of connections."""

    class TrackedProtocol(HttpToolsProtocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
            super().connection_made(transport)
            if self.client is not None:
                connections.add(self.client, transport)

        def connection_lost(self, exc: Exception | None) -> None:
            if self.client is not None:
                connections.remove(self.client)
            super().connection_lost(exc)

    return TrackedProtocol
