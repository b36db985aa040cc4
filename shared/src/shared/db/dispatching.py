"""The submitter's part of a job's life: claim, intent, posting, and what came of it.

The lease epoch is the fence. An attempt is posted only by the worker whose epoch stands on both rows, and `posting`
is committed before the first byte leaves: whoever dies before was surely not heard, whoever dies after is `unknown`.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.db.database import Database
from shared.domain.job import Model, Ratio
from shared.domain.timers import Timers


@dataclass(frozen=True, slots=True)
class ClaimedAttempt:
    """A job that this worker may send, with the attempt that stands for it."""

    job_id: UUID
    account_id: UUID
    attempt_id: UUID
    number: int
    epoch: int
    prompt: str
    negative_prompt: str
    model: Model
    ratio: Ratio
    seed: int
    input_key: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class CancellableAttempt:
    """An attempt that RunPod has and that is no longer wanted."""

    attempt_id: UUID
    runpod_id: str


_COLUMNS = """
    j.id AS job_id, j.account_id, a.id AS attempt_id, a.number, a.epoch, j.prompt, j.negative_prompt, j.model, j.ratio,
    j.seed, j.input_key, j.created_at
"""

CLAIM_NEW = f"""
WITH j AS (
    UPDATE jobs SET state = 'dispatching', stage = 'sending', attempts = attempts + 1, lease_epoch = lease_epoch + 1,
                    lease_until = now() + make_interval(secs => $4)
    WHERE id = $1 AND state = 'queued' AND cancel_requested_at IS NULL AND deleted_at IS NULL
      AND attempts < max_attempts AND deadline_at > now() + make_interval(secs => $4)
    RETURNING *),
a AS (
    INSERT INTO attempts (id, job_id, number, epoch, state, hook_sha256)
    SELECT $2, id, attempts, lease_epoch, 'intent', $3 FROM j RETURNING *)
SELECT {_COLUMNS} FROM j, a
"""

CLAIM_AGAIN = f"""
WITH j AS (
    UPDATE jobs SET lease_epoch = lease_epoch + 1, lease_until = now() + make_interval(secs => $3)
    WHERE id = $1 AND state = 'dispatching' AND lease_until <= now() AND cancel_requested_at IS NULL
      AND EXISTS (SELECT FROM attempts WHERE job_id = $1 AND state = 'intent')
    RETURNING *),
a AS (
    UPDATE attempts SET epoch = j.lease_epoch, hook_sha256 = $2 FROM j
    WHERE attempts.job_id = j.id AND attempts.state = 'intent' RETURNING attempts.*)
SELECT {_COLUMNS} FROM j, a
"""

BEGIN_POST = """
WITH j AS (
    UPDATE jobs SET lease_until = now() + make_interval(secs => $3)
    WHERE id = (SELECT job_id FROM attempts WHERE id = $1) AND state = 'dispatching' AND lease_epoch = $2
      AND lease_until > now() AND cancel_requested_at IS NULL
    RETURNING id)
UPDATE attempts SET state = 'posting', posted_at = now() FROM j
WHERE attempts.id = $1 AND attempts.epoch = $2 AND attempts.state = 'intent' AND attempts.job_id = j.id
RETURNING attempts.id
"""

RECORD_SUBMITTED = """
WITH a AS (
    UPDATE attempts SET state = 'submitted', runpod_id = $2, submitted_at = now(),
                        next_poll_at = LEAST(next_poll_at, now() + make_interval(secs => $3))
    WHERE id = $1 AND state IN ('posting', 'unknown') RETURNING id, job_id),
late AS (
    UPDATE attempts SET runpod_id = $2, next_poll_at = now() + make_interval(secs => $3)
    WHERE id = $1 AND state = 'abandoned' RETURNING id),
j AS (
    UPDATE jobs SET state = 'running', stage = 'warming', started_at = coalesce(started_at, now()), lease_until = NULL
    FROM a WHERE jobs.id = a.job_id AND jobs.state = 'dispatching' RETURNING jobs.cancel_requested_at)
SELECT EXISTS (SELECT FROM j WHERE cancel_requested_at IS NULL) AS wanted
"""

MARK_UNKNOWN = """
UPDATE attempts SET state = 'unknown', detail = $2 WHERE id = $1 AND state = 'posting' RETURNING id
"""

RETURN_TO_INTENT = """
WITH a AS (
    UPDATE attempts SET state = 'intent', detail = $2
    WHERE id = $1 AND epoch = $3 AND state IN ('intent', 'posting') RETURNING job_id, epoch)
UPDATE jobs SET lease_until = now() FROM a
WHERE jobs.id = a.job_id AND jobs.lease_epoch = a.epoch AND jobs.state = 'dispatching' RETURNING jobs.id
"""

RING_LATER = """
UPDATE jobs SET rings = rings + 1,
    next_ring_at = now() + make_interval(
        secs => LEAST($2::float8, $5::float8) + $3::float8 * LEAST($4::float8 * 2 ^ rings, $5::float8))
WHERE id = $1 AND state = 'dispatching'
"""

UNWANTED = """
SELECT a.id AS attempt_id, a.runpod_id FROM attempts a JOIN jobs j ON j.id = a.job_id
WHERE a.job_id = $1 AND a.runpod_id IS NOT NULL
  AND (a.state IN ('submitted', 'in_progress') OR a.state = 'abandoned' AND a.cancel_sent_at IS NULL)
  AND (j.cancel_requested_at IS NOT NULL OR j.finished_at IS NOT NULL OR j.winner <> a.id OR a.state = 'abandoned')
"""

UNSENT = """
SELECT a.id FROM attempts a JOIN jobs j ON j.id = a.job_id
WHERE a.job_id = $1 AND a.state = 'intent' AND (j.cancel_requested_at IS NOT NULL OR j.finished_at IS NOT NULL)
"""

NOTE_CANCEL_SENT = "UPDATE attempts SET cancel_sent_at = now(), next_poll_at = now() WHERE id = $1"


class Dispatching:
    """Claims jobs for sending and records what RunPod answered."""

    def __init__(self, database: Database, timers: Timers) -> None:
        self._database = database
        self._timers = timers

    async def claim(
        self, job_id: UUID, new_attempt_id: UUID, hook_sha256: bytes
    ) -> ClaimedAttempt | None:
        """Take a job for sending, or return None when it is not this worker's to send.

        A queued job gets a new attempt; one whose worker died before it posted keeps its attempt.
        """
        lease = self._timers.submit_lease
        row = await self._database.announce_row(
            CLAIM_NEW, job_id, new_attempt_id, hook_sha256, lease
        ) or await self._database.row(CLAIM_AGAIN, job_id, hook_sha256, lease)
        if row is None:
            return None
        return ClaimedAttempt(**{**row, "model": Model(row["model"]), "ratio": Ratio(row["ratio"])})

    async def begin_post(self, attempt: ClaimedAttempt) -> bool:
        """Commit that this worker is about to POST; False: it may not."""
        row = await self._database.row(
            BEGIN_POST, attempt.attempt_id, attempt.epoch, self._timers.submit_lease
        )
        return row is not None

    async def record_submitted(
        self, attempt_id: UUID, runpod_id: str, first_poll_seconds: float
    ) -> bool:
        """Note RunPod's id and let the job run; False when nobody wants it any more."""
        row = await self._database.announce_row(
            RECORD_SUBMITTED, attempt_id, runpod_id, first_poll_seconds
        )
        return row is not None and bool(row["wanted"])

    async def mark_unknown(self, attempt_id: UUID, detail: str) -> None:
        """Note that nobody knows whether RunPod took the attempt."""
        await self._database.row(MARK_UNKNOWN, attempt_id, detail)

    async def return_to_intent(self, attempt: ClaimedAttempt, detail: str) -> None:
        """Note that RunPod surely did not take the attempt, so that it may be posted again.

        Nothing happens when another worker has claimed it meanwhile: that one may be posting it.
        """
        await self._database.row(RETURN_TO_INTENT, attempt.attempt_id, detail, attempt.epoch)

    async def ring_later(self, job_id: UUID, at_least_seconds: float, jitter_share: float) -> None:
        """Have the sweeper ring for a job again that could not be sent now.

        Args:
            job_id: the job.
            at_least_seconds: the other side's wish; longer ones than the longest ring are cut.
            jitter_share: from 0 to 1, how much of the wait that doubles with each ring is added.
        """
        timers = self._timers
        await self._database.row(
            RING_LATER, job_id, at_least_seconds, jitter_share, timers.resend, timers.longest_ring
        )

    async def unwanted(self, job_id: UUID) -> list[CancellableAttempt]:
        """Return what RunPod still has of a job that was cancelled, ended or won by another attempt."""
        return [CancellableAttempt(**row) for row in await self._database.rows(UNWANTED, job_id)]

    async def unsent(self, job_id: UUID) -> UUID | None:
        """Return the attempt of a cancelled or ended job that was surely not sent, and now cannot be."""
        row = await self._database.row(UNSENT, job_id)
        return None if row is None else row["id"]

    async def note_cancel_sent(self, attempt_id: UUID) -> None:
        """Note that RunPod was asked to stop the attempt; the next poll shows what came of it."""
        await self._database.row(NOTE_CANCEL_SENT, attempt_id)
