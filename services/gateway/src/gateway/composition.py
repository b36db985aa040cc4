"""The one place where the gateway's parts are plugged together."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from gateway.accounts.sessions import Sessions
from gateway.hooks.ring_poller import Hints, RingPoller
from gateway.jobs.create_job import CreateJob
from gateway.jobs.downloads import Downloads
from gateway.jobs.eta import UsualDurations
from gateway.jobs.parents import Parents
from gateway.jobs.variants import Variants
from gateway.jobs.views import JobViews
from gateway.security.cookies import SessionCookie, SessionSigner
from gateway.settings import GatewaySettings
from gateway.stream.hub import Hub
from gateway.stream.streams import Streams, StreamTimes
from shared.db.accounts import Accounts
from shared.db.breakers import Breakers
from shared.db.database import Database
from shared.db.following import Following
from shared.db.jobs import Jobs
from shared.db.rate_limits import RateLimits
from shared.images.sandbox import ImageSandbox
from shared.images.tasks import ChildLimits
from shared.observability.health import Health
from shared.storage.objects import Objects
from shared.storage.r2 import R2Objects, R2Settings

UPLOAD_PATIENCE_SECONDS: Final = 15.0
"""For how long a person's photo waits for a decoder; a longer line is refused at once."""


@dataclass(frozen=True, slots=True)
class GatewayParts:
    """What the routes use."""

    settings: GatewaySettings
    health: Health
    accounts: Accounts
    sessions: Sessions
    cookie: SessionCookie
    jobs: Jobs
    following: Following
    rate_limits: RateLimits
    ring_poller: RingPoller
    create_job: CreateJob
    views: JobViews
    downloads: Downloads
    hub: Hub
    streams: Streams


@asynccontextmanager
async def open_parts(
    settings: GatewaySettings,
    database: Database,
    hints: Hints,
    health: Health,
    *,
    times: StreamTimes | None = None,
    upload_patience_seconds: float = UPLOAD_PATIENCE_SECONDS,
) -> AsyncIterator[GatewayParts]:
    """Open the store and the sandbox and build everything on them and an open database."""
    async with AsyncExitStack() as opened:
        objects = await opened.enter_async_context(R2Objects(R2Settings.from_settings(settings)))
        sandbox = await opened.enter_async_context(
            ImageSandbox(
                wait_seconds=upload_patience_seconds,
                child_limits=ChildLimits(must_be_confined=settings.is_production),
            )
        )
        parts = _build(settings, database, hints, health, objects, sandbox, times)
        opened.push_async_callback(parts.hub.aclose)
        yield parts


def _build(
    settings: GatewaySettings,
    database: Database,
    hints: Hints,
    health: Health,
    objects: Objects,
    sandbox: ImageSandbox,
    times: StreamTimes | None,
) -> GatewayParts:
    accounts = Accounts(database)
    jobs = Jobs(database, settings.timers)
    signer = SessionSigner(settings.session_secret.get_secret_value())
    sessions = Sessions(
        accounts,
        signer,
        guests_allowed=settings.guests_allowed,
        guest_free_credits=settings.guest_free_credits,
    )
    views = JobViews(UsualDurations(jobs), settings.retention_days)
    hub = Hub(jobs, accounts, views)
    return GatewayParts(
        settings=settings,
        health=health,
        accounts=accounts,
        sessions=sessions,
        cookie=SessionCookie(signer, secure=settings.is_production),
        jobs=jobs,
        following=Following(database, settings.timers),
        rate_limits=RateLimits(database),
        ring_poller=RingPoller(hints),
        create_job=CreateJob(
            accounts,
            sessions,
            jobs,
            objects,
            sandbox,
            Breakers(database, settings.timers, settings.runpod_endpoint_id),
            Parents(jobs, objects),
            settings.job_price_credits,
            settings.job_limits,
        ),
        views=views,
        downloads=Downloads(objects, Variants(jobs, objects, sandbox.beside(concurrency=1))),
        hub=hub,
        streams=Streams(hub, jobs, accounts, views, times),
    )


def store_origin(settings: GatewaySettings) -> str:
    """Return the origin from which browsers load pictures."""
    parts = urlsplit(settings.r2_public_endpoint_url or settings.r2_endpoint_url)
    return f"{parts.scheme}://{parts.netloc}"
