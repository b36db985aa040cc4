"""Messages out: a connection of its own, every message persistent and confirmed.

Consuming has another connection, because RabbitMQ's memory alarm blocks the ones that publish,
acknowledgements included.
"""

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Self

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractExchange, AbstractRobustConnection

from shared.broker.faults import broker_errors
from shared.broker.topology import EVENTS_EXCHANGE
from shared.contracts.events import Event
from shared.errors import BrokerUnavailable

PUBLISH_TIMEOUT_SECONDS = 5.0
OPEN_TIMEOUT_SECONDS = 10.0
CLOSE_TIMEOUT_SECONDS = 2.0
"""A connection that hangs never says goodbye."""


@dataclass(frozen=True, slots=True)
class QueueLook:
    """What the broker says of a queue: its consumers everywhere, and the messages that wait."""

    consumers: int
    waiting: int


CANARY = "canary"
"""The AMQP type of a message without a body that only shows that somebody listens."""


def with_heartbeat(url: str) -> str:
    """Return the address with a heartbeat of 5 s, so that a silent link is noticed."""
    return f"{url}{'&' if '?' in url else '?'}heartbeat=5"


class Publisher:
    """Publishes to the events exchange, or straight into a queue."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: AbstractRobustConnection | None = None
        self._channel: AbstractChannel | None = None
        self._events: AbstractExchange | None = None

    async def open(self) -> None:
        """Connect, or replace a connection that may be broken.

        Raises:
            BrokerUnavailable: RabbitMQ does not answer; what there was before stays in use.
        """
        old = self._connection
        with broker_errors():
            self._connection = await self._connect()
        if old is not None:
            await _close(old)

    async def _connect(self) -> AbstractRobustConnection:
        connection = await aio_pika.connect_robust(
            with_heartbeat(self._url), timeout=5, reconnect_interval=1
        )
        try:
            async with asyncio.timeout(OPEN_TIMEOUT_SECONDS):
                channel = await connection.channel(on_return_raises=True)
                self._events = await channel.get_exchange(EVENTS_EXCHANGE, ensure=False)
        except BaseException:
            await _close(connection)
            raise
        self._channel = channel
        return connection

    async def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            await _close(self._connection)

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def is_ready(self) -> bool:
        """Say whether the connection stands."""
        return self._connection is not None and self._connection.connected.is_set()

    async def publish(
        self, topic: str, body: bytes, *, message_id: str, correlation_id: str, mandatory: bool
    ) -> None:
        """Publish an event and wait for the broker's confirm.

        Args:
            topic: the routing key.
            body: JSON.
            message_id: the event's id.
            correlation_id: the job's id.
            mandatory: whether it is an error that no queue takes it.

        Raises:
            BrokerUnavailable: not confirmed in time; the message may be there all the same.
        """
        message = aio_pika.Message(
            body,
            content_type="application/json",
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
            message_id=message_id,
            correlation_id=correlation_id,
        )
        await self._confirmed(self._events, message, topic, mandatory=mandatory)

    async def hint(self, event: Event) -> None:
        """Publish what may be lost: whoever would take it finds the same by looking."""
        with contextlib.suppress(BrokerUnavailable):
            await self.publish(
                event.topic,
                event.model_dump_json().encode(),
                message_id=str(event.event_id),
                correlation_id=str(event.job_id),
                mandatory=False,
            )

    async def publish_to_queue(self, queue: str, message: aio_pika.Message) -> None:
        """Put a message into a queue and wait for the confirm.

        Raises:
            BrokerUnavailable: as above.
        """
        exchange = None if self._channel is None else self._channel.default_exchange
        await self._confirmed(exchange, message, queue, mandatory=True)

    async def look_at(self, queue: str) -> QueueLook:
        """Return who consumes a queue and what waits in it.

        Raises:
            BrokerUnavailable: no answer in time, or there is no such queue.
        """
        if self._connection is None:
            raise BrokerUnavailable
        # A channel of its own, for the broker closes it when there is no such queue.
        with broker_errors():
            async with asyncio.timeout(PUBLISH_TIMEOUT_SECONDS), self._connection.channel() as own:
                found = await own.declare_queue(queue, passive=True, robust=False)
        counts = found.declaration_result
        return QueueLook(counts.consumer_count or 0, counts.message_count or 0)

    async def send_canary(self, queue: str) -> None:
        """Put a message of the type `CANARY` into a queue and wait for the confirm.

        Raises:
            BrokerUnavailable: not confirmed in time, or there is no such queue.
        """
        await self.publish_to_queue(queue, aio_pika.Message(b"", type=CANARY))

    async def _confirmed(
        self,
        exchange: AbstractExchange | None,
        message: aio_pika.Message,
        routing_key: str,
        *,
        mandatory: bool,
    ) -> None:
        if exchange is None:
            raise BrokerUnavailable
        with broker_errors():
            async with asyncio.timeout(PUBLISH_TIMEOUT_SECONDS):
                await exchange.publish(message, routing_key, mandatory=mandatory)


async def _close(connection: AbstractRobustConnection) -> None:
    with contextlib.suppress(BrokerUnavailable), broker_errors():
        async with asyncio.timeout(CLOSE_TIMEOUT_SECONDS):
            await connection.close()
