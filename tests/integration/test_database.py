"""The pool of connections, against a real Postgres."""

import asyncpg
import pytest

from shared.db.database import Database, newest_migration

pytestmark = pytest.mark.asyncio

LAST_STATEMENTS = """
SELECT query FROM pg_stat_activity
WHERE application_name = 'ob-ai-studio' AND datname = current_database()
"""


async def test_a_statement_is_one_round_trip(database_url: str) -> None:
    observer = await asyncpg.connect(database_url)
    async with Database(database_url, max_connections=1) as database:
        await database.row("SELECT 1 AS one")
        (last,) = await observer.fetch(LAST_STATEMENTS)
    await observer.close()
    assert last["query"] == "SELECT 1 AS one"


async def test_a_transaction_that_was_left_open_is_not_handed_on(database_url: str) -> None:
    async with Database(database_url, max_connections=1) as database:
        async with database._open_pool.acquire() as connection:
            transaction = connection.transaction()
            await transaction.start()
            await connection.execute("CREATE TABLE left_open ()")
        found = await database.row("SELECT to_regclass('left_open') AS it")
        assert found is not None
        assert found["it"] is None


@pytest.mark.parametrize(
    ("revision", "ready"), [("0001", False), (newest_migration(), True), ("9999", True)]
)
async def test_it_is_ready_once_every_migration_has_run(
    database_url: str, revision: str, ready: bool
) -> None:
    """Each commits on its own; a later release may have added more."""
    async with Database(database_url) as database:
        await database.row("UPDATE alembic_version SET version_num = $1 RETURNING 1", revision)
        assert await database.is_ready() is ready
