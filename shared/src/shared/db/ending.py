"""How an attempt ends without a result, and what becomes of its job: tried again, failed, or cancelled."""

from uuid import UUID

from shared.db.database import Database
from shared.domain.job import AttemptState, JobState
from shared.domain.timers import Timers

END_ATTEMPT = """
WITH a AS (
    SELECT id, job_id, state, epoch FROM attempts
    WHERE id = $1 AND state IN ('intent', 'posting', 'unknown', 'submitted', 'in_progress', 'completed') FOR UPDATE),
fate AS (
    SELECT jobs.id, CASE
        WHEN cancel_requested_at IS NOT NULL OR deleted_at IS NOT NULL THEN 'cancelled'
        WHEN $5 AND attempts < max_attempts AND deadline_at > now() + make_interval(secs => $6) THEN 'queued'
        ELSE 'failed' END AS state
    FROM jobs JOIN a ON jobs.id = a.job_id
    WHERE jobs.state IN ('dispatching', 'running', 'storing') AND (winner IS NULL OR winner = a.id)
      AND ($8::int IS NULL OR lease_epoch = $8)
    FOR UPDATE OF jobs),
ended AS (
    UPDATE attempts SET state = $2, error_code = $3, next_poll_at = NULL, ended_at = now(),
        detail = (SELECT coalesce($4, attempts.detail) FROM jobs WHERE jobs.id = a.job_id AND purged_at IS NULL)
    FROM a WHERE attempts.id = a.id
      AND (EXISTS (SELECT FROM fate) OR a.state <> 'completed' AND coalesce(a.epoch = $8, TRUE)))
UPDATE jobs SET state = fate.state, stage = fate.state, winner = NULL,
                error_code = CASE fate.state WHEN 'failed' THEN $3 END,
                next_ring_at = CASE fate.state WHEN 'queued' THEN now() + make_interval(secs => $7) END
FROM fate WHERE jobs.id = fate.id RETURNING jobs.state
"""

FAIL_JOB = """
UPDATE jobs SET state = 'failed', stage = 'failed', error_code = $2, winner = NULL
WHERE id = $1 AND finished_at IS NULL RETURNING id
"""


class Ending:
    """Ends attempts; the job's fate is decided in the same statement."""

    def __init__(self, database: Database, timers: Timers) -> None:
        self._database = database
        self._timers = timers

    async def end_attempt(
        self,
        attempt_id: UUID,
        state: AttemptState,
        *,
        code: str,
        retryable: bool,
        epoch: int | None = None,
        detail: str | None = None,
    ) -> JobState | None:
        """End an attempt that brought no result; one whose picture another worker has stored stays completed.

        Args:
            attempt_id: the attempt.
            state: one of the states in which an attempt has ended.
            code: why, out of the error catalogue; what the job fails with if it is not tried again.
            retryable: whether another attempt may help.
            epoch: of the caller's claim, if it has one: when a later worker has claimed the job, nothing happens.
            detail: at most 2 KB for operators, never shown to users.

        Returns:
            The state that the job went to, or None when it was no longer this attempt's job.
        """
        row = await self._database.announce_row(
            END_ATTEMPT,
            attempt_id,
            state.value,
            code,
            detail,
            retryable,
            self._timers.submit_lease,
            self._timers.first_ring,
            epoch,
        )
        return None if row is None else JobState(row["state"])

    async def fail_job(self, job_id: UUID, code: str) -> None:
        """Fail a job whatever its state; nothing happens when it has ended already."""
        await self._database.announce_row(FAIL_JOB, job_id, code)
