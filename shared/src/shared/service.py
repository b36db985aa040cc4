"""What every service is built on: database, outbox relay, health port, orderly start and stop.

A worker adds its subscriptions and loops and calls `run_worker`; the gateway uses `Backbone`
inside its own server.
"""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Self

import structlog
import uvloop
from faststream.rabbit import RabbitRouter
from prometheus_client import CollectorRegistry, Counter, PlatformCollector, ProcessCollector

from shared.broker.consuming import GRACEFUL_SECONDS, Outcome, create_broker
from shared.broker.publisher import Publisher
from shared.broker.topology import declare_topology
from shared.db.database import Database
from shared.db.ending import Ending
from shared.db.outbox import Outbox
from shared.domain.timers import Timers
from shared.errors import AppError, BrokerUnavailable, DatabaseUnavailable, TransientError
from shared.observability.health import Health
from shared.observability.logging import configure_logging
from shared.observability.ops import OpsServer
from shared.outbox.relay import Relay
from shared.settings import BrokerSettings, DatabaseSettings, OpsSettings

START_RETRY_SECONDS = 1.0
LOOP_RETRY_SECONDS = 1.0

_log = structlog.get_logger(__name__)


class ServiceSettings(DatabaseSettings, BrokerSettings, OpsSettings):
    """What every service needs from the environment."""

    @property
    def timers(self) -> Timers:
        """Return the pipeline's time limits, scaled."""
        return Timers().scaled(self.time_scale)


@dataclass(frozen=True, slots=True)
class Loop:
    """A step that is repeated for as long as the process lives; it waits by itself."""

    name: str
    step: Callable[[], Awaitable[None]]


@dataclass(slots=True)
class Backbone:
    """The parts that every service has, opened."""

    name: str
    settings: ServiceSettings
    database: Database
    publisher: Publisher
    health: Health
    registry: CollectorRegistry
    broker_up: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once RabbitMQ was reached and holds our topology; until then the outbox keeps events."""
    _loops: set[asyncio.Task[None]] = field(default_factory=set)

    @classmethod
    @asynccontextmanager
    async def open(cls, name: str, settings: ServiceSettings) -> AsyncIterator[Self]:
        """Serve health at once, wait for Postgres, relay the outbox whenever RabbitMQ is there."""
        configure_logging(name, settings.log_level)
        _log.info("starting", profile=settings.profile.value, time_scale=settings.time_scale)
        registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        health = Health()
        database = Database(settings.database_url.get_secret_value())
        publisher = Publisher(settings.rabbitmq_url.get_secret_value())
        self = cls(name, settings, database, publisher, health, registry)
        health.checks |= {"database": database.is_ready, "broker": publisher.is_ready}
        async with OpsServer(settings.ops_host, settings.ops_port, health, registry):
            await _until_there("database", database.open)
            await _until_there("schema", database.check_schema)
            relay = Relay(Outbox(database), publisher, database.outbox_filled)
            self.start_loop(Loop("relay", lambda: self._relay_step(relay)))
            try:
                yield self
            finally:
                health.draining = True
                await self._stop_loops()
                with contextlib.suppress(AppError):
                    await relay.drain()
                await publisher.close()
                await database.close()
                _log.info("stopped")

    async def _relay_step(self, relay: Relay) -> None:
        if not self.broker_up.is_set():
            await self._reach_broker()
        await relay.step()

    async def _reach_broker(self) -> None:
        url = self.settings.rabbitmq_url.get_secret_value()
        try:
            await declare_topology(url, time_scale=self.settings.time_scale)
        except (OSError, TimeoutError) as error:
            raise BrokerUnavailable from error
        await self.publisher.open()
        self.broker_up.set()

    def start_loop(self, loop: Loop) -> None:
        """Repeat a step in the background.

        Transient errors are logged and it goes on; a bug ends the process.
        """
        task = asyncio.create_task(self._repeat(loop), name=loop.name)
        task.add_done_callback(_end_process_on_bug)
        self._loops.add(task)

    async def _repeat(self, loop: Loop) -> None:
        self.health.beat(loop.name)
        while True:
            try:
                await loop.step()
            except TransientError as error:
                _log.warning("loop waits", loop=loop.name, error=str(error))
                await asyncio.sleep(error.retry_after_seconds or LOOP_RETRY_SECONDS)
            self.health.beat(loop.name)

    async def _stop_loops(self) -> None:
        for task in self._loops:
            task.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)

    def counter(self, name: str, documentation: str, labels: tuple[str, ...] = ()) -> Counter:
        """Make a counter that this process exposes."""
        return Counter(name, documentation, labels, registry=self.registry)


def run_process(service: Coroutine[None, None, None]) -> None:
    """Run a worker as this process; told to end before it is ready, it ends at once and with 0."""

    async def until_told() -> None:
        running, task = asyncio.get_running_loop(), asyncio.current_task()
        for number in (signal.SIGTERM, signal.SIGINT):
            if task is not None:
                running.add_signal_handler(number, task.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await service

    uvloop.run(until_told())


async def run_worker(
    backbone: Backbone, router: RabbitRouter, loops: tuple[Loop, ...] = ()
) -> None:
    """Consume and loop until SIGTERM or SIGINT, then drain.

    Handlers that run are given 25 s to finish; a message whose handler was cut off is delivered
    again.
    """
    stop = asyncio.Event()
    running = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        running.add_signal_handler(number, stop.set)
    outcome = Outcome(backbone.publisher, Ending(backbone.database, backbone.settings.timers))
    broker = create_broker(backbone.settings.rabbitmq_url.get_secret_value(), router, outcome)

    async def consuming() -> bool:
        return await broker.ping(timeout=1.0) and all(s.running for s in broker.subscribers)

    backbone.health.checks["consumers"] = consuming
    for loop in loops:
        backbone.start_loop(loop)
    if await _first(backbone.broker_up, stop) is backbone.broker_up:
        await broker.start()
        _log.info("ready")
        await stop.wait()
    backbone.health.draining = True
    _log.info("draining", limit_seconds=GRACEFUL_SECONDS)
    await broker.stop()


async def _first(*events: asyncio.Event) -> asyncio.Event:
    """Wait for the first of some events and return it."""
    waiting = {asyncio.create_task(event.wait()): event for event in events}
    done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
    return waiting[done.pop()]


async def _until_there(what: str, attempt: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            return await attempt()
        except DatabaseUnavailable:
            _log.warning("waiting", what=what)
            await asyncio.sleep(START_RETRY_SECONDS)


def _end_process_on_bug(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.critical("loop died", loop=task.get_name(), exc_info=error)
        signal.raise_signal(signal.SIGTERM)
