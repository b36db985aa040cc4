"""The HTTP server around the application: on SIGTERM streams end first, then it drains."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Iterator
from typing import Final

import uvicorn
from fastapi import FastAPI

from gateway.composition import GatewayParts
from gateway.security.connections import GuardedConnection, GuardedHttpsConnection

KEEP_ALIVE_SECONDS: Final = 75
"""Longer than the 60 s of the usual proxies, so that it is they who close an idle connection."""


_CLOSE: Final = (b"connection", b"close")


class GatewayServer(uvicorn.Server):
    """Leaves after draining; event streams end at once, because they never would.

    It says that it leaves before it does: not ready, and no connection is kept, so that whoever
    spreads the requests has turned to another gateway by the time that this one stops listening.
    """

    def __init__(self, config: uvicorn.Config, parts: GatewayParts) -> None:
        super().__init__(config)
        self._parts = parts

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Drain on SIGTERM and SIGINT, and raise neither again."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and be ready from then on."""
        await super().startup(sockets)
        self._parts.health.starting = False

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Give notice and end the streams, then let running requests finish."""
        self._parts.health.draining = True
        self._parts.hub.close()
        self.server_state.default_headers = [*self.server_state.default_headers, _CLOSE]
        await asyncio.sleep(self._parts.settings.leave_notice_seconds)
        await super().shutdown(sockets)


def build_server(app: FastAPI, parts: GatewayParts) -> GatewayServer:
    """Return a server that is ready to `serve`."""
    settings = parts.settings
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=GuardedHttpsConnection if settings.is_production else GuardedConnection,
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=settings.drain_seconds,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )
    return GatewayServer(config, parts)
