"""The poller's roof: builds the adapters, wires the use cases, runs until told to stop."""

import asyncio

from poller.handlers import Handlers
from poller.loops import PollLoop, SweepLoop
from poller.poll_attempts import PollAttempts
from poller.settings import PollerSettings
from poller.sweep import Sweep
from poller.tell_progress import TellProgress
from shared.db.dispatching import Dispatching
from shared.db.ending import Ending
from shared.db.following import Following
from shared.db.rate_limits import RateLimits
from shared.db.sweeping import Sweeping
from shared.runpod.client import RunPodClient, open_http
from shared.service import Backbone, Loop, run_worker


async def run(settings: PollerSettings) -> None:
    """Run the poller until SIGTERM."""
    timers = settings.timers
    async with Backbone.open("poller", settings) as backbone, open_http() as http:
        database = backbone.database
        following = Following(database, timers)
        ending = Ending(database, timers)
        appointments_changed = asyncio.Event()
        poll_attempts = PollAttempts(
            following=following,
            adopting=Dispatching(database, timers),
            ending=ending,
            limits=RateLimits(database),
            runpod=RunPodClient.from_settings(http, settings),
            tell_progress=TellProgress(backbone.publisher),
            timers=timers,
            webhook=bool(settings.public_base_url),
            time_scale=settings.time_scale,
        )
        poll_loop = PollLoop(poll_attempts, following, appointments_changed)
        sweep_loop = SweepLoop(Sweep(Sweeping(database, timers), ending), timers.sweep_interval)
        await run_worker(
            backbone,
            Handlers(poll_attempts, appointments_changed).router(),
            (Loop("poll", poll_loop.step), Loop("sweep", sweep_loop.step)),
        )
