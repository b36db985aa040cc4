"""What the sweeper repairs: every job that stands still because a doorbell was lost or a worker died.

Each rule is one statement that is safe when two sweepers run it at once.
"""

from enum import StrEnum
from uuid import UUID

from asyncpg import Record

from shared.db.database import Database
from shared.domain.timers import Timers

BATCH = 100

EXPIRE_DEADLINES = """
UPDATE jobs SET state = 'failed', stage = 'failed', error_code = 'deadline', winner = NULL
WHERE id IN (SELECT id FROM jobs WHERE state NOT IN ('done', 'failed', 'cancelled') AND deadline_at < now()
             ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)
RETURNING id
"""

NOTICE_DEAD_POSTERS = """
UPDATE attempts SET state = 'unknown', detail = 'the submitter died while posting'
FROM jobs WHERE jobs.id = attempts.job_id AND attempts.state = 'posting'
  AND (jobs.lease_until < now() OR jobs.finished_at IS NOT NULL)
RETURNING attempts.id
"""

# Less and less often: whom a backlog keeps waiting must not make it longer.
_RUNG = """
UPDATE jobs SET rings = rings + 1, next_ring_at = now() + make_interval(secs => LEAST($2 * 2 ^ LEAST(rings + 1, 16), $3))
"""

RING_QUEUED = f"""{_RUNG}
WHERE id IN (SELECT id FROM jobs WHERE state = 'queued' AND coalesce(next_ring_at, created_at) < now()
             ORDER BY created_at LIMIT $1 FOR UPDATE SKIP LOCKED)
RETURNING emit_job('job.created', jobs)
"""

RING_UNPOSTED = f"""{_RUNG}
WHERE id IN (SELECT j.id FROM jobs j JOIN attempts a ON a.job_id = j.id
             WHERE j.state = 'dispatching' AND a.state = 'intent' AND j.lease_until < now()
               AND coalesce(j.next_ring_at, j.created_at) < now() AND j.cancel_requested_at IS NULL
             ORDER BY j.id LIMIT $1 FOR UPDATE OF j SKIP LOCKED)
RETURNING emit_job('job.created', jobs)
"""

RING_STORING = f"""{_RUNG}
WHERE id IN (SELECT id FROM jobs WHERE state = 'storing' AND (lease_until IS NULL OR lease_until < now())
             AND coalesce(next_ring_at, created_at) < now() ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)
RETURNING emit_job('job.completed', jobs)
"""

RING_UNWANTED = """
WITH unwanted AS (
    SELECT a.job_id FROM attempts a JOIN jobs j ON j.id = a.job_id
    WHERE a.state IN ('intent', 'submitted', 'in_progress')
      AND (j.cancel_requested_at < now() - make_interval(secs => $2 / 5) OR j.finished_at IS NOT NULL OR j.winner <> a.id)
      AND (a.cancel_sent_at IS NULL OR a.cancel_sent_at < now() - make_interval(secs => $2))
    UNION ALL
    SELECT job_id FROM attempts WHERE state = 'abandoned' AND runpod_id IS NOT NULL AND cancel_sent_at IS NULL
    LIMIT $1)
SELECT emit_job('job.cancel_requested', jobs) FROM jobs WHERE id IN (SELECT job_id FROM unwanted)
"""

RING_DELETED = f"""{_RUNG}
WHERE id IN (SELECT id FROM jobs WHERE deleted_at < now() - make_interval(secs => $2) AND purged_at IS NULL
             AND finished_at IS NOT NULL AND coalesce(next_ring_at, created_at) < now()
             ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)
RETURNING emit_job('job.delete_requested', jobs)
"""

EXPIRE_KEPT = """
UPDATE jobs SET deleted_at = now(), expired_at = now()
WHERE id IN (SELECT id FROM jobs WHERE finished_at < now() - make_interval(days => $2) AND deleted_at IS NULL
             ORDER BY finished_at LIMIT $1 FOR UPDATE SKIP LOCKED)
RETURNING id
"""

UNHEARD = """
SELECT id AS attempt_id FROM attempts
WHERE state = 'unknown' AND posted_at < now() - make_interval(secs => $2) LIMIT $1
"""

LOST_RESULTS = """
SELECT a.id AS attempt_id FROM attempts a JOIN jobs j ON j.winner = a.id
WHERE j.state = 'storing' AND a.completed_at < now() - make_interval(secs => $2) LIMIT $1
"""


class SweepRule(StrEnum):
    """The rules, by the names that metrics and logs use."""

    EXPIRE_DEADLINES = "expire_deadlines"
    NOTICE_DEAD_POSTERS = "notice_dead_posters"
    RING_QUEUED = "ring_queued"
    RING_UNPOSTED = "ring_unposted"
    RING_STORING = "ring_storing"
    RING_UNWANTED = "ring_unwanted"
    RING_DELETED = "ring_deleted"
    EXPIRE_KEPT = "expire_kept"
    ABANDON_UNHEARD = "abandon_unheard"
    LOSE_RESULTS = "lose_results"


class Sweeping:
    """The sweeper's statements; with `retention_days` of 0 pictures are kept for ever."""

    def __init__(self, database: Database, timers: Timers, retention_days: int = 0) -> None:
        self._database = database
        self._timers = timers
        self._retention_days = retention_days

    async def repair(self) -> dict[SweepRule, int]:
        """Expire what is past its deadline or was kept long enough, and ring again for what stands still.

        Returns:
            How many rows each rule of one statement has touched.
        """
        timers, run = self._timers, self._database.announce_rows

        async def ring(sql: str, first_seconds: float) -> list[Record]:
            return await run(sql, BATCH, first_seconds, timers.longest_ring)

        repaired = {
            SweepRule.EXPIRE_DEADLINES: await run(EXPIRE_DEADLINES, BATCH),
            SweepRule.NOTICE_DEAD_POSTERS: await run(NOTICE_DEAD_POSTERS),
            SweepRule.RING_QUEUED: await ring(RING_QUEUED, timers.first_ring),
            SweepRule.RING_UNPOSTED: await ring(RING_UNPOSTED, timers.first_ring),
            SweepRule.RING_STORING: await ring(RING_STORING, timers.store_ring),
            SweepRule.RING_UNWANTED: await run(RING_UNWANTED, BATCH, timers.cancel_retry),
            SweepRule.RING_DELETED: await ring(RING_DELETED, timers.first_ring),
        }
        if self._retention_days:
            repaired[SweepRule.EXPIRE_KEPT] = await run(EXPIRE_KEPT, BATCH, self._retention_days)
        return {rule: len(rows) for rule, rows in repaired.items()}

    async def unheard_attempts(self) -> list[UUID]:
        """Return the attempts whose POST had no answer and whom no webhook has claimed in time."""
        rows = await self._database.rows(UNHEARD, BATCH, self._timers.unknown_patience)
        return [row["attempt_id"] for row in rows]

    async def lost_results(self) -> list[UUID]:
        """Return the winning attempts whose result RunPod no longer keeps for certain."""
        rows = await self._database.rows(LOST_RESULTS, BATCH, self._timers.result_retention)
        return [row["attempt_id"] for row in rows]
