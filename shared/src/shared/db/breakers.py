"""The breaker of a RunPod endpoint: shared by every process, open while jobs sent there would be in vain.

It opens when RunPod refuses us several times in a row for a reason that only an operator can mend, or when a job
waits there and no worker is there or comes. While it is open jobs stay queued here, and none of their attempts is used;
now and then one job is sent all the same, to see.
"""

import time
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from shared.db.database import Database
from shared.domain.timers import Timers

REFUSALS_IN_A_ROW: Final = 5
NO_WORKERS: Final = "no_workers"


@dataclass(frozen=True, slots=True)
class OpenBreaker:
    """Why an endpoint takes nothing, and when the next job may try."""

    endpoint_id: str
    reason: str
    retry_in_seconds: float


ADMIT = """
WITH held AS (SELECT FROM breakers WHERE endpoint_id = $1 AND reason IS NOT NULL),
probe AS (
    UPDATE breakers SET retry_at = now() + make_interval(secs => $2)
    WHERE endpoint_id = $1 AND reason IS NOT NULL AND retry_at <= now()
      AND (reason <> $3 OR NOT EXISTS (SELECT FROM attempts WHERE state IN ('submitted', 'in_progress')))
    RETURNING endpoint_id)
SELECT NOT EXISTS (SELECT FROM held) OR EXISTS (SELECT FROM probe) AS admitted
"""

PUT_OFF = """
UPDATE jobs SET next_ring_at = greatest(now(), breakers.retry_at) FROM breakers
WHERE jobs.id = $1 AND jobs.state IN ('queued', 'dispatching') AND breakers.endpoint_id = $2 AND breakers.reason IS NOT NULL
"""

NOTE_REFUSED = """
INSERT INTO breakers (endpoint_id, refusals) VALUES ($1, 1)
ON CONFLICT (endpoint_id) DO UPDATE SET
    refusals = breakers.refusals + 1,
    reason = CASE WHEN breakers.refusals + 1 >= $3 THEN $2 ELSE breakers.reason END,
    opened_at = CASE WHEN breakers.refusals + 1 >= $3 THEN coalesce(breakers.opened_at, now()) ELSE breakers.opened_at END,
    retry_at = CASE WHEN breakers.refusals + 1 >= $3 THEN now() + make_interval(secs => $4) ELSE breakers.retry_at END
RETURNING reason = $2 AND refusals = $3 AS opened
"""

_AND_RING = """
UPDATE jobs SET next_ring_at = now() FROM closed WHERE jobs.state IN ('queued', 'dispatching') AND next_ring_at > now()
"""

NOTE_ACCEPTED = f"""
WITH closed AS (
    UPDATE breakers SET refusals = 0, reason = NULL, opened_at = NULL, retry_at = NULL
    WHERE endpoint_id = $1 AND refusals > 0 AND reason IS DISTINCT FROM $2 RETURNING endpoint_id)
{_AND_RING}
"""

WORKERS_CAME = f"""
WITH closed AS (
    UPDATE breakers SET refusals = 0, reason = NULL, opened_at = NULL, retry_at = NULL
    WHERE endpoint_id = $1 AND reason = $2 RETURNING endpoint_id)
{_AND_RING}
"""

TAKE_CHECK = """
INSERT INTO breakers (endpoint_id, checked_at) VALUES ($1, now())
ON CONFLICT (endpoint_id) DO UPDATE SET checked_at = now()
WHERE breakers.checked_at IS NULL OR breakers.checked_at < now() - make_interval(secs => $2)
RETURNING endpoint_id
"""

NO_WORKERS_THERE = """
UPDATE breakers SET reason = $2, opened_at = coalesce(opened_at, now()), retry_at = now() + make_interval(secs => $3)
WHERE endpoint_id = $1 AND (reason IS NULL OR reason = $2)
"""

TROUBLE = """
SELECT endpoint_id, reason, greatest(0, extract(epoch FROM retry_at - now()))::float8 AS retry_in_seconds
FROM breakers WHERE endpoint_id = $1 AND (reason IS NOT NULL OR refusals > 0)
"""


class Breakers:
    """The breaker of one endpoint.

    Where nothing was wrong a moment ago, nobody looks again for a moment: what is sent meanwhile is refused, and comes
    back.
    """

    def __init__(self, database: Database, timers: Timers, endpoint_id: str) -> None:
        self._database = database
        self._timers = timers
        self._endpoint_id = endpoint_id
        self._calm_until = 0.0

    @property
    def _is_calm(self) -> bool:
        return time.monotonic() < self._calm_until

    async def admit(self) -> bool:
        """Say whether a job may be sent: always while the breaker is closed, else one at a time, when it is time."""
        if await self.open_now() is None:
            return True
        pause = self._timers.breaker_pause
        row = await self._database.row(ADMIT, self._endpoint_id, pause, NO_WORKERS)
        return row is not None and bool(row["admitted"])

    async def put_off(self, job_id: UUID) -> None:
        """Have the job rung again when the breaker lets the next one try."""
        await self._database.row(PUT_OFF, job_id, self._endpoint_id)

    async def note_refused(self, reason: str) -> bool:
        """Count a refusal that only an operator can mend; True when it was the one too many."""
        self._calm_until = 0.0
        row = await self._database.row(
            NOTE_REFUSED, self._endpoint_id, reason, REFUSALS_IN_A_ROW, self._timers.breaker_pause
        )
        return row is not None and bool(row["opened"])

    async def note_accepted(self) -> None:
        """Note that RunPod took a job: nothing is wrong with the key and the endpoint."""
        if not self._is_calm:
            await self._database.row(NOTE_ACCEPTED, self._endpoint_id, NO_WORKERS)

    async def take_check(self) -> bool:
        """Say whether it is this caller's turn to read the endpoint's health."""
        row = await self._database.row(TAKE_CHECK, self._endpoint_id, self._timers.health_interval)
        return row is not None

    async def no_workers_there(self) -> None:
        """Note that jobs wait and no worker comes."""
        self._calm_until = 0.0
        pause = self._timers.breaker_pause
        await self._database.row(NO_WORKERS_THERE, self._endpoint_id, NO_WORKERS, pause)

    async def workers_came(self) -> None:
        """Note that a worker is there, or has started a job."""
        if await self.open_now() is not None:
            await self._database.row(WORKERS_CAME, self._endpoint_id, NO_WORKERS)

    async def open_now(self) -> OpenBreaker | None:
        """Return why the endpoint takes nothing; None while it does."""
        if self._is_calm:
            return None
        row = await self._database.row(TROUBLE, self._endpoint_id)
        if row is None:
            self._calm_until = time.monotonic() + self._timers.breaker_memory
        return None if row is None or row["reason"] is None else OpenBreaker(**row)
