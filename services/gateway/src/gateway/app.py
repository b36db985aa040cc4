"""The gateway's roof: middlewares and routes, and the opened parts that they use."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Final

import structlog
from fastapi import FastAPI
from prometheus_client import Gauge

from gateway import errors, openapi
from gateway.about.maintenance import Maintenance
from gateway.about.routes import router as about
from gateway.accounts.routes import router as accounts
from gateway.composition import GatewayParts, open_parts, store_origin
from gateway.hooks.routes import router as hooks
from gateway.jobs.routes import router as jobs
from gateway.legacy.routes import router as legacy
from gateway.security.headers import SecurityHeaders
from gateway.security.origin import OriginCheck
from gateway.security.requests import RequestContext, RequestMetrics
from gateway.server import build_server
from gateway.settings import GatewaySettings
from gateway.stream.hub import Hub
from gateway.stream.routes import router as stream
from gateway.studio.routes import mount_studio
from shared.broker.stream import listen
from shared.service import Backbone, Loop

HEAR_AGAIN_SECONDS: Final = 1.0

_log = structlog.get_logger(__name__)


async def run(settings: GatewaySettings) -> None:
    """Serve until SIGTERM or SIGINT, then drain."""
    metrics = RequestMetrics()
    app = build_app(settings, metrics)
    async with _open(settings, metrics) as parts:
        app.state.parts = parts
        await build_server(app, parts).serve()


def build_app(settings: GatewaySettings, metrics: RequestMetrics) -> FastAPI:
    """Return the routes; they use the parts that whoever serves them puts into ``state.parts``."""
    app = FastAPI(
        title="OB AI Studio",
        version="1",
        description="A picture and a sentence in, the edited picture out.",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # such a redirect would lead to whatever Host the request names
    )
    app.openapi = partial(openapi.document, app)  # type: ignore[method-assign]  # FastAPI's own way
    errors.install(app)
    for router in (about, accounts, jobs, stream, legacy, hooks):
        app.include_router(router)
    mount_studio(app, settings.studio_dir, store_origin(settings))
    app.add_middleware(Maintenance, notice=settings.maintenance_notice)
    app.add_middleware(OriginCheck)
    app.add_middleware(RequestContext, metrics=metrics)
    app.add_middleware(SecurityHeaders, https_only=settings.is_production)
    return app


@asynccontextmanager
async def _open(settings: GatewaySettings, metrics: RequestMetrics) -> AsyncIterator[GatewayParts]:
    """Open the parts on the service's backbone, and let the hub hear what the broker says."""
    async with (
        Backbone.open("gateway", settings) as backbone,
        open_parts(settings, backbone.database, backbone.publisher, backbone.health) as parts,
    ):
        if settings.conveniences:
            _log.warning("conveniences of development are on", named=settings.conveniences)
        metrics.register(backbone.registry)
        streams = Gauge("ob_event_streams", "Open event streams", registry=backbone.registry)
        streams.set_function(lambda: parts.hub.listening)
        # Jobs are accepted while the broker is away: the outbox keeps what it would be told.
        backbone.health.checks.pop("broker", None)
        backbone.start_loop(Loop("look again", parts.hub.look_again))
        keep_known = partial(parts.sessions.keep_known, parts.hub.accounts)
        backbone.start_loop(Loop("keep sessions", keep_known))
        async with _hearing(settings.rabbitmq_url.get_secret_value(), parts.hub):
            yield parts


@asynccontextmanager
async def _hearing(rabbitmq_url: str, hub: Hub) -> AsyncIterator[None]:
    task = asyncio.create_task(_hear(rabbitmq_url, hub), name="live events")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _hear(rabbitmq_url: str, hub: Hub) -> None:
    """Listen to the broker, again and again; meanwhile the hub looks into Postgres by itself."""
    while True:
        try:
            await listen(rabbitmq_url, hub.on_event)
        except Exception as error:  # noqa: BLE001 - live events come back, whatever broke them
            _log.warning("live events are not heard", error=repr(error))
        await asyncio.sleep(HEAR_AGAIN_SECONDS)
