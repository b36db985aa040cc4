"""The connection pool, with Postgres' own faults told apart from bugs."""

import asyncio
import contextlib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any, Self

import asyncpg

from shared.errors import DatabaseUnavailable

CLOSE_SECONDS = 6.0
"""Longer than a statement may take."""

SCHEMA = "SELECT version_num FROM alembic_version"

RELAXED = "(SELECT set_config('synchronous_commit', 'off', true)) = 'off'"
"""A condition that holds; the commit of a statement with it does not wait for the disk.

For leases, appointments and tokens: a crash of Postgres may take the last half second of them back, and then something
is done once more.
"""

_UNAVAILABLE = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.exceptions.OperatorInterventionError,
    asyncpg.exceptions.InsufficientResourcesError,
    asyncpg.exceptions.TransactionRollbackError,
    asyncpg.exceptions.QueryCanceledError,
    asyncpg.exceptions.LockNotAvailableError,
    OSError,
    TimeoutError,
)


@cache
def newest_migration() -> str:
    """Return the last revision that this code comes with; revisions are numbers of four digits.

    Each migration commits on its own, so whoever starts meanwhile finds tables and misses columns.
    """
    versions = files("shared.db").joinpath("migrations", "versions")
    return max(one.name[:4] for one in versions.iterdir() if one.name[:4].isdigit())


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except _UNAVAILABLE as error:
        raise DatabaseUnavailable from error


async def _leave_as_it_is(_: object) -> None:
    """Reset nothing: our statements leave no state in a session.

    asyncpg's own reset is one more round trip for every statement; it still rolls back.
    """


class Database:
    """A pool of connections and the signal that something may have been put into the outbox.

    Every call is one statement in a transaction of its own. A call that raises `DatabaseUnavailable` may still have
    been committed, so every statement is written to be safe when it runs twice.
    """

    def __init__(self, url: str, *, max_connections: int = 10) -> None:
        self._url = url
        self._max_connections = max_connections
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self.outbox_filled = asyncio.Event()

    async def open(self) -> None:
        """Open the pool; waits for nothing but the first connection.

        Raises:
            DatabaseUnavailable: Postgres does not answer.
        """
        with _translated():
            self._pool = await asyncpg.create_pool(
                self._url,
                min_size=1,
                max_size=self._max_connections,
                command_timeout=10,
                timeout=5,
                reset=_leave_as_it_is,
                server_settings={
                    "statement_timeout": "5000",
                    "lock_timeout": "2000",
                    "idle_in_transaction_session_timeout": "10000",
                    "application_name": "ob-ai-studio",
                },
            )

    async def close(self) -> None:
        """Close the pool; statements that still run are given `CLOSE_SECONDS`."""
        if self._pool is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_SECONDS):
                    await self._pool.close()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    # Values are whatever the statement's columns are: asyncpg cannot know them before it runs.
    async def rows(self, sql: str, *values: Any) -> list[asyncpg.Record]:  # noqa: ANN401
        """Run a statement and return its rows.

        Raises:
            DatabaseUnavailable: it may or may not have been committed.
        """
        with _translated():
            return await self._open_pool.fetch(sql, *values)

    async def row(self, sql: str, *values: Any) -> asyncpg.Record | None:  # noqa: ANN401
        """Run a statement and return its first row, if there is one.

        Raises:
            DatabaseUnavailable: it may or may not have been committed.
        """
        with _translated():
            return await self._open_pool.fetchrow(sql, *values)

    async def announce_row(self, sql: str, *values: Any) -> asyncpg.Record | None:  # noqa: ANN401
        """As `row`, for a statement that may fill the outbox: wakes the relay.

        Raises:
            DatabaseUnavailable: it may or may not have been committed.
        """
        try:
            return await self.row(sql, *values)
        finally:
            self.outbox_filled.set()

    async def announce_rows(self, sql: str, *values: Any) -> list[asyncpg.Record]:  # noqa: ANN401
        """As `rows`, for a statement that may fill the outbox: wakes the relay.

        Raises:
            DatabaseUnavailable: it may or may not have been committed.
        """
        try:
            return await self.rows(sql, *values)
        finally:
            self.outbox_filled.set()

    async def check_schema(self) -> None:
        """Make sure that Postgres answers and that each migration this code knows has run.

        Raises:
            DatabaseUnavailable: it does not, or not yet.
        """
        try:
            migrated = await self.row(SCHEMA)
        except asyncpg.UndefinedTableError as error:
            raise DatabaseUnavailable from error
        if migrated is None or migrated["version_num"] < newest_migration():
            raise DatabaseUnavailable

    async def is_ready(self) -> bool:
        """Say whether Postgres answers and holds our tables as this code knows them."""
        try:
            await self.check_schema()
        except DatabaseUnavailable:
            return False
        return True

    @property
    def _open_pool(self) -> "asyncpg.Pool[asyncpg.Record]":
        if self._pool is None:
            raise DatabaseUnavailable
        return self._pool
