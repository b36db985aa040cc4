"""RunPod endpoints that cannot take jobs now are remembered for every process."""

from shared.db.migrations import run_script

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the table."""
    run_script("0003_breakers.sql")
