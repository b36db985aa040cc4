"""What every service is built on: database, outbox relay, health port, orderly start and stop.

A worker adds its subscriptions and loops and calls `run_worker`; the gateway uses `Backbone`
inside its own server.
"""

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
from faststream.rabbit import RabbitBroker, RabbitRouter
from prometheus_client import CollectorRegistry, Counter, PlatformCollector, ProcessCollector

from shared.broker.canary import Canaries, Ears, queues_of
from shared.broker.consuming import GRACEFUL_SECONDS, Outcome, create_broker
from shared.broker.draining import drain
from shared.broker.faults import broker_errors
from shared.broker.gate import Gate
from shared.broker.publisher import Publisher
from shared.broker.topology import declare_topology
from shared.db.database import Database
from shared.db.ending import Ending
from shared.db.outbox import Outbox
from shared.domain.timers import Timers
from shared.errors import BrokerUnavailable, DatabaseUnavailable, TransientError
from shared.observability.health import Health
from shared.observability.logging import configure_logging
from shared.observability.ops import OpsServer
from shared.outbox.relay import Relay
from shared.settings import BrokerSettings, DatabaseSettings, OpsSettings
from shared.temp_folder import own_temp_folder

START_RETRY_SECONDS = 1.0
LOOP_RETRY_SECONDS = 1.0
DECLARE_SECONDS = 15.0
END_SECONDS = 35.0
"""An orderly end takes no longer, or there is none: orchestrators kill after 40 s."""
BROKEN_END_SECONDS = 10.0
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
        if not self.health.draining:
            self.health.draining = True
            limit = END_SECONDS if self.health.broken is None else BROKEN_END_SECONDS
            last_resort = threading.Timer(limit, os._exit, (BROKEN,))
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
        for task in self._loops:
            task.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)

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
    """Run a worker as this process; told to end before it is ready, it ends at once and with 0.

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
    url, timers = backbone.settings.rabbitmq_url.get_secret_value(), backbone.settings.timers
    outcome = Outcome(backbone.publisher, Ending(backbone.database, timers))
    ears, gate = Ears(), Gate(backbone.database.is_ready)
    broker = create_broker(url, router, ears, outcome, gate)
    canaries = Canaries(ears, backbone.publisher, timers.canary_interval, timers.silence_limit)

    async def consuming() -> bool:
        return await broker.ping(timeout=1.0) and all(s.running for s in broker.subscribers)

    backbone.health.checks["consumers"] = consuming
    for loop in (*loops, Loop("gate", gate.watch)):
        backbone.start_loop(loop)
    if await _first(backbone.broker_up, stop) is backbone.broker_up:
        await broker.start()
        _log.info("ready")
        listening = _Listening(backbone, broker, gate, canaries)
        backbone.start_loop(Loop("canary", listening.step))
        await stop.wait()
    backbone.begin_to_end()
    _log.info("draining", limit_seconds=GRACEFUL_SECONDS)
    await drain(broker)


@dataclass(frozen=True, slots=True)
class _Listening:
    """Watches over the consumers of a process."""

    backbone: Backbone
    broker: RabbitBroker
    gate: Gate
    canaries: Canaries

    async def step(self) -> None:
        """Send a round of canaries, unless nothing could be said of silence anyway."""
        await asyncio.sleep(self.canaries.interval_seconds)
        if self.gate.closed or self.backbone.health.draining:
            return
        try:
            trouble = await self.canaries.round(queues_of(self.broker))
        except BrokerUnavailable:
            self.backbone.doubt_broker()
            return
        if trouble is not None:
            self.backbone.give_up(trouble)


async def _last_drain(relay: Relay) -> None:
    try:
        await relay.drain()
    except Exception as error:  # noqa: BLE001 - another process's relay takes the rest
        _log.warning("the outbox is left to others", error=repr(error))


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
