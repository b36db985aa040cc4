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


def build_index(name: str, definition: str) -> None:
    """Build an index while its table is written to; an unfinished one of before is replaced.

    This waits for every transaction that has begun, without holding anybody up, so it may take
    longer for a lock than other statements.

    Args:
        name: of the index.
        definition: what follows the name, from ``ON`` on.
    """
    with op.get_context().autocommit_block():
        usual = op.get_bind().exec_driver_sql("SHOW lock_timeout").scalar_one()
        op.execute("SET lock_timeout = 0")
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        op.execute(f"CREATE INDEX CONCURRENTLY {name} {definition}")
        op.execute(f"SET lock_timeout = '{usual}'")
