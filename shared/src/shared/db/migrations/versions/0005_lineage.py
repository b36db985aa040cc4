"""A job may go on from the picture of an earlier one."""

from shared.db.migrations import run_script

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the column."""
    run_script("0005_lineage.sql")
