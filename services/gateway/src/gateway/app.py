"""The application: middlewares, routes, and the lifespan that opens and closes what they use."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial

import structlog
from fastapi import FastAPI

from gateway import errors, openapi
from gateway.about.routes import router as about
from gateway.accounts.routes import router as accounts
from gateway.composition import GatewayParts, open_parts, store_origin
from gateway.hooks.routes import router as hooks
from gateway.jobs.routes import router as jobs
from gateway.legacy.routes import router as legacy
from gateway.security.headers import SecurityHeaders, studio_policy
from gateway.security.origin import OriginCheck
from gateway.security.requests import RequestContext, RequestMetrics
from gateway.settings import GatewaySettings
from gateway.stream.routes import router as stream
from gateway.studio.routes import mount_studio
from shared.broker.stream import listen
from shared.service import Backbone, Loop

OpenParts = Callable[[], AbstractAsyncContextManager[GatewayParts]]

_log = structlog.get_logger(__name__)


def create_app(settings: GatewaySettings) -> FastAPI:
    """Return the gateway; nothing is opened before its lifespan starts."""
    metrics = RequestMetrics()
    return build_app(settings, metrics, partial(_open, settings, metrics))


def build_app(settings: GatewaySettings, metrics: RequestMetrics, parts: OpenParts) -> FastAPI:
    """Return the routes over whatever opens their parts."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with parts() as opened:
            app.state.parts = opened
            yield

    app = FastAPI(
        title="OB AI Studio",
        version="1",
        description="A picture and a sentence in, the edited picture out.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.openapi = partial(openapi.document, app)  # type: ignore[method-assign]  # FastAPI's own way
    errors.install(app)
    for router in (about, accounts, jobs, stream, legacy, hooks):
        app.include_router(router)
    mount_studio(app, settings.studio_dir, studio_policy(store_origin(settings)))
    app.add_middleware(OriginCheck)
    app.add_middleware(RequestContext, metrics=metrics)
    app.add_middleware(SecurityHeaders, https_only=settings.is_production)
    return app


@asynccontextmanager
async def _open(settings: GatewaySettings, metrics: RequestMetrics) -> AsyncIterator[GatewayParts]:
    """Open the parts on the service's backbone, and let the hub hear what the broker says."""
    async with (
        Backbone.open("gateway", settings) as backbone,
        open_parts(settings, backbone.database, backbone.health) as parts,
    ):
        if settings.conveniences:
            _log.warning("conveniences of development are on", named=settings.conveniences)
        metrics.register(backbone.registry)
        rabbitmq_url = settings.rabbitmq_url.get_secret_value()
        backbone.start_loop(Loop("stream", partial(listen, rabbitmq_url, parts.hub.on_event)))
        backbone.start_loop(Loop("look again", parts.hub.look_again))
        yield parts
