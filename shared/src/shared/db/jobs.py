"""The owner's side of a job: accept, read, cancel, delete.

The triggers write the event log, the settlement and the outbox, so each change here is one statement.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from shared.db.database import Database
from shared.domain.job import MAX_ATTEMPTS, JobState, Model, Ratio, Stage
from shared.domain.limits import MINUTE_SECONDS, JobLimits
from shared.domain.timers import Timers
from shared.errors import Conflict, Gone, NotFound

LONGEST_LINE: Final = 1000
"""Beyond so many waiting jobs a place in the line says nothing, and counting it costs."""


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job that its owner wants, with its picture stored already.

    Attributes:
        created_at: Postgres' time at which the request was taken up; the month of the object keys.
    """

    id: UUID
    account_id: UUID
    idempotency_key: str
    request_sha256: str
    prompt: str
    negative_prompt: str
    model: Model
    ratio: Ratio
    seed: int
    price_credits: int
    created_at: datetime
    upload_key: str | None = None
    upload_content_type: str | None = None
    input_key: str | None = None
    parent_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class StageEntry:
    """One line of a job's event log."""

    seq: int
    stage: Stage
    at: datetime


@dataclass(frozen=True, slots=True)
class JobRecord:
    """A job as its owner may see it, all from one moment.

    Attributes:
        parent_id: the job whose picture it was made from, while that is there.
    """

    id: UUID
    account_id: UUID
    state: JobState
    stage: Stage
    prompt: str
    negative_prompt: str
    model: Model
    ratio: Ratio
    seed: int
    price_credits: int
    parent_id: UUID | None
    upload_key: str | None
    upload_content_type: str | None
    result_key: str | None
    thumbnail_key: str | None
    result_width: int | None
    result_height: int | None
    error_code: str | None
    attempts: int
    progress_step: int | None
    progress_steps: int | None
    progress_percent: int | None
    last_event_seq: int
    queue_position: int | None
    timeline: tuple[StageEntry, ...]
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    server_time: datetime

    @property
    def is_open(self) -> bool:
        """Whether the job has not ended yet."""
        return self.finished_at is None


@dataclass(frozen=True, slots=True)
class EarlierRequest:
    """What an idempotency key was used for."""

    job_id: UUID
    request_sha256: str


@dataclass(frozen=True, slots=True)
class Durations:
    """How long the last `n` finished jobs of a kind took from their first submission, in ms."""

    p50_ms: int | None
    p90_ms: int | None
    n: int


@dataclass(frozen=True, slots=True)
class ChangedJob:
    """A job that has changed lately."""

    id: UUID
    account_id: UUID
    seq: int
    stage: Stage
    updated_at: datetime


_OPEN = "state NOT IN ('done', 'failed', 'cancelled')"
_WAITING = "stage IN ('queued', 'sending', 'warming')"

_RECORD = f"""
    j.id, j.account_id, j.state, j.stage, j.prompt, j.negative_prompt, j.model, j.ratio, j.seed, j.price_credits,
    (SELECT p.id FROM jobs p WHERE p.id = j.parent_id AND p.deleted_at IS NULL) AS parent_id,
    j.upload_key, j.upload_content_type, j.result_key, j.thumbnail_key, j.result_width, j.result_height, j.error_code,
    j.attempts, j.progress_step, j.progress_steps, j.progress_percent, j.last_event_seq,
    CASE WHEN j.{_WAITING} THEN 1 + (SELECT count(*) FROM (
        SELECT FROM jobs ahead WHERE ahead.{_OPEN} AND ahead.{_WAITING} AND ahead.created_at < j.created_at
        LIMIT {LONGEST_LINE}) line) END AS queue_position,
    (SELECT json_agg(json_build_array(e.seq, e.stage, e.at) ORDER BY e.seq)
     FROM job_events e WHERE e.job_id = j.id) AS timeline,
    j.created_at, j.updated_at, j.started_at, j.finished_at, clock_timestamp() AS server_time
"""

ACCEPT = """
WITH h AS (
    UPDATE accounts SET held_credits = held_credits + $9
    WHERE id = $2 AND balance_credits - held_credits >= $9
      AND NOT EXISTS (SELECT FROM jobs WHERE account_id = $2 AND idempotency_key = $3)
      AND may_begin($2, $19, $20, $21)
    RETURNING id),
j AS (
    INSERT INTO jobs (id, account_id, idempotency_key, request_sha256, prompt, negative_prompt, model, ratio,
                      price_credits, seed, upload_key, upload_content_type, input_key, max_attempts, created_at,
                      deadline_at, next_ring_at, parent_id)
    SELECT $1, h.id, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15,
           now() + make_interval(secs => $16), now() + make_interval(secs => $17), $18
    FROM h RETURNING id, account_id, price_credits)
INSERT INTO ledger (account_id, job_id, kind, amount_credits)
SELECT account_id, id, 'hold', price_credits FROM j RETURNING job_id
"""

BY_KEY = """
SELECT id AS job_id, request_sha256 FROM jobs WHERE account_id = $1 AND idempotency_key = $2
"""

GET = f"SELECT {_RECORD} FROM jobs j WHERE j.id = $1 AND j.account_id = $2 AND j.deleted_at IS NULL"

EXPIRED = """
SELECT round(extract(epoch FROM expired_at - finished_at) / 86400)::int AS days FROM jobs
WHERE id = $1 AND account_id = $2 AND expired_at IS NOT NULL
"""

PAGE = f"""
SELECT {_RECORD} FROM jobs j
WHERE j.account_id = $1 AND j.deleted_at IS NULL AND ($2::uuid IS NULL OR j.id < $2)
  AND ($3::text[] IS NULL OR j.state = ANY($3))
  AND ($4::text IS NULL OR strpos(lower(j.prompt), lower($4)) > 0)
ORDER BY j.id DESC LIMIT $5
"""

RECENT = f"""
SELECT {_RECORD} FROM jobs j
WHERE j.account_id = $1 AND j.deleted_at IS NULL
  AND (j.{_OPEN} OR j.updated_at > coalesce($2::timestamptz, now()) - make_interval(secs => $3))
ORDER BY j.updated_at DESC LIMIT $4
"""

CHANGED = """
SELECT id, account_id, last_event_seq AS seq, stage, updated_at FROM jobs
WHERE account_id = ANY($1::uuid[]) AND updated_at > now() - make_interval(secs => $2)
"""

CANCEL = """
UPDATE jobs SET
    state = CASE state WHEN 'queued' THEN 'cancelled' ELSE state END,
    stage = CASE state WHEN 'queued' THEN 'cancelled' ELSE stage END,
    cancel_requested_at = coalesce(cancel_requested_at, now())
WHERE id = $1 AND account_id = $2 AND deleted_at IS NULL AND state IN ('queued', 'dispatching', 'running')
RETURNING id
"""

DELETE = """
UPDATE jobs SET
    deleted_at = now(),
    state = CASE state WHEN 'queued' THEN 'cancelled' ELSE state END,
    stage = CASE state WHEN 'queued' THEN 'cancelled' ELSE stage END,
    cancel_requested_at = CASE WHEN state IN ('queued', 'dispatching', 'running')
                               THEN coalesce(cancel_requested_at, now()) ELSE cancel_requested_at END
WHERE id = $1 AND account_id = $2 AND deleted_at IS NULL
RETURNING id
"""

OPEN_IDS = f"""
SELECT id FROM jobs WHERE account_id = $1 AND {_OPEN} AND deleted_at IS NULL ORDER BY created_at LIMIT 100
"""

DURATIONS = """
SELECT round(percentile_cont(0.5) WITHIN GROUP (ORDER BY ms))::int AS p50_ms,
       round(percentile_cont(0.9) WITHIN GROUP (ORDER BY ms))::int AS p90_ms, count(*)::int AS n
FROM (SELECT extract(epoch FROM finished_at - coalesce(started_at, created_at)) * 1000 AS ms FROM jobs
      WHERE state = 'done' AND model = $1 AND ratio = $2 ORDER BY finished_at DESC LIMIT 200) latest
"""


class Jobs:
    """Takes jobs in, and reads and ends them on their owner's wish."""

    def __init__(self, database: Database, timers: Timers) -> None:
        self._database = database
        self._timers = timers

    async def accept(self, job: NewJob, limits: JobLimits | None = None) -> bool:
        """Hold the price, make the job and announce it; all or nothing.

        Returns:
            False when nothing was written: the key is taken, the account has too few credits, or is at its limits.
        """
        limits = limits or JobLimits()
        try:
            row = await self._database.announce_row(
                ACCEPT,
                job.id,
                job.account_id,
                job.idempotency_key,
                job.request_sha256,
                job.prompt,
                job.negative_prompt,
                job.model.value,
                job.ratio.value,
                job.price_credits,
                job.seed,
                job.upload_key,
                job.upload_content_type,
                job.input_key,
                MAX_ATTEMPTS,
                job.created_at,
                self._timers.job_deadline,
                self._timers.first_ring,
                job.parent_id,
                limits.open_jobs,
                limits.per_minute,
                MINUTE_SECONDS,
            )
        except asyncpg.UniqueViolationError:
            # A twin with the same key was accepted between this statement's snapshot and its insert.
            return False
        return row is not None

    async def by_key(self, account_id: UUID, idempotency_key: str) -> EarlierRequest | None:
        """Return the request that has used a key, deleted jobs included."""
        row = await self._database.row(BY_KEY, account_id, idempotency_key)
        return None if row is None else EarlierRequest(**row)

    async def get(self, job_id: UUID, account_id: UUID) -> JobRecord:
        """Return an account's job.

        Raises:
            Gone: ``result_expired``, it was deleted after so many days.
            NotFound: it does not exist, was deleted by its owner, or is another account's.
        """
        row = await self._database.row(GET, job_id, account_id)
        if row is None:
            raise await self._why_missing(job_id, account_id)
        return _record(row)

    async def _why_missing(self, job_id: UUID, account_id: UUID) -> NotFound:
        row = await self._database.row(EXPIRED, job_id, account_id)
        return NotFound() if row is None else Gone("result_expired", days=row["days"])

    async def page(
        self,
        account_id: UUID,
        *,
        limit: int,
        before: UUID | None = None,
        states: frozenset[JobState] | None = None,
        search: str | None = None,
    ) -> list[JobRecord]:
        """Return up to `limit` jobs, newest first, that are older than `before`.

        With `search` only those whose prompt contains it, in small or capital letters.
        """
        wanted = None if states is None else [state.value for state in states]
        rows = await self._database.rows(PAGE, account_id, before, wanted, search, limit)
        return [_record(row) for row in rows]

    async def recent(
        self, account_id: UUID, *, since: datetime | None, overlap_seconds: float, limit: int
    ) -> list[JobRecord]:
        """Return the open jobs and those that changed after `since` (now, if None) minus an overlap.

        Oldest change first; of more than `limit`, the latest.
        """
        rows = await self._database.rows(RECENT, account_id, since, overlap_seconds, limit)
        return [_record(row) for row in reversed(rows)]

    async def changed(self, account_ids: list[UUID], within_seconds: float) -> list[ChangedJob]:
        """Return the accounts' jobs that changed within the last seconds."""
        rows = await self._database.rows(CHANGED, account_ids, within_seconds)
        return [ChangedJob(**{**row, "stage": Stage(row["stage"])}) for row in rows]

    async def cancel(self, job_id: UUID, account_id: UUID) -> JobRecord:
        """Stop a job that is not saved yet: at once if it waits, else RunPod is asked to.

        Raises:
            Conflict: ``cancel_too_late``, its result is being stored.
            NotFound: as `get`.
        """
        row = await self._database.announce_row(CANCEL, job_id, account_id)
        record = await self.get(job_id, account_id)
        if row is None and record.state is JobState.STORING:
            raise Conflict("cancel_too_late")
        return record

    async def delete(self, job_id: UUID, account_id: UUID) -> None:
        """Hide a job for good, stop it if it is open, and have its objects removed.

        Raises:
            NotFound: as `get`.
        """
        if await self._database.announce_row(DELETE, job_id, account_id) is None:
            raise await self._why_missing(job_id, account_id)

    async def open_ids(self, account_id: UUID) -> list[UUID]:
        """Return up to 100 of an account's open jobs, oldest first."""
        return [row["id"] for row in await self._database.rows(OPEN_IDS, account_id)]

    async def durations(self, model: Model, ratio: Ratio) -> Durations:
        """Return how long the last 200 finished jobs of a kind took."""
        row = await self._database.row(DURATIONS, model.value, ratio.value)
        return Durations(None, None, 0) if row is None else Durations(**row)


def _record(row: asyncpg.Record) -> JobRecord:
    position = row["queue_position"]
    return JobRecord(
        **{
            **row,
            "state": JobState(row["state"]),
            "stage": Stage(row["stage"]),
            "model": Model(row["model"]),
            "ratio": Ratio(row["ratio"]),
            "queue_position": None if position is None or position > LONGEST_LINE else position,
            "timeline": tuple(
                StageEntry(seq, Stage(stage), datetime.fromisoformat(at))
                for seq, stage, at in json.loads(row["timeline"] or "[]")
            ),
        }
    )
