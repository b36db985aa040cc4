"""The schema, step by step (Alembic); run by ``python -m shared.operator migrate``."""

from importlib.resources import files

from alembic import op
from sqlalchemy.util import await_only


def run_script(name: str) -> None:
    """Run a whole SQL file of this package in the migration's transaction.

    The driver is asked directly, because a prepared statement may hold only one command.
    """
    script = files(__name__).joinpath(name).read_text()
    connection = op.get_bind().connection.driver_connection
    if connection is None:
        message = "migrations need a live connection"
        raise RuntimeError(message)
    await_only(connection.execute(script))
