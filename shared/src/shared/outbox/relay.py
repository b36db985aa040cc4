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
        self._confirmed: list[UUID] = []

    async def step(self) -> None:
        """Publish what waits, then wait until there may be more.

        What was published is forgotten with the next look, which comes long before its lease ends.

        Raises:
            BrokerUnavailable: the broker takes nothing; the rows stay.
            DatabaseUnavailable: as it says.
        """
        self._filled.clear()
        while await self._publish_batch() == BATCH:
            pass
        try:
            async with asyncio.timeout(self._timers.outbox_look):
                await self._filled.wait()
        except TimeoutError:
            return

    async def drain(self) -> int:
        """Publish one batch, forget it, and return how many rows it held.

        Raises:
            BrokerUnavailable: none of the batch could be published.
        """
        count = await self._publish_batch()
        if self._confirmed:
            await self._outbox.delete(self._confirmed)
            self._confirmed = []
        return count

    async def _publish_batch(self) -> int:
        lease_seconds = self._timers.outbox_lease
        rows = await self._outbox.lease(BATCH, lease_seconds, confirmed=self._confirmed)
        self._confirmed = []
        if not rows:
            return 0
        outcomes = await asyncio.gather(*(self._publish(row) for row in rows))
        self._confirmed = [row_id for row_id in outcomes if row_id is not None]
        if not self._confirmed:
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
