"""What has been kept long enough is deleted."""

from shared.db.migrations import build_index, run_script

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the index by which the oldest are found, then the column."""
    build_index(
        "jobs_kept", "ON jobs (finished_at) WHERE finished_at IS NOT NULL AND deleted_at IS NULL"
    )
    run_script("0008_retention.sql")
