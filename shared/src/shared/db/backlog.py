"""How much work waits, and for how long: the numbers behind the gauges."""

from dataclasses import dataclass

from shared.db.database import Database
from shared.domain.job import TERMINAL_STATES, JobState

JOBS = """
SELECT state, count(*)::int AS jobs, extract(epoch FROM now() - min(created_at))::float8 AS oldest_seconds FROM jobs
WHERE state NOT IN ('done', 'failed', 'cancelled') GROUP BY state
"""

REST = """
SELECT (SELECT count(*) FROM outbox)::int AS outbox_events,
       coalesce((SELECT extract(epoch FROM now() - min(created_at)) FROM outbox), 0)::float8 AS outbox_oldest_seconds,
       (SELECT count(*) FROM attempts WHERE state = 'unknown')::int AS unknown_attempts,
       (SELECT count(*) FROM dead_messages WHERE state = 'open')::int AS open_dead_messages
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The open jobs of one state and the age of the oldest, 0 when there is none."""

    jobs: int
    oldest_seconds: float


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is not finished, at one moment."""

    jobs: dict[JobState, Waiting]
    outbox_events: int
    outbox_oldest_seconds: float
    unknown_attempts: int
    open_dead_messages: int


class Backlogs:
    """Reads the backlog."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def now(self) -> Backlog:
        """Return the backlog, with every state that is not terminal."""
        found = {row["state"]: row for row in await self._database.rows(JOBS)}
        jobs = {
            state: Waiting(found[state]["jobs"], found[state]["oldest_seconds"])
            if state in found
            else Waiting(0, 0.0)
            for state in JobState
            if state not in TERMINAL_STATES
        }
        (rest,) = await self._database.rows(REST)
        return Backlog(jobs=jobs, **rest)
