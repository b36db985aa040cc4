"""Dead messages become rows, and what changed lately can be found without reading everything."""

from alembic import op

from shared.db.migrations import run_script

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add an index to a table that is written to meanwhile, then the new table.

    The index comes first and is outside the transaction, so that a run which failed at it can be
    repeated; a failed run leaves an index that is not valid.
    """
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS jobs_recent")
        op.execute("CREATE INDEX CONCURRENTLY jobs_recent ON jobs (updated_at)")
    run_script("0002_dead_messages.sql")
