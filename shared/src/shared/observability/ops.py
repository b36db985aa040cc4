"""The health and metrics port: a few plain ASGI lines, served inside the process it speaks for."""

import asyncio
import contextlib
import json
from collections.abc import Iterator
from typing import Self

import uvicorn
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, Scope

from shared.observability.health import Health


class _QuietServer(uvicorn.Server):
    """A server that leaves the signals to its process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class OpsServer:
    """Serves ``/health/live``, ``/health/ready`` and ``/metrics``."""

    def __init__(self, host: str, port: int, health: Health, registry: CollectorRegistry) -> None:
        self._health = health
        self._registry = registry
        config = uvicorn.Config(
            self._app,
            interface="asgi3",
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            lifespan="off",
        )
        self._server = _QuietServer(config)
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._server.serve(), name="ops-server")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.should_exit = True
        if self._task is not None:
            await self._task

    async def _app(
        self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        _ = receive
        path = scope["path"] if scope["type"] == "http" else ""
        if path == "/metrics":
            body, status, kind = generate_latest(self._registry), 200, CONTENT_TYPE_PLAIN_0_0_4
        elif path == "/health/live":
            silent = self._health.silent_loops()
            body, status, kind = _json(silent=silent), 503 if silent else 200, "application/json"
        elif path == "/health/ready":
            failing = await self._health.failing()
            body, status, kind = _json(failing=failing), 503 if failing else 200, "application/json"
        else:
            body, status, kind = _json(), 404, "application/json"
        headers = [(b"content-type", kind.encode()), (b"cache-control", b"no-store")]
        await send(
            {"type": "http.response.start", "status": status, "headers": headers, "trailers": False}
        )
        await send({"type": "http.response.body", "body": body, "more_body": False})


def _json(**fields: list[str]) -> bytes:
    return json.dumps(fields).encode()
