"""The table whose rows the chains update, seen from the bench."""

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Final, Self

import asyncpg

_CREATE: Final = """
CREATE TABLE IF NOT EXISTS jobs (
    id bigint PRIMARY KEY,
    state text NOT NULL,
    provider_id text,
    submitted_at timestamptz,
    completed_at timestamptz,
    stored_at timestamptz
)
"""
_INSERT: Final = (
    "INSERT INTO jobs (id, state) SELECT n, 'new' FROM generate_series($1::bigint, $2::bigint) AS n"
)
_STORED_AT: Final = (
    "SELECT id, extract(epoch FROM stored_at)::float8 AS at FROM jobs"
    " WHERE id BETWEEN $1 AND $2 AND submitted_at < completed_at AND completed_at < stored_at"
)
_COUNT_STORED: Final = "SELECT count(stored_at) FROM jobs WHERE id BETWEEN $1 AND $2"


class JobTable:
    """One kept connection, on a loop of its own."""

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url

    def __enter__(self) -> Self:
        self._loop = asyncio.Runner()
        self._connection = self._loop.run(self._connect())
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._loop:
            self._loop.run(self._connection.close())

    def insert(self, jobs: range) -> None:
        """Add rows for jobs that are still to be submitted."""
        self._loop.run(self._connection.execute(_INSERT, jobs.start, jobs[-1]))

    def stored_at(self, jobs: range) -> Mapping[int, float]:
        """Return when each job was marked done, of those that went through every stage."""
        rows = self._loop.run(self._connection.fetch(_STORED_AT, jobs.start, jobs[-1]))
        return {row["id"]: row["at"] for row in rows}

    def count_stored(self, jobs: range) -> int:
        """Return how many are marked done."""
        return int(self._loop.run(self._connection.fetchval(_COUNT_STORED, jobs.start, jobs[-1])))

    async def _connect(self) -> "asyncpg.Connection[asyncpg.Record]":
        connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(self._database_url)
        await connection.execute(_CREATE)
        return connection
