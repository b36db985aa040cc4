"""An account may have so many open jobs and begin so many a minute."""

from shared.db.migrations import build_index, run_script

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the index of an account's open jobs, then what counts them."""
    build_index(
        "jobs_open_of_account",
        "ON jobs (account_id) WHERE state NOT IN ('done', 'failed', 'cancelled')",
    )
    run_script("0007_limits.sql")
