"""The outbox table: rows are leased, published, then deleted. Any relay may take any row."""

from dataclasses import dataclass
from uuid import UUID

from shared.db.database import Database

LEASE = """
UPDATE outbox SET leased_until = now() + make_interval(secs => $2), attempts = attempts + 1
WHERE id IN (SELECT id FROM outbox WHERE leased_until IS NULL OR leased_until < now()
             ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)
RETURNING id, topic, payload ->> 'job_id' AS job_id, payload::text AS payload
"""

DELETE = "DELETE FROM outbox WHERE id = ANY($1::uuid[])"


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

    async def lease(self, limit: int, seconds: float) -> list[OutboxRow]:
        """Take up to `limit` rows; whoever dies with them gives them back after `seconds`."""
        return [OutboxRow(**row) for row in await self._database.rows(LEASE, limit, seconds)]

    async def delete(self, ids: list[UUID]) -> None:
        """Forget what the broker has confirmed."""
        await self._database.rows(DELETE, ids)
