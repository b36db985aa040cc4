"""The ground: accounts, jobs, attempts, ledger, event log, outbox."""

from importlib.resources import files

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Run the statements of ``0001_ground.sql`` as they stand."""
    script = files("shared.db.migrations").joinpath("0001_ground.sql").read_text()
    op.get_bind().exec_driver_sql(script)
