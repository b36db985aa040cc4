"""The ground: accounts, jobs, attempts, ledger, event log, outbox."""

from shared.db.migrations import run_script

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Run the statements of ``0001_ground.sql`` as they stand."""
    run_script("0001_ground.sql")
