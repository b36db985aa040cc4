"""Migrations only add, never wait long for a lock, and leave the previous release working."""

import asyncio
import shutil
import time
from pathlib import Path

import asyncpg
import pytest
from backends import Backends

from compat.migrations import violations
from compat.previous import MIGRATIONS, QUICK, PreviousRelease
from local_stack.places import repository
from shared.errors import DatabaseUnavailable
from shared.operator.migrate import migrate

ROOT = repository()
LATER = sorted(
    file
    for pattern in ("*.sql", "versions/*.py")
    for file in (ROOT / MIGRATIONS).glob(pattern)
    if file.name > "0002"
)
in_a_clone = pytest.mark.skipif(not (ROOT / ".git").exists(), reason="sources without history")


@pytest.mark.parametrize("file", LATER, ids=lambda file: file.name)
def test_a_migration_only_adds(file: Path) -> None:
    assert violations(file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE jobs DROP COLUMN seed",
        "DROP TABLE ledger",
        "alter table jobs rename column seed to dice",
        "ALTER TABLE jobs ALTER COLUMN seed TYPE integer",
        "ALTER TABLE jobs ALTER seed SET NOT NULL",
        "ALTER TABLE jobs ADD COLUMN colour text NOT NULL",
        "ALTER TABLE jobs ADD CONSTRAINT fair CHECK (seed > 0)",
        "CREATE INDEX slow ON jobs (seed)",
        "CREATE UNIQUE INDEX slow\n    ON jobs (seed)",
        "DELETE FROM outbox",
    ],
)
def test_what_the_previous_release_would_stumble_over_is_found(sql: str) -> None:
    assert len(violations(f"CREATE TABLE colours (id uuid PRIMARY KEY);\n{sql};")) == 1


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE colours (id uuid PRIMARY KEY, name text NOT NULL CHECK (name <> 'DROP'))",
        "CREATE TABLE colours (id uuid); CREATE INDEX colours_by_id ON colours (id)",
        "ALTER TABLE jobs ADD COLUMN colour text",
        "ALTER TABLE jobs ADD COLUMN colour text NOT NULL DEFAULT 'none'",
        "CREATE INDEX CONCURRENTLY quick ON jobs (seed)",
        "ALTER TABLE jobs DROP COLUMN seed -- contract: nobody reads it since 1.4",
    ],
)
def test_what_only_adds_passes(sql: str) -> None:
    assert violations(sql) == []


def test_a_migration_gives_up_a_lock_that_it_does_not_get_soon(empty_database_url: str) -> None:
    """Whoever waits for a table lets everybody behind wait too."""

    async def meet() -> float:
        await migrate(empty_database_url)
        holder = await asyncpg.connect(empty_database_url)
        try:
            async with holder.transaction():
                await holder.execute("LOCK TABLE alembic_version IN ACCESS EXCLUSIVE MODE")
                begun = time.monotonic()
                with pytest.raises(DatabaseUnavailable):
                    await migrate(empty_database_url)
                waited = time.monotonic() - begun
        finally:
            await holder.close()
        await migrate(empty_database_url)
        return waited

    assert asyncio.run(meet()) >= 2


def test_set_ups_that_start_at_once_run_one_after_the_other(empty_database_url: str) -> None:
    async def meet() -> None:
        await asyncio.gather(*(migrate(empty_database_url) for _ in range(4)))

    asyncio.run(meet())


@in_a_clone
@pytest.mark.timeout(600)
def test_the_previous_release_works_on_this_schema(backends: Backends, tmp_path: Path) -> None:
    done = PreviousRelease.check_out(tmp_path).test(QUICK, backends)
    assert done.returncode == 0, done.stdout[-4000:]


@in_a_clone
@pytest.mark.timeout(600)
def test_a_schema_that_breaks_the_previous_release_is_noticed(
    backends: Backends, tmp_path: Path
) -> None:
    migrations = tmp_path / "migrations"
    shutil.copytree(ROOT / MIGRATIONS, migrations)
    last = max(file.stem[:4] for file in (migrations / "versions").glob("0*.py"))
    (migrations / "versions" / "9999_breaks.py").write_text(
        "from alembic import op\n"
        f"revision, down_revision = '9999', '{last}'\n"
        "def upgrade() -> None:\n"
        "    op.execute('ALTER TABLE jobs RENAME COLUMN lease_epoch TO fence')\n"
    )
    (tmp_path / "release").mkdir()
    release = PreviousRelease.check_out(tmp_path / "release", migrations)
    done = release.test(QUICK[1:], backends)
    assert done.returncode == 1
    assert "lease_epoch" in done.stdout
