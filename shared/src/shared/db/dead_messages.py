"""Dead messages as rows. What they asked for is rung again from the tables, never from their old bodies."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from shared.db.database import Database
from shared.domain.dead_letter import DELIVERY_LIMIT, DeadLetter, DeadState

MOST_LISTED = 1000

_NEEDS = """
SELECT 'job.created' AS topic, NULL::uuid AS attempt_id
WHERE j.cancel_requested_at IS NULL AND (j.state = 'queued' OR j.state = 'dispatching' AND EXISTS (
    SELECT FROM attempts a WHERE a.job_id = j.id AND a.state = 'intent'))
UNION ALL
SELECT 'job.completed', j.winner WHERE j.state = 'storing'
UNION ALL
SELECT 'attempt.poll_requested', a.id FROM attempts a
WHERE a.job_id = j.id AND a.state IN ('submitted', 'in_progress') AND a.next_poll_at IS NOT NULL
UNION ALL
SELECT 'job.cancel_requested', NULL
WHERE EXISTS (SELECT FROM attempts a WHERE a.job_id = j.id AND a.state IN ('intent', 'submitted', 'in_progress')
              AND (j.cancel_requested_at IS NOT NULL OR j.finished_at IS NOT NULL OR j.winner <> a.id))
UNION ALL
SELECT 'job.delete_requested', NULL
WHERE j.deleted_at IS NOT NULL AND j.purged_at IS NULL AND j.finished_at IS NOT NULL
"""
"""What a job `j` waits to be rung for, whatever message of it has died."""

RECORD = """
INSERT INTO dead_messages (queue, fingerprint, message_id, topic, job_id, body, body_bytes, reason, tries, deaths, died_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::jsonb, $11) ON CONFLICT (queue, fingerprint) DO NOTHING RETURNING id
"""

SELECT = f"""
SELECT d.id, d.queue, d.message_id, d.topic, d.job_id, d.body, d.body_bytes, d.reason, d.tries, d.deaths::text AS deaths,
    d.died_at, d.found_at, d.state, d.explanation, d.settled_at, j.state AS job_state, j.error_code AS job_error_code,
    ARRAY(SELECT topic FROM ({_NEEDS}) needs) AS needs,
    (SELECT count(*) FROM dead_messages other WHERE other.job_id = d.job_id AND other.state = 'replayed'
     AND other.reason = '{DELIVERY_LIMIT}')::int AS redrives
FROM dead_messages d LEFT JOIN jobs j ON j.id = d.job_id
"""

UNEXPLAINED = f"{SELECT} WHERE d.state = 'open' AND d.explanation = '' ORDER BY d.id LIMIT $1"

LIST = f"""{SELECT}
WHERE CASE WHEN $1::uuid[] IS NULL THEN d.state = 'open' ELSE d.id = ANY($1) END
  AND ($2::text IS NULL OR d.queue = $2)
ORDER BY d.id LIMIT {MOST_LISTED}
"""

EXPLAIN = """
UPDATE dead_messages SET explanation = $2, state = $3, settled_at = CASE $3 WHEN 'open' THEN NULL ELSE now() END
WHERE id = $1 AND state = 'open' RETURNING id
"""

REPLAY = f"""
WITH dead AS (SELECT id, job_id FROM dead_messages WHERE id = $1 AND state = 'open' FOR UPDATE),
needed AS MATERIALIZED (
    SELECT j.id AS job_id, needs.* FROM dead JOIN jobs j ON j.id = dead.job_id CROSS JOIN LATERAL ({_NEEDS}) needs),
polled AS (
    UPDATE attempts SET next_poll_at = now() FROM needed
    WHERE attempts.id = needed.attempt_id AND needed.topic = 'attempt.poll_requested'),
rung AS (
    SELECT needed.topic, CASE needed.topic
        WHEN 'attempt.poll_requested' THEN emit(needed.topic, jobs.account_id, jobs.id, needed.attempt_id, '{{}}')
        ELSE emit_job(needed.topic, jobs) END AS event_id
    FROM needed JOIN jobs ON jobs.id = needed.job_id),
told AS (SELECT string_agg(topic, ', ') AS topics, count(event_id) AS events FROM rung)
UPDATE dead_messages SET
    state = CASE told.events WHEN 0 THEN 'settled' ELSE 'replayed' END, settled_at = now(),
    explanation = $2 || CASE told.events WHEN 0 THEN ' No job waits for it.' ELSE ' Rung again: ' || told.topics || '.' END
FROM dead, told WHERE dead_messages.id = dead.id RETURNING dead_messages.state
"""


@dataclass(frozen=True, slots=True)
class DeadMessage:
    """A dead message with what is known of its job now.

    Attributes:
        needs: the topics that its job waits to be rung for.
        redrives: how often the job was rung again because its messages ended processes.
        job_state: None when there is no such job, or the message names none.
    """

    id: UUID
    queue: str
    message_id: str | None
    topic: str | None
    job_id: UUID | None
    body: str
    body_bytes: int
    reason: str
    tries: int
    deaths: str
    died_at: datetime | None
    found_at: datetime
    state: DeadState
    explanation: str
    settled_at: datetime | None
    job_state: str | None
    job_error_code: str | None
    needs: tuple[str, ...]
    redrives: int


class DeadMessages:
    """Keeps, lists and settles dead messages."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(self, letter: DeadLetter) -> bool:
        """Keep a dead message; False when it is kept already."""
        row = await self._database.row(
            RECORD,
            letter.queue,
            letter.fingerprint,
            letter.message_id,
            letter.topic,
            letter.job_id,
            letter.body,
            letter.body_bytes,
            letter.reason,
            letter.tries,
            letter.deaths,
            letter.died_at,
        )
        return row is not None

    async def unexplained(self, limit: int) -> list[DeadMessage]:
        """Return up to `limit` messages about which nothing was decided yet, oldest first."""
        return [_message(row) for row in await self._database.rows(UNEXPLAINED, limit)]

    async def listed(
        self, ids: list[UUID] | None = None, *, queue: str | None = None
    ) -> list[DeadMessage]:
        """Return messages by their ids, or all open ones; at most 1000, oldest first."""
        return [_message(row) for row in await self._database.rows(LIST, ids, queue)]

    async def explain(self, message_id: UUID, explanation: str, state: DeadState) -> bool:
        """Say what has become of an open message; False when it is not open."""
        row = await self._database.row(EXPLAIN, message_id, explanation, state.value)
        return row is not None

    async def replay(self, message_id: UUID, explanation: str) -> DeadState | None:
        """Ring for whatever the job of an open message needs now.

        Args:
            message_id: the row.
            explanation: one sentence; a second one, on what was rung, is added.

        Returns:
            `REPLAYED`, or `SETTLED` when the job needs nothing; None when the message is not open.
        """
        row = await self._database.announce_row(REPLAY, message_id, explanation)
        return None if row is None else DeadState(row["state"])


def _message(row: asyncpg.Record) -> DeadMessage:
    return DeadMessage(**{**row, "state": DeadState(row["state"]), "needs": tuple(row["needs"])})
