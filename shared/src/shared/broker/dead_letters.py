"""Reads the dead queues raw: what lies there may be anything, so nothing here expects an event.

A message is acknowledged once it is kept elsewhere. A crash in between means that it is read
twice, and both readings have the same fingerprint.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final, Self
from uuid import UUID

import aio_pika
import structlog
from aio_pika.abc import AbstractConnection, AbstractIncomingMessage
from aio_pika.exceptions import ChannelNotFoundEntity
from pydantic import BaseModel, ValidationError

from shared.broker.consuming import REASON_HEADER, TRIES_HEADER
from shared.broker.faults import broker_errors
from shared.broker.publisher import CANARY, with_heartbeat
from shared.broker.topology import dead_queue, declare_topology
from shared.contracts.catalogue import ROUTES
from shared.domain.dead_letter import DeadLetter
from shared.errors import BrokerUnavailable

BATCH: Final = 200
KEPT_BODY_CHARACTERS: Final = 4096
KEPT_TEXT_CHARACTERS: Final = 255
KEPT_DEATHS: Final = 10
REPLY_SECONDS: Final = 5.0
WORK_QUEUES: Final = tuple(route.queue for route in ROUTES if route.queue is not None)

_log = structlog.get_logger(__name__)


class _Named(BaseModel):
    job_id: UUID


class DeadLetters:
    """The dead queues of all work queues, over a connection of their own.

    Args:
        url: the broker's address.
        time_scale: as the topology was declared with.
    """

    def __init__(self, url: str, *, time_scale: float = 1.0) -> None:
        self._url = url
        self._time_scale = time_scale
        self._connection: AbstractConnection | None = None

    async def __aenter__(self) -> Self:
        """Connect only when there is something to read."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connection."""
        await self._forget()

    async def read(self, keep: Callable[[DeadLetter], Awaitable[object]]) -> int:
        """Hand every dead message to `keep`, then drop it from its queue; at most 200 of a queue.

        Returns:
            How many were read.

        Raises:
            BrokerUnavailable: RabbitMQ does not answer; what was not dropped is read again.
        """
        try:
            with broker_errors():
                return await self._read_all(keep)
        except BrokerUnavailable:
            await self._forget()
            raise

    async def _read_all(self, keep: Callable[[DeadLetter], Awaitable[object]]) -> int:
        try:
            return sum([await self._read_queue(queue, keep) for queue in WORK_QUEUES])
        except ChannelNotFoundEntity:
            _log.warning("a dead queue is gone and is declared again")
            await declare_topology(self._url, time_scale=self._time_scale)
            raise

    async def _read_queue(self, queue: str, keep: Callable[[DeadLetter], Awaitable[object]]) -> int:
        connection = await self._connected()
        async with await connection.channel() as channel:
            dead = await channel.get_queue(dead_queue(queue), ensure=False)
            for count in range(BATCH):
                message = await dead.get(fail=False, timeout=REPLY_SECONDS)
                if message is None:
                    return count
                if message.type != CANARY:
                    await keep(letter_of(queue, message))
                await message.ack()
        return BATCH

    async def _connected(self) -> AbstractConnection:
        if self._connection is None or self._connection.is_closed:
            self._connection = await aio_pika.connect(with_heartbeat(self._url), timeout=5)
        return self._connection

    async def _forget(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(BrokerUnavailable), broker_errors():
                await connection.close()


def letter_of(queue: str, message: AbstractIncomingMessage) -> DeadLetter:
    """Return what a dead message says of itself, whatever it is made of."""
    headers = message.headers
    deaths = _deaths(headers.get("x-death"))
    reason = (
        str(deaths[0].get("reason")) if deaths else str(headers.get(REASON_HEADER) or "unknown")
    )
    tries = headers.get(TRIES_HEADER)
    return DeadLetter(
        queue=queue,
        fingerprint=_fingerprint(message, deaths),
        message_id=_text(message.message_id),
        topic=_topic(queue),
        job_id=_job_id(message.body),
        body=_clean(message.body[: 4 * KEPT_BODY_CHARACTERS].decode(errors="replace"))[
            :KEPT_BODY_CHARACTERS
        ],
        body_bytes=len(message.body),
        reason=_text(reason) or "unknown",
        tries=min(tries, 2**31 - 1) if isinstance(tries, int) and tries > 0 else 0,
        deaths=_facts(deaths),
        died_at=_died_at(message, deaths),
    )


def _deaths(header: object) -> list[dict[str, Any]]:
    """Return what RabbitMQ notes of a message's deaths, the latest first."""
    if not isinstance(header, list):
        return []
    return [death for death in header if isinstance(death, dict)][:KEPT_DEATHS]


def _facts(deaths: list[dict[str, Any]]) -> str:
    """Return the facts that RabbitMQ notes, as JSON; a stranger's header may hold anything else."""
    named = ("reason", "queue", "count", "time")
    facts = [{name: _text(str(death.get(name))) for name in named} for death in deaths]
    return json.dumps(facts, ensure_ascii=False)


def _fingerprint(message: AbstractIncomingMessage, deaths: list[dict[str, Any]]) -> bytes:
    facts = (message.message_id, str(message.timestamp), _facts(deaths))
    return hashlib.sha256(repr(facts).encode(errors="replace") + message.body).digest()


def _topic(queue: str) -> str:
    return next(route.event.topic for route in ROUTES if route.queue == queue)


def _job_id(body: bytes) -> UUID | None:
    try:
        return _Named.model_validate_json(body).job_id
    except ValidationError:
        return None


def _died_at(message: AbstractIncomingMessage, deaths: list[dict[str, Any]]) -> datetime | None:
    died_at = deaths[0].get("time") if deaths else message.timestamp
    if not isinstance(died_at, datetime):
        return None
    return died_at if died_at.tzinfo is not None else died_at.replace(tzinfo=UTC)


def _text(value: str | None) -> str | None:
    return None if value is None else _clean(value)[:KEPT_TEXT_CHARACTERS]


def _clean(text: str) -> str:
    """Return the text without what Postgres cannot keep."""
    return text.encode(errors="replace").decode().replace("\0", "�")
