"""Brings the database to the newest schema."""

import asyncio
from importlib.resources import files

import asyncpg
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from shared.errors import DatabaseUnavailable

ADVISORY_LOCK = 0x0B_A1_57_D1
"""Two set-up steps that start at once run one after the other."""
TURN_LOOK_SECONDS = 0.5

LOCK_TIMEOUT_SECONDS = 2
"""Whoever waits for a table's lock lets everybody behind wait too."""
_LOCK_NOT_AVAILABLE = asyncpg.LockNotAvailableError.sqlstate


async def migrate(database_url: str) -> None:
    """Run every migration that the database lacks.

    Raises:
        DatabaseUnavailable: a table was in use for too long; what was done stays done.
    """
    url = make_url(database_url).set(drivername="postgresql+asyncpg")
    engine = create_async_engine(url)
    try:
        async with engine.connect() as connection:
            await _wait_for_turn(connection)
            await connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT_SECONDS}s'"))
            await connection.commit()
            await connection.run_sync(_upgrade)
            await connection.commit()
    except asyncpg.LockNotAvailableError as error:
        raise DatabaseUnavailable from error
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) == _LOCK_NOT_AVAILABLE:
            raise DatabaseUnavailable from error
        raise
    finally:
        await engine.dispose()


async def _wait_for_turn(connection: AsyncConnection) -> None:
    """Take the lock, with no transaction open while somebody else has it.

    Who builds an index concurrently waits for every transaction, even one that waits for the lock.
    """
    take = text(f"SELECT pg_try_advisory_lock({ADVISORY_LOCK})")
    while not (await connection.execute(take)).scalar_one():
        await connection.rollback()
        await asyncio.sleep(TURN_LOOK_SECONDS)


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(files("shared.db").joinpath("migrations")))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
