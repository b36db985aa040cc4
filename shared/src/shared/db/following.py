"""The poller's part: which attempts are due, and what RunPod said of them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.db.database import RELAXED, Database
from shared.domain.job import AttemptState, Stage
from shared.domain.timers import Timers


@dataclass(frozen=True, slots=True)
class FollowedAttempt:
    """An attempt that is to be asked about at RunPod."""

    attempt_id: UUID
    job_id: UUID
    account_id: UUID
    state: AttemptState
    runpod_id: str
    age_seconds: float
    missing_count: int
    missing_seconds: float


@dataclass(frozen=True, slots=True)
class RungAttempt:
    """An attempt that is due now, because somebody has reason to think that there is news of it."""

    attempt_id: UUID
    job_id: UUID
    account_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class RecordedProgress:
    """A job whose progress or stage is another now."""

    job_id: UUID
    account_id: UUID
    seq: int
    stage: Stage
    at: datetime


_NEXT = """
    next_poll_at = CASE WHEN next_poll_at <= clock_timestamp() THEN next_poll_at
                        ELSE now() + make_interval(secs => $2) END"""
"""The appointment after an answer, in place of the lease: unless somebody has rung while RunPod was asked."""

CLAIM_DUE = f"""
WITH due AS (
    SELECT id FROM attempts
    WHERE {RELAXED} AND next_poll_at <= now() AND coalesce(runpod_id, candidate_runpod_id) IS NOT NULL
      AND ($3::uuid IS NULL OR id = $3)
    ORDER BY next_poll_at LIMIT $1 FOR UPDATE SKIP LOCKED)
UPDATE attempts a SET next_poll_at = now() + make_interval(secs => $2), polls = polls + 1
FROM due, jobs j WHERE a.id = due.id AND j.id = a.job_id
RETURNING a.id AS attempt_id, a.job_id, j.account_id, a.state, coalesce(a.runpod_id, a.candidate_runpod_id) AS runpod_id,
    extract(epoch FROM now() - coalesce(a.submitted_at, a.posted_at, a.created_at))::float8 AS age_seconds,
    a.missing_count, coalesce(extract(epoch FROM now() - a.missing_since), 0)::float8 AS missing_seconds
"""

SECONDS_TO_NEXT = """
SELECT extract(epoch FROM min(next_poll_at) - now())::float8 AS seconds FROM attempts WHERE next_poll_at IS NOT NULL
"""

FOLLOWED = "SELECT count(*)::int AS followed FROM attempts WHERE next_poll_at IS NOT NULL"

POLL_LATER = f"""
UPDATE attempts SET {_NEXT}
WHERE {RELAXED} AND id = $1 AND next_poll_at IS NOT NULL RETURNING id
"""

NOTE_PRESENT = f"""
UPDATE attempts SET {_NEXT}, missing_count = 0, missing_since = NULL
WHERE {RELAXED} AND id = $1 AND state IN ('submitted', 'in_progress') RETURNING id
"""

NOTE_MISSING = f"""
UPDATE attempts SET {_NEXT}, missing_count = missing_count + 1, missing_since = coalesce(missing_since, now())
WHERE id = $1 AND next_poll_at IS NOT NULL RETURNING id
"""

STOP_FOLLOWING = "UPDATE attempts SET next_poll_at = NULL WHERE id = $1"

RECORD_PROGRESS = f"""
WITH a AS (
    UPDATE attempts SET state = 'in_progress', started_at = coalesce(started_at, now()), missing_count = 0,
                        missing_since = NULL, {_NEXT}
    WHERE id = $1 AND state IN ('submitted', 'in_progress') RETURNING job_id)
UPDATE jobs SET stage = 'generating', progress_step = $3, progress_steps = $4, progress_percent = $5
FROM a WHERE jobs.id = a.job_id AND jobs.state = 'running'
  AND (stage <> 'generating' OR (progress_step, progress_steps, progress_percent) IS DISTINCT FROM ($3, $4, $5))
RETURNING jobs.id AS job_id, account_id, last_event_seq AS seq, stage, updated_at AS at
"""

RECORD_COMPLETED = """
WITH a AS (
    UPDATE attempts SET state = 'completed', completed_at = now(), next_poll_at = NULL, execution_ms = $2,
                        runpod_id = coalesce(runpod_id, candidate_runpod_id), started_at = coalesce(started_at, now())
    WHERE id = $1 AND state IN ('submitted', 'in_progress', 'abandoned') RETURNING id, job_id)
UPDATE jobs SET
    state = CASE WHEN cancel_requested_at IS NULL AND deleted_at IS NULL THEN 'storing' ELSE 'cancelled' END,
    stage = CASE WHEN cancel_requested_at IS NULL AND deleted_at IS NULL THEN 'saving' ELSE 'cancelled' END,
    winner = a.id, lease_until = NULL, next_ring_at = now() + make_interval(secs => $3)
FROM a WHERE jobs.id = a.job_id AND jobs.state = 'running' AND winner IS NULL RETURNING jobs.id
"""

HOOK = f"""
UPDATE attempts a SET next_poll_at = now(),
    candidate_runpod_id = CASE WHEN runpod_id IS NULL THEN coalesce(candidate_runpod_id, $2) END
FROM jobs j
WHERE {RELAXED} AND hook_sha256 = $1 AND j.id = a.job_id
  AND (a.state IN ('posting', 'unknown', 'submitted', 'in_progress') OR a.state = 'abandoned' AND cancel_sent_at IS NULL)
RETURNING a.id AS attempt_id, a.job_id, j.account_id, now() AS at
"""

RING_JOB = f"""
UPDATE attempts a SET next_poll_at = now() FROM jobs j
WHERE {RELAXED} AND j.id = $1 AND j.account_id = $2 AND a.job_id = j.id AND a.state IN ('submitted', 'in_progress')
RETURNING a.id AS attempt_id, a.job_id, j.account_id, now() AS at
"""


class Following:
    """Keeps the attempts' appointments with RunPod."""

    def __init__(self, database: Database, timers: Timers) -> None:
        self._database = database
        self._timers = timers

    async def claim_due(self, limit: int, *, only: UUID | None = None) -> list[FollowedAttempt]:
        """Take up to `limit` attempts whose time has come (or just `only`, if its time has)."""
        rows = await self._database.rows(CLAIM_DUE, limit, self._timers.poll_lease, only)
        return [FollowedAttempt(**{**row, "state": AttemptState(row["state"])}) for row in rows]

    async def seconds_to_next(self) -> float | None:
        """Return how long until the next attempt is due; None when nothing is followed."""
        row = await self._database.row(SECONDS_TO_NEXT)
        return None if row is None else row["seconds"]

    async def followed(self) -> int:
        """Return how many attempts all pollers follow together."""
        row = await self._database.row(FOLLOWED)
        return 0 if row is None else int(row["followed"])

    async def poll_later(self, attempt_id: UUID, seconds: float) -> None:
        """Ask again later; a webhook that rang in the meantime keeps its earlier appointment."""
        await self._database.row(POLL_LATER, attempt_id, seconds)

    async def note_present(self, attempt_id: UUID, next_poll_seconds: float) -> None:
        """Note that RunPod knows the attempt."""
        await self._database.row(NOTE_PRESENT, attempt_id, next_poll_seconds)

    async def note_missing(self, attempt_id: UUID, next_poll_seconds: float) -> None:
        """Note that RunPod answered 404."""
        await self._database.row(NOTE_MISSING, attempt_id, next_poll_seconds)

    async def stop_following(self, attempt_id: UUID) -> None:
        """Ask no more about an attempt that ended in our tables."""
        await self._database.row(STOP_FOLLOWING, attempt_id)

    async def record_progress(
        self,
        attempt_id: UUID,
        next_poll_seconds: float,
        *,
        step: int | None,
        steps: int | None,
        percent: int | None,
    ) -> RecordedProgress | None:
        """Note that RunPod works on it; returns what is to be told to browsers, if it is news."""
        row = await self._database.row(
            RECORD_PROGRESS, attempt_id, next_poll_seconds, step, steps, percent
        )
        return None if row is None else RecordedProgress(**{**row, "stage": Stage(row["stage"])})

    async def record_completed(self, attempt_id: UUID, execution_ms: int | None) -> bool:
        """Let the first finished attempt win the job; False when it came too late."""
        row = await self._database.announce_row(
            RECORD_COMPLETED, attempt_id, execution_ms, self._timers.store_ring
        )
        return row is not None

    async def webhook_rang(
        self, hook_sha256: bytes, candidate_runpod_id: str | None
    ) -> list[RungAttempt]:
        """Make the attempt behind a webhook's token due now; nothing when there is none.

        The id in the webhook's body is kept only as a candidate, for an attempt whose POST had no answer.
        """
        rows = await self._database.rows(HOOK, hook_sha256, candidate_runpod_id)
        return [RungAttempt(**row) for row in rows]

    async def ring_job(self, job_id: UUID, account_id: UUID) -> list[RungAttempt]:
        """Make the job's attempt due now, on its owner's wish."""
        return [
            RungAttempt(**row) for row in await self._database.rows(RING_JOB, job_id, account_id)
        ]
