"""Messages out: a connection of its own, every message persistent and confirmed.

Consuming has another connection, because RabbitMQ's memory alarm blocks the ones that publish,
acknowledgements included.
"""

import asyncio
from typing import Self

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractExchange, AbstractRobustConnection
from aio_pika.exceptions import AMQPError

from shared.broker.topology import EVENTS_EXCHANGE
from shared.errors import BrokerUnavailable

PUBLISH_TIMEOUT_SECONDS = 5.0


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
        """Connect.

        Raises:
            BrokerUnavailable: RabbitMQ does not answer.
        """
        try:
            self._connection = await aio_pika.connect_robust(
                with_heartbeat(self._url), timeout=5, reconnect_interval=1
            )
            self._channel = await self._connection.channel(on_return_raises=True)
            self._events = await self._channel.get_exchange(EVENTS_EXCHANGE, ensure=False)
        except (AMQPError, OSError, TimeoutError) as error:
            raise BrokerUnavailable from error

    async def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            await self._connection.close()

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

    async def publish_to_queue(self, queue: str, message: aio_pika.Message) -> None:
        """Put a message into a queue and wait for the confirm.

        Raises:
            BrokerUnavailable: as above.
        """
        exchange = None if self._channel is None else self._channel.default_exchange
        await self._confirmed(exchange, message, queue, mandatory=True)

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
        try:
            async with asyncio.timeout(PUBLISH_TIMEOUT_SECONDS):
                await exchange.publish(message, routing_key, mandatory=mandatory)
        except (AMQPError, OSError, TimeoutError, RuntimeError) as error:
            raise BrokerUnavailable from error
