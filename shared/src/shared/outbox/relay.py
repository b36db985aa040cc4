"""The relay: carries committed events to the broker. One runs in every service; any will do."""

import asyncio
from typing import Protocol
from uuid import UUID

import structlog

from shared.contracts.catalogue import ROUTES
from shared.db.outbox import Outbox, OutboxRow
from shared.domain.timers import Timers
from shared.errors import BrokerUnavailable

BATCH = 100

_log = structlog.get_logger(__name__)
_MUST_ARRIVE = {route.event.topic for route in ROUTES if route.queue is not None}


class EventPublisher(Protocol):
    """Publishes one event and waits for the confirm."""

    async def publish(
        self, topic: str, body: bytes, *, message_id: str, correlation_id: str, mandatory: bool
    ) -> None:
        """Raise `BrokerUnavailable` when the event may not have arrived."""


class Relay:
    """Drains the outbox when this process has filled it, and every now and then for others."""

    def __init__(
        self,
        outbox: Outbox,
        publisher: EventPublisher,
        filled: asyncio.Event,
        timers: Timers | None = None,
    ) -> None:
        self._outbox = outbox
        self._publisher = publisher
        self._filled = filled
        self._timers = timers or Timers()

    async def step(self) -> None:
        """Drain, then wait until there may be more.

        Raises:
            BrokerUnavailable: the broker takes nothing; the rows stay.
            DatabaseUnavailable: as it says.
        """
        self._filled.clear()
        while await self.drain() == BATCH:
            pass
        try:
            async with asyncio.timeout(self._timers.outbox_look):
                await self._filled.wait()
        except TimeoutError:
            return

    async def drain(self) -> int:
        """Publish one batch and return how many rows it held.

        Raises:
            BrokerUnavailable: none of the batch could be published.
        """
        rows = await self._outbox.lease(BATCH, self._timers.outbox_lease)
        if not rows:
            return 0
        outcomes = await asyncio.gather(*(self._publish(row) for row in rows))
        confirmed = [row_id for row_id in outcomes if row_id is not None]
        if confirmed:
            await self._outbox.delete(confirmed)
        else:
            raise BrokerUnavailable
        return len(rows)

    async def _publish(self, row: OutboxRow) -> UUID | None:
        try:
            await self._publisher.publish(
                row.topic,
                row.payload.encode(),
                message_id=str(row.id),
                correlation_id=row.job_id,
                mandatory=row.topic in _MUST_ARRIVE,
            )
        except BrokerUnavailable:
            _log.warning("event not confirmed", topic=row.topic, event_id=str(row.id))
            return None
        return row.id
