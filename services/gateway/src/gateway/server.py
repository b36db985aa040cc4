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
from gateway.settings import GatewaySettings

DRAIN_SECONDS: Final = 20
KEEP_ALIVE_SECONDS: Final = 75
"""Longer than the 60 s of the usual proxies, so that it is they who close an idle connection."""


_CLOSE: Final = (b"connection", b"close")


class GatewayServer(uvicorn.Server):
    """Leaves with 0 after draining; event streams end at once, because they never would.

    It says that it leaves before it does: not ready, and no connection is kept, so that whoever
    spreads the requests has turned to another gateway by the time that this one stops listening.
    """

    def __init__(self, config: uvicorn.Config, app: FastAPI, notice_seconds: float) -> None:
        super().__init__(config)
        self._gateway = app
        self._notice_seconds = notice_seconds

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Drain on SIGTERM and SIGINT, and raise neither again afterwards."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield

    @property
    def broken(self) -> bool:
        """Whether the process has given itself up."""
        parts: GatewayParts | None = getattr(self._gateway.state, "parts", None)
        return parts is not None and parts.health.broken is not None

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Give notice and end the streams, then let running requests finish."""
        parts: GatewayParts | None = getattr(self._gateway.state, "parts", None)
        if parts is not None:
            parts.health.draining = True
            parts.hub.close()
            self.server_state.default_headers = [*self.server_state.default_headers, _CLOSE]
            await asyncio.sleep(self._notice_seconds)
        await super().shutdown(sockets)


def build_server(app: FastAPI, settings: GatewaySettings) -> GatewayServer:
    """Return a server that is ready to `serve`."""
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=GuardedHttpsConnection if settings.is_production else GuardedConnection,
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )
    return GatewayServer(config, app, settings.leave_notice_seconds)
