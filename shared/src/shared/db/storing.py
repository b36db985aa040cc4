"""The storer's part: own a finished job while its result is fetched, then settle it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.db.database import Database
from shared.domain.job import JobState, Model, Ratio
from shared.domain.timers import Timers


@dataclass(frozen=True, slots=True)
class FinishedAttempt:
    """The winning attempt of a job whose result is to be stored."""

    job_id: UUID
    attempt_id: UUID
    epoch: int
    runpod_id: str
    model: Model
    ratio: Ratio
    created_at: datetime


@dataclass(frozen=True, slots=True)
class StoredResult:
    """Where the verified result lies and what it is."""

    result_key: str
    thumbnail_key: str
    sha256: str
    width: int
    height: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class DeletedJob:
    """A job whose objects are to be removed."""

    job_id: UUID
    created_at: datetime
    upload_key: str | None


CLAIM_STORING = """
WITH j AS (
    UPDATE jobs SET lease_epoch = lease_epoch + 1, lease_until = now() + make_interval(secs => $2)
    WHERE id = $1 AND state = 'storing' AND (lease_until IS NULL OR lease_until <= now()) RETURNING *)
SELECT j.id AS job_id, a.id AS attempt_id, j.lease_epoch AS epoch, a.runpod_id, j.model, j.ratio, j.created_at
FROM j JOIN attempts a ON a.id = j.winner
"""

OWNED = """
SELECT EXISTS (SELECT FROM jobs WHERE id = $1 AND state = 'storing' AND winner = $2 AND lease_epoch = $3) AS owned
"""

RELEASE_LEASE = """
UPDATE jobs SET lease_until = NULL WHERE id = $1 AND state = 'storing' AND winner = $2 AND lease_epoch = $3
"""

FINISH = """
WITH fate AS (
    SELECT id, CASE WHEN deleted_at IS NULL THEN 'done' ELSE 'cancelled' END AS state
    FROM jobs WHERE id = $1 AND state = 'storing' AND winner = $2 FOR UPDATE)
UPDATE jobs SET state = fate.state, stage = fate.state, result_key = $3, thumbnail_key = $4,
    result_sha256 = CASE fate.state WHEN 'done' THEN $5 END, result_width = $6, result_height = $7, result_bytes = $8,
    progress_percent = NULL, progress_step = NULL, progress_steps = NULL
FROM fate WHERE jobs.id = fate.id RETURNING jobs.state
"""

DELETED = """
SELECT id AS job_id, created_at, upload_key FROM jobs
WHERE id = $1 AND deleted_at IS NOT NULL AND purged_at IS NULL AND finished_at IS NOT NULL
"""

NOTE_PURGED = """
WITH j AS (
    UPDATE jobs SET purged_at = now(), prompt = '', negative_prompt = '', upload_key = NULL, input_key = NULL,
                    result_key = NULL, thumbnail_key = NULL
    WHERE id = $1 AND deleted_at IS NOT NULL AND purged_at IS NULL RETURNING id)
UPDATE attempts SET detail = NULL FROM j WHERE attempts.job_id = j.id
"""


class Storing:
    """Claims finished jobs and settles them."""

    def __init__(self, database: Database, timers: Timers) -> None:
        self._database = database
        self._timers = timers

    async def claim(self, job_id: UUID) -> FinishedAttempt | None:
        """Take a job whose result is to be stored, or return None when it is not to be had."""
        row = await self._database.row(CLAIM_STORING, job_id, self._timers.store_lease)
        if row is None:
            return None
        return FinishedAttempt(
            **{**row, "model": Model(row["model"]), "ratio": Ratio(row["ratio"])}
        )

    async def give_back(self, attempt: FinishedAttempt) -> None:
        """Let the next worker try at once."""
        await self._database.row(RELEASE_LEASE, attempt.job_id, attempt.attempt_id, attempt.epoch)

    async def owns(self, attempt: FinishedAttempt) -> bool:
        """Say whether this worker, and no later one, is to store the job's result."""
        row = await self._database.row(OWNED, attempt.job_id, attempt.attempt_id, attempt.epoch)
        return row is not None and bool(row["owned"])

    async def finish(self, attempt: FinishedAttempt, result: StoredResult) -> JobState | None:
        """Settle the job: done and captured, or cancelled and released when its owner deleted it meanwhile.

        Returns:
            The job's new state; None when it was no longer this attempt's to finish.
        """
        row = await self._database.announce_row(
            FINISH,
            attempt.job_id,
            attempt.attempt_id,
            result.result_key,
            result.thumbnail_key,
            result.sha256,
            result.width,
            result.height,
            result.size_bytes,
        )
        return None if row is None else JobState(row["state"])

    async def deleted(self, job_id: UUID) -> DeletedJob | None:
        """Return what is to be removed of a deleted job that has ended."""
        row = await self._database.row(DELETED, job_id)
        return None if row is None else DeletedJob(**row)

    async def note_purged(self, job_id: UUID) -> None:
        """Forget the words and keys of a deleted job, and what RunPod said of it; its ledger rows stay."""
        await self._database.row(NOTE_PURGED, job_id)
