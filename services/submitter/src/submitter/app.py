"""The submitter's roof: builds the adapters, wires the use cases, runs until told to stop."""

import secrets

from shared.db.breakers import Breakers
from shared.db.dispatching import Dispatching
from shared.db.ending import Ending
from shared.db.rate_limits import RateLimits
from shared.ids import new_id
from shared.runpod.client import RunPodClient, open_http
from shared.service import Backbone
from shared.storage.r2 import R2Objects, R2Settings
from shared.worker import run_worker
from submitter.cancel_job import CancelJob
from submitter.errands import Errands
from submitter.handlers import Handlers
from submitter.settings import SubmitterSettings
from submitter.submit_job import SubmitJob

TOKEN_BYTES = 32


def new_token() -> str:
    """Return a webhook token that cannot be guessed: 256 random bits."""
    return secrets.token_urlsafe(TOKEN_BYTES)


async def run(settings: SubmitterSettings) -> None:
    """Run the submitter until SIGTERM."""
    timers = settings.timers
    async with (
        Backbone.open("submitter", settings) as backbone,
        R2Objects(R2Settings.from_settings(settings)) as objects,
        open_http() as http,
    ):
        database = backbone.database
        dispatching = Dispatching(database, timers)
        ending = Ending(database, timers)
        limits = RateLimits(database, settings.runpod_limit_factor)
        errands = Errands()
        runpod = RunPodClient.from_settings(http, settings)
        submit_job = SubmitJob(
            dispatching=dispatching,
            ending=ending,
            limits=limits,
            breaker=Breakers(database, timers, settings.runpod_endpoint_id),
            pictures=objects,
            runpod=runpod,
            timers=timers,
            time_scale=settings.time_scale,
            webhook_base_url=settings.public_base_url,
            new_id=new_id,
            new_token=new_token,
            jitter=secrets.SystemRandom().random,
            finish=errands.run,
        )
        cancel_job = CancelJob(dispatching, ending, limits, runpod)
        await run_worker(backbone, Handlers(submit_job, cancel_job).router())
        await errands.finish()
