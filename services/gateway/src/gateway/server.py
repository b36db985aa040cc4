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
from gateway.settings import GatewaySettings

DRAIN_SECONDS: Final = 20
KEEP_ALIVE_SECONDS: Final = 75
"""Longer than the 60 s of the usual proxies, so that it is they who close an idle connection."""


class GatewayServer(uvicorn.Server):
    """Leaves with 0 after draining; event streams end at once, because they never would."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._gateway = app

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Drain on SIGTERM and SIGINT, and raise neither again afterwards."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, then let running requests finish."""
        parts: GatewayParts | None = getattr(self._gateway.state, "parts", None)
        if parts is not None:
            parts.health.draining = True
            parts.hub.close()
        await super().shutdown(sockets)


def build_server(app: FastAPI, settings: GatewaySettings) -> GatewayServer:
    """Return a server that is ready to `serve`."""
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )
    return GatewayServer(config, app)
