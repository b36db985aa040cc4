"""Which objects belong to no job, as far as the tables know."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.db.database import Database

ORPHANS = """
SELECT o.key FROM unnest($1::text[], $2::uuid[], $3::timestamptz[], $4::float8[]) AS o (key, job_id, modified_at, kept)
WHERE o.modified_at < now() - make_interval(secs => o.kept) AND EXISTS (SELECT FROM jobs)
  AND NOT EXISTS (
    SELECT FROM jobs j WHERE j.id = o.job_id AND j.purged_at IS NULL
    AND (j.finished_at IS NULL OR o.key IN (j.upload_key, j.input_key, j.result_key, j.thumbnail_key)))
"""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An object, the job that its key names, and how long it is kept in any case."""

    key: str
    job_id: UUID
    modified_at: datetime
    kept_seconds: float


class Orphans:
    """Tells objects that belong to a job from those that do not."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def among(self, candidates: list[Candidate]) -> list[str]:
        """Return the keys of those that are old enough and that no job has.

        Everything below the name of an open job is its own; of an ended job, what its row names; of a purged one
        nothing. Tables without any job are new or were lost: then nothing is an orphan.
        """
        rows = await self._database.rows(
            ORPHANS,
            [one.key for one in candidates],
            [one.job_id for one in candidates],
            [one.modified_at for one in candidates],
            [one.kept_seconds for one in candidates],
        )
        return [row["key"] for row in rows]
