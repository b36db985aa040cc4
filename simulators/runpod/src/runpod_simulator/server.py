"""The HTTP server around the application."""

import uvicorn

from runpod_simulator.app import build_app
from runpod_simulator.connections import Connections, tracked_protocol
from runpod_simulator.settings import Settings


def build_server(settings: Settings) -> uvicorn.Server:
    """Return a server that is ready to `serve`."""
    connections = Connections()
    config = uvicorn.Config(
        build_app(settings, connections),
        host=settings.host,
        port=settings.port,
        http=tracked_protocol(connections),
        ws="none",
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=2,
    )
    return uvicorn.Server(config)
