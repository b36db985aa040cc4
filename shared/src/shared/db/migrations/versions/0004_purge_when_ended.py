"""A job that is deleted while it runs is purged as soon as it ends."""

from shared.db.migrations import run_script

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the trigger."""
    run_script("0004_purge_when_ended.sql")
