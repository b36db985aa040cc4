"""Messages in: the FastStream broker of a worker, and the one policy for handlers that fail.

A handler raises; this module decides. `TransientError`: a copy goes to the next wait tier and the
message is acknowledged. Anything else: a copy with the reason goes to the dead queue, and the job
fails, because trying again unchanged cannot help. A message that is no event of ours goes there
too, and the job that it may name is left alone: Postgres knows what that job needs. The copy is
confirmed before the acknowledgement, so a crash in between means twice, never none.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID

import aio_pika
import structlog
from faststream import AckPolicy, BaseMiddleware, ContextRepo
from faststream.exceptions import AckMessage, HandlerException
from faststream.message import StreamMessage
from faststream.rabbit import Channel, RabbitBroker, RabbitQueue, RabbitRoute, RabbitRouter
from pydantic import BaseModel, ValidationError

from shared.broker.publisher import Publisher, with_heartbeat
from shared.broker.topology import WAIT_TIERS, dead_queue, wait_queue, work_queue_of
from shared.contracts.catalogue import route_of
from shared.contracts.events import MAX_MESSAGE_BYTES, Event
from shared.domain.dead_letter import UNREADABLE
from shared.errors import AppError, PermanentError, TransientError
from shared.ids import new_id

TRIES_HEADER = "x-tries"
REASON_HEADER = "x-reason"
MAX_TRIES = 12
"""33.5 minutes in the wait tiers; the next failure is the message's last, and its job fails too."""
GRACEFUL_SECONDS = 25.0

_log = structlog.get_logger(__name__)


class JobFailer(Protocol):
    """Ends a job whose message can never be handled."""

    async def fail_job(self, job_id: UUID, code: str) -> None:
        """Fail the job unless it has ended already."""


class _JobOf(BaseModel):
    job_id: UUID


def subscription(
    handler: Callable[[Any], Awaitable[None]], event: type[Event], *, prefetch: int
) -> RabbitRoute:
    """Bind a handler to the work queue of its event.

    The queue is not declared here: `shared.broker.topology` has done that, and declaring it again
    on start would make FastStream reuse the default channel and ignore `prefetch`.
    """
    queue = route_of(event).queue
    if queue is None:
        message = f"{event.topic} has no work queue in the catalogue"
        raise ValueError(message)
    return RabbitRoute(
        handler,
        RabbitQueue(queue, declare=False),
        decoder=_decoder(event),
        channel=Channel(prefetch_count=prefetch),
        title=queue,
    )


def _decoder(event: type[Event]) -> Callable[[StreamMessage[Any]], Awaitable[Event]]:
    """Return what makes an event of a body, whatever content type the message claims."""

    async def decode(message: StreamMessage[Any]) -> Event:
        if len(message.body) > MAX_MESSAGE_BYTES:
            raise PermanentError(UNREADABLE, size_bytes=len(message.body))
        try:
            return event.model_validate_json(message.body)
        except ValidationError as error:
            raise PermanentError(UNREADABLE, problems=error.error_count()) from error

    return decode


@dataclass(frozen=True, slots=True)
class Outcome:
    """The failure policy, as a FastStream middleware factory."""

    publisher: Publisher
    jobs: JobFailer

    def __call__(self, message: Any | None, /, *, context: ContextRepo) -> "_OutcomeOfMessage":  # noqa: ANN401
        return _OutcomeOfMessage(message, context=context, policy=self)

    async def settle(self, message: StreamMessage[Any], error: Exception) -> None:
        """Give the message its next place.

        Raises:
            BrokerUnavailable: it could not be moved; the broker rejects it into the dead queue,
                from where it is rung again.
            DatabaseUnavailable: it is in the dead queue, and its job could not be failed; as above.
        """
        raw: aio_pika.IncomingMessage = message.raw_message
        queue = work_queue_of(raw.routing_key)
        tries = _tries(raw)
        code = error.code if isinstance(error, AppError) else "internal_error"
        copy = aio_pika.Message(
            raw.body,
            headers={TRIES_HEADER: tries + 1, REASON_HEADER: code},
            content_type=raw.content_type,
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
            message_id=raw.message_id or str(new_id()),
            correlation_id=raw.correlation_id,
            timestamp=datetime.now(UTC),
        )
        if isinstance(error, TransientError) and tries < MAX_TRIES:
            tier = WAIT_TIERS[min(tries // 3, len(WAIT_TIERS) - 1)]
            _log.warning("event waits", queue=queue, tier=tier.name, tries=tries + 1, code=code)
            await self.publisher.publish_to_queue(wait_queue(queue, tier), copy)
            return
        unexpected = not isinstance(error, AppError)
        _log.error("event is dead", queue=queue, code=code, exc_info=error if unexpected else None)
        await self.publisher.publish_to_queue(dead_queue(queue), copy)
        if code != UNREADABLE:
            await self.jobs.fail_job(_JobOf.model_validate_json(raw.body).job_id, code)


def _tries(raw: aio_pika.IncomingMessage) -> int:
    """Return how often the message was tried before; a stranger's header says nothing."""
    tries = raw.headers.get(TRIES_HEADER)
    return tries if isinstance(tries, int) and tries >= 0 else 0


class _OutcomeOfMessage(BaseMiddleware):
    def __init__(self, message: Any | None, /, *, context: ContextRepo, policy: Outcome) -> None:  # noqa: ANN401
        super().__init__(message, context=context)
        self._policy = policy

    async def consume_scope(
        self,
        call_next: Callable[[StreamMessage[Any]], Awaitable[Any]],
        msg: StreamMessage[Any],
    ) -> Any:  # noqa: ANN401
        structlog.contextvars.bind_contextvars(job_id=msg.correlation_id, event_id=msg.message_id)
        try:
            return await call_next(msg)
        except HandlerException:
            raise
        except Exception as error:
            await self._policy.settle(msg, error)
            raise AckMessage from error


def create_broker(
    url: str, router: RabbitRouter, *middlewares: Callable[..., BaseMiddleware]
) -> RabbitBroker:
    """Build a worker's consuming side; it connects, and keeps trying to, once started.

    Args:
        url: the broker's address.
        router: the subscriptions.
        middlewares: the outermost first; one of them is the `Outcome`.
    """
    broker = RabbitBroker(
        with_heartbeat(url),
        fail_fast=False,
        timeout=5,
        reconnect_interval=1.0,
        graceful_timeout=GRACEFUL_SECONDS,
        ack_policy=AckPolicy.REJECT_ON_ERROR,
        middlewares=middlewares,
        logger=None,
    )
    broker.include_router(router)
    return broker
