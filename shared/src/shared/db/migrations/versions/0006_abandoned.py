"""Attempts that RunPod may still work on though nobody wants them are found without reading all."""

from shared.db.migrations import build_index

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the index."""
    build_index(
        "attempts_abandoned",
        "ON attempts (id)"
        " WHERE state = 'abandoned' AND runpod_id IS NOT NULL AND cancel_sent_at IS NULL",
    )
