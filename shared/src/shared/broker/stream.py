"""Live events for browsers: each gateway process hears them on a queue that dies with it."""

import asyncio
from collections.abc import Awaitable, Callable

import aio_pika
import structlog
from aio_pika.abc import AbstractIncomingMessage
from pydantic import ValidationError

from shared.broker.faults import broker_errors
from shared.broker.publisher import with_heartbeat
from shared.broker.topology import EVENTS_EXCHANGE
from shared.contracts.catalogue import ROUTES, STREAM_BINDINGS
from shared.contracts.events import Event

_log = structlog.get_logger(__name__)
_EVENTS = {route.event.topic: route.event for route in ROUTES if route.streamed}
PREFETCH = 200


async def listen(url: str, on_event: Callable[[Event], Awaitable[None]]) -> None:
    """Hand every streamed event to `on_event` until cancelled; reconnects by itself.

    The queue is exclusive and messages are not acknowledged: what is lost, a browser reads again
    from Postgres.

    Raises:
        BrokerUnavailable: it does not answer, or not in time.
    """

    async def handle(message: AbstractIncomingMessage) -> None:
        event_class = _EVENTS.get(message.routing_key or "")
        if event_class is None:
            return
        try:
            event = event_class.model_validate_json(message.body)
        except ValidationError:
            _log.warning("unreadable event on the stream", topic=message.routing_key)
            return
        await on_event(event)

    with broker_errors():
        connection = await aio_pika.connect_robust(
            with_heartbeat(url), timeout=5, reconnect_interval=1
        )
        async with connection:
            channel = await connection.channel()
            await channel.set_qos(prefetch_count=PREFETCH)
            exchange = await channel.get_exchange(EVENTS_EXCHANGE, ensure=False)
            queue = await channel.declare_queue(exclusive=True, auto_delete=True)
            for binding in STREAM_BINDINGS:
                await queue.bind(exchange, binding)
            await queue.consume(handle, no_ack=True)
            await asyncio.Event().wait()
