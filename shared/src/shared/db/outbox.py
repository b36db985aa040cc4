"""The outbox table: rows are leased, published, then deleted. Any relay may take any row."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from shared.db.database import RELAXED, Database

LEASE = f"""
WITH gone AS (DELETE FROM outbox WHERE id = ANY($3::uuid[]))
UPDATE outbox SET leased_until = now() + make_interval(secs => $2), attempts = attempts + 1
WHERE id IN (SELECT id FROM outbox
             WHERE {RELAXED} AND (leased_until IS NULL OR leased_until < now()) AND id <> ALL($3::uuid[])
             ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)
RETURNING id, topic, payload ->> 'job_id' AS job_id, payload::text AS payload
"""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """An event that waits to be published; `payload` is its JSON."""

    id: UUID
    topic: str
    job_id: str
    payload: str


class Outbox:
    """Leases and deletes rows."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def lease(
        self, limit: int, seconds: float, *, confirmed: Sequence[UUID] = ()
    ) -> list[OutboxRow]:
        """Take up to `limit` rows, and forget in passing what the broker has confirmed.

        Whoever dies with rows gives them back after `seconds`.
        """
        rows = await self._database.rows(LEASE, limit, seconds, confirmed)
        return [OutboxRow(**row) for row in rows]

    async def delete(self, confirmed: Sequence[UUID]) -> None:
        """Forget what the broker has confirmed, and take nothing."""
        await self.lease(0, 0, confirmed=confirmed)
