"""The storer's roof: builds the adapters, wires the use cases, runs until told to stop."""

from shared.db.ending import Ending
from shared.db.storing import Storing
from shared.images.sandbox import ImageSandbox
from shared.runpod.client import RunPodClient, open_http
from shared.runpod.results import ResultFetcher
from shared.service import Backbone, run_worker
from shared.storage.r2 import R2Objects, R2Settings
from storer.handlers import Handlers
from storer.purge_job import PurgeJob
from storer.settings import StorerSettings
from storer.store_result import StoreResult


async def run(settings: StorerSettings) -> None:
    """Run the storer until SIGTERM."""
    timers = settings.timers
    async with (
        Backbone.open("storer", settings) as backbone,
        R2Objects(R2Settings.from_settings(settings)) as objects,
        open_http() as http,
        ImageSandbox() as sandbox,
    ):
        storing = Storing(backbone.database, timers)
        store_result = StoreResult(
            storing=storing,
            ending=Ending(backbone.database, timers),
            runpod=RunPodClient.from_settings(http, settings),
            fetcher=ResultFetcher(http, settings.result_origins),
            verifier=sandbox,
            objects=objects,
        )
        await run_worker(backbone, Handlers(store_result, PurgeJob(storing, objects)).router())
