"""The storer's roof: builds the adapters, wires the use cases, runs until told to stop."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from shared.collecting import CollectOrphans
from shared.db.ending import Ending
from shared.db.orphans import Orphans
from shared.db.rate_limits import RateLimits
from shared.db.storing import Storing
from shared.egress.client import open_public_http
from shared.images.sandbox import ImageSandbox
from shared.images.tasks import ChildLimits
from shared.runpod.client import RunPodClient, open_http
from shared.runpod.results import ResultFetcher
from shared.service import Backbone, Loop
from shared.storage.r2 import R2Objects, R2Settings
from shared.worker import run_worker
from storer.collect import CollectLoop, CollectMetrics
from storer.handlers import Handlers
from storer.purge_job import PurgeJob
from storer.settings import StorerSettings
from storer.store_result import StoreResult, Verifier

OpenVerifier = Callable[[StorerSettings], AbstractAsyncContextManager[Verifier]]


def open_sandbox(settings: StorerSettings) -> ImageSandbox:
    """Return what decodes pictures, where they can do no harm."""
    return ImageSandbox(child_limits=ChildLimits(must_be_confined=settings.is_production))


async def run(settings: StorerSettings, open_verifier: OpenVerifier = open_sandbox) -> None:
    """Run the storer until SIGTERM."""
    timers = settings.timers
    async with (
        Backbone.open("storer", settings) as backbone,
        R2Objects(R2Settings.from_settings(settings)) as objects,
        open_http() as http,
        open_public_http(settings.trusted_origins) as public,
        open_verifier(settings) as verifier,
    ):
        storing = Storing(backbone.database, timers)
        store_result = StoreResult(
            storing=storing,
            ending=Ending(backbone.database, timers),
            limits=RateLimits(backbone.database, settings.runpod_limit_factor),
            runpod=RunPodClient.from_settings(http, settings),
            fetcher=ResultFetcher(public, settings.result_origins),
            verifier=verifier,
            objects=objects,
        )
        collect = CollectLoop(
            CollectOrphans(objects, Orphans(backbone.database)),
            timers.collect_interval,
            CollectMetrics(backbone.registry),
        )
        await run_worker(
            backbone,
            Handlers(store_result, PurgeJob(storing, objects)).router(),
            (Loop("collect", collect.step),),
        )
