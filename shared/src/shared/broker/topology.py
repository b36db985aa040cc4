"""Exchanges and queues: names, arguments and the one step that declares them.

For each work queue ``q`` there are ``q.wait.10s``, ``q.wait.60s`` and ``q.wait.300s``, from which
a message returns by itself, and ``q.dead``, which `shared.broker.dead_letters` empties. All are
quorum queues with explicit limits, because RabbitMQ 3.x has no delivery limit by default and 4.x
has 20.
"""

from dataclasses import dataclass

import aio_pika
from aio_pika.abc import AbstractChannel

from shared.contracts.catalogue import ROUTES

EVENTS_EXCHANGE = "events"
DELIVERY_LIMIT = 5
MAX_MESSAGES = 100_000

Argument = str | int
_QUEUE_OF_TOPIC = {route.event.topic: route.queue for route in ROUTES}


@dataclass(frozen=True, slots=True)
class WaitTier:
    """A queue in which a message rests before it is tried again."""

    name: str
    seconds: int


WAIT_TIERS = (WaitTier("10s", 10), WaitTier("60s", 60), WaitTier("300s", 300))


@dataclass(frozen=True, slots=True)
class QueueSpec:
    """A queue to be declared; `binding` is its topic on the events exchange, if it has one."""

    name: str
    arguments: dict[str, Argument]
    binding: str | None = None


def wait_queue(queue: str, tier: WaitTier) -> str:
    """Return the name of a wait queue."""
    return f"{queue}.wait.{tier.name}"


def dead_queue(queue: str) -> str:
    """Return the name of the queue for messages that cannot be handled."""
    return f"{queue}.dead"


def work_queue_of(routing_key: str | None) -> str:
    """Return the work queue of a delivery.

    Events come by their topic; what rested in a wait queue, and canaries, by the queue's name.
    """
    return _QUEUE_OF_TOPIC.get(routing_key or "") or routing_key or ""


def queues(time_scale: float = 1.0) -> list[QueueSpec]:
    """Return every queue that the catalogue asks for."""
    specs: list[QueueSpec] = []
    for route in ROUTES:
        if route.queue is None:
            continue
        specs.append(QueueSpec(dead_queue(route.queue), _quorum()))
        specs.extend(
            QueueSpec(
                wait_queue(route.queue, tier),
                _quorum(dead_letters_to=route.queue)
                | {"x-message-ttl": max(1, int(tier.seconds * 1000 * time_scale))},
            )
            for tier in WAIT_TIERS
        )
        arguments = _quorum(dead_letters_to=dead_queue(route.queue))
        specs.append(
            QueueSpec(
                route.queue, arguments | {"x-delivery-limit": DELIVERY_LIMIT}, route.event.topic
            )
        )
    return specs


def _quorum(dead_letters_to: str | None = None) -> dict[str, Argument]:
    arguments: dict[str, Argument] = {"x-queue-type": "quorum", "x-max-length": MAX_MESSAGES}
    if dead_letters_to is not None:
        arguments |= {
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": dead_letters_to,
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
        }
    return arguments


async def declare_topology(url: str, *, time_scale: float = 1.0) -> None:
    """Declare everything; declaring it again changes nothing.

    Raises:
        aio_pika.exceptions.AMQPError: the broker refuses, for example because a queue has other
        arguments. OSError: the broker cannot be reached.
    """
    connection = await aio_pika.connect(url, timeout=5)
    async with connection:
        channel = await connection.channel()
        await _declare(channel, time_scale)


async def _declare(channel: AbstractChannel, time_scale: float) -> None:
    exchange = await channel.declare_exchange(
        EVENTS_EXCHANGE, aio_pika.ExchangeType.TOPIC, durable=True
    )
    for spec in queues(time_scale):
        queue = await channel.declare_queue(spec.name, durable=True, arguments=dict(spec.arguments))
        if spec.binding is not None:
            await queue.bind(exchange, spec.binding)
