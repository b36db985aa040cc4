"""What every service is built on: database, outbox relay, health port, orderly start and stop."""

import asyncio
import contextlib
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Self

import structlog
import uvloop
from prometheus_client import CollectorRegistry, Counter, PlatformCollector, ProcessCollector

from shared.broker.faults import broker_errors
from shared.broker.publisher import Publisher
from shared.broker.topology import declare_topology
from shared.db.database import Database
from shared.db.outbox import Outbox
from shared.domain.timers import Timers
from shared.errors import BrokerUnavailable, DatabaseUnavailable, TransientError
from shared.observability.health import Health
from shared.observability.logging import configure_logging
from shared.observability.ops import OpsServer
from shared.observability.waits import waits_at
from shared.outbox.relay import Relay
from shared.settings import BrokerSettings, DatabaseSettings, OpsSettings
from shared.temp_folder import own_temp_folder

START_RETRY_SECONDS = 1.0
LOOP_RETRY_SECONDS = 1.0
DECLARE_SECONDS = 15.0
END_SECONDS = 35.0
"""From `begin_to_end` on; an orderly end takes less. Orchestrators kill a worker after 40 s."""
BROKEN_END_SECONDS = 10.0
LAST_WORDS_SECONDS = 1.0
CANCEL_AGAIN_SECONDS = 1.0
BROKEN = 1
"""The exit code of a process that found itself broken; its supervisor starts it again."""

_log = structlog.get_logger(__name__)


class ServiceSettings(DatabaseSettings, BrokerSettings, OpsSettings):
    """What every service needs from the environment."""

    @property
    def timers(self) -> Timers:
        """Return the pipeline's time limits, scaled."""
        return Timers().scaled(self.time_scale)


class ProcessBrokenError(Exception):
    """This process cannot go on; a new one can."""


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
    _ending: bool = False

    @classmethod
    @asynccontextmanager
    async def open(cls, name: str, settings: ServiceSettings) -> AsyncIterator[Self]:
        """Serve health at once, wait for Postgres, relay the outbox whenever RabbitMQ is there.

        Health says that the service is starting, until the service itself says otherwise.
        """
        configure_logging(name, settings.log_level)
        _log.info("starting", profile=settings.profile.value, time_scale=settings.time_scale)
        registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        health = Health(starting=True)
        database = Database(settings.database_url.get_secret_value())
        publisher = Publisher(settings.rabbitmq_url.get_secret_value())
        self = cls(name, settings, database, publisher, health, registry)
        health.checks |= {"database": database.is_ready, "broker": publisher.is_ready}
        ops = OpsServer(settings.ops_host, settings.ops_port, health, registry)
        async with AsyncExitStack() as opened:
            opened.enter_context(own_temp_folder())
            await opened.enter_async_context(ops)
            await _until_there("database", database.open)
            await _until_there("schema", database.check_schema)
            relay = Relay(Outbox(database), publisher, database.outbox_filled, settings.timers)
            self.start_loop(Loop("relay", lambda: self._relay_step(relay)))
            try:
                yield self
            finally:
                self.begin_to_end()
                await self._stop_loops()
                await _last_drain(relay)
                await publisher.close()
                await database.close()
                _log.info("stopped")
            if health.broken is not None:
                raise ProcessBrokenError(health.broken)

    def begin_to_end(self) -> None:
        """Take no more work, and end by force if the orderly way out takes too long."""
        self.health.draining = True
        if not self._ending:
            self._ending = True
            limit = END_SECONDS if self.health.broken is None else BROKEN_END_SECONDS
            running = asyncio.get_running_loop()
            last_resort = threading.Timer(limit, _end_by_force, (running,))
            last_resort.daemon = True
            last_resort.start()

    def give_up(self, reason: str) -> None:
        """End this process with exit code 1: a new one can do what this one cannot."""
        _log.critical("process is broken", reason=reason)
        self.health.broken = reason
        signal.raise_signal(signal.SIGTERM)

    async def _relay_step(self, relay: Relay) -> None:
        if not self.broker_up.is_set():
            await self._reach_broker()
        try:
            await relay.step()
        except BrokerUnavailable:
            self.doubt_broker()
            raise

    def doubt_broker(self) -> None:
        """Have the topology declared and the publishing connection opened again."""
        self.broker_up.clear()

    async def _reach_broker(self) -> None:
        url = self.settings.rabbitmq_url.get_secret_value()
        with broker_errors():
            async with asyncio.timeout(DECLARE_SECONDS):
                await declare_topology(url, time_scale=self.settings.time_scale)
        await self.publisher.open()
        self.broker_up.set()

    def start_loop(self, loop: Loop) -> None:
        """Repeat a step in the background.

        Transient errors are logged and it goes on; a bug ends the process.
        """
        task = asyncio.create_task(self._repeat(loop), name=loop.name)
        task.add_done_callback(self._give_up_on_bug)
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
        """Cancel until all have ended: `asyncio.wait_for` of Python 3.11 may lose a cancel."""
        while waiting := {task for task in self._loops if not task.done()}:
            for task in waiting:
                task.cancel()
            await asyncio.wait(waiting, timeout=CANCEL_AGAIN_SECONDS)

    def _give_up_on_bug(self, task: asyncio.Task[None]) -> None:
        if task.cancelled() and self.health.draining:
            return
        error = None if task.cancelled() else task.exception()
        _log.critical("loop died", loop=task.get_name(), exc_info=error)
        self.give_up(f"the loop {task.get_name()} died")

    def counter(self, name: str, documentation: str, labels: tuple[str, ...] = ()) -> Counter:
        """Make a counter that this process exposes."""
        return Counter(name, documentation, labels, registry=self.registry)


def run_process(service: Coroutine[None, None, None]) -> None:
    """Run a service as this process; told to end before it is ready, it ends at once and with 0.

    Raises:
        SystemExit: with 1 when the process found itself broken.
    """

    async def until_told() -> None:
        running, task = asyncio.get_running_loop(), asyncio.current_task()
        for number in (signal.SIGTERM, signal.SIGINT):
            if task is not None:
                running.add_signal_handler(number, task.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await service

    try:
        uvloop.run(until_told())
    except ProcessBrokenError:
        sys.exit(BROKEN)


def _end_by_force(running: asyncio.AbstractEventLoop) -> None:
    """Say what the orderly end waits for, and end, even where nothing can be said any more."""
    unheard = threading.Timer(LAST_WORDS_SECONDS, os._exit, (BROKEN,))
    unheard.daemon = True
    unheard.start()
    try:
        waits = [waits_at(task) for task in asyncio.all_tasks(running)]
        _log.critical("ended by force", waits=waits)
    finally:
        os._exit(BROKEN)


async def _last_drain(relay: Relay) -> None:
    try:
        await relay.drain()
    except Exception as error:  # noqa: BLE001 - another process's relay takes the rest
        _log.warning("the outbox is left to others", error=repr(error))


async def _until_there(what: str, attempt: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            return await attempt()
        except DatabaseUnavailable:
            _log.warning("waiting", what=what)
            await asyncio.sleep(START_RETRY_SECONDS)
