"""The poller's roof: builds the adapters, wires the use cases, runs until told to stop."""

from poller.handlers import Handlers
from poller.loops import PollLoop, RegularLoop
from poller.poll_attempts import Pace, PollAttempts
from poller.reap_dead_letters import ReapDeadLetters
from poller.settings import PollerSettings
from poller.sweep import Sweep
from poller.tell_progress import TellProgress
from poller.watch import SHORTEST_GRACE_SECONDS, Gauges, Watch
from poller.watch_breaker import WatchBreaker, breaker_gauge
from shared.broker.dead_letters import DeadLetters
from shared.db.backlog import Backlogs
from shared.db.breakers import Breakers
from shared.db.dead_messages import DeadMessages
from shared.db.dispatching import Dispatching
from shared.db.ending import Ending
from shared.db.following import Following
from shared.db.invariants import Invariants
from shared.db.rate_limits import RateLimits
from shared.db.sweeping import Sweeping
from shared.runpod.client import RunPodClient, open_http
from shared.service import Backbone, Loop
from shared.worker import run_worker


async def run(settings: PollerSettings) -> None:
    """Run the poller until SIGTERM."""
    timers = settings.timers
    async with (
        DeadLetters(
            settings.rabbitmq_url.get_secret_value(), time_scale=settings.time_scale
        ) as dead_letters,
        Backbone.open("poller", settings) as backbone,
        open_http() as http,
    ):
        database = backbone.database
        following = Following(database, timers)
        ending = Ending(database, timers)
        breaker = Breakers(database, timers, settings.runpod_endpoint_id)
        pace = Pace(following, bool(settings.public_base_url), settings.time_scale)
        poll_attempts = PollAttempts(
            following=following,
            adopting=Dispatching(database, timers),
            ending=ending,
            limits=RateLimits(database, settings.runpod_limit_factor),
            breaker=breaker,
            runpod=RunPodClient.from_settings(http, settings),
            tell_progress=TellProgress(backbone.publisher),
            timers=timers,
            pace=pace,
        )
        poll_loop = PollLoop(poll_attempts, following)
        repairs = backbone.counter(
            "ob_sweeper_repairs", "What the sweeper's rules have repaired", ("rule",)
        )
        sweep = RegularLoop(
            Sweep(Sweeping(database, timers, settings.retention_days), ending, repairs),
            timers.sweep_interval,
        )
        watch = RegularLoop(
            Watch(
                Invariants(database, grace_seconds=max(timers.alarm_grace, SHORTEST_GRACE_SECONDS)),
                Backlogs(database),
                Gauges(backbone.registry),
            ),
            timers.watch_interval,
        )
        found = backbone.counter("ob_dead_messages", "Dead messages found", ("queue", "cause"))
        reap = RegularLoop(
            ReapDeadLetters(dead_letters, DeadMessages(database), ending, found),
            timers.sweep_interval,
        )
        watch_breaker = RegularLoop(
            WatchBreaker(breaker, breaker_gauge(backbone.registry)), timers.sweep_interval
        )
        await run_worker(
            backbone,
            Handlers(poll_attempts, poll_loop.expect, pace.seconds(0)).router(),
            (
                Loop("poll", poll_loop.step),
                Loop("pace", RegularLoop(pace.count, timers.count_interval).step),
                Loop("sweep", sweep.step),
                Loop("watch", watch.step),
                Loop("reap", reap.step),
                Loop("watch breaker", watch_breaker.step),
            ),
        )
