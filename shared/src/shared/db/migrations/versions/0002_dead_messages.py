"""Dead messages become rows, and what changed lately can be found without reading everything."""

from shared.db.migrations import build_index, run_script

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the index first, outside the transaction, so that a run which failed can be repeated."""
    build_index("jobs_recent", "ON jobs (updated_at)")
    run_script("0002_dead_messages.sql")
