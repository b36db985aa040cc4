"""What the services that consume have in common: from the first message to the drain."""

import asyncio
import signal
from dataclasses import dataclass

import structlog
from faststream.rabbit import RabbitBroker, RabbitRouter

from shared.broker.canary import Canaries, Ears, queues_of
from shared.broker.consuming import GRACEFUL_SECONDS, Outcome, create_broker
from shared.broker.draining import drain
from shared.broker.gate import Gate
from shared.db.ending import Ending
from shared.errors import BrokerUnavailable
from shared.service import Backbone, Loop

_log = structlog.get_logger(__name__)


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
    backbone.health.starting = False
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


async def _first(*events: asyncio.Event) -> asyncio.Event:
    """Wait for the first of some events and return it."""
    waiting = {asyncio.create_task(event.wait()): event for event in events}
    done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
    return waiting[done.pop()]
