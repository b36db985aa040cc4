"""Brings the database to the newest schema."""

from importlib.resources import files

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

ADVISORY_LOCK = 0x0B_A1_57_D1
"""Two set-up steps that start at once run one after the other."""


async def migrate(database_url: str) -> None:
    """Run every migration that the database lacks."""
    url = make_url(database_url).set(drivername="postgresql+asyncpg")
    engine = create_async_engine(url)
    try:
        async with engine.connect() as connection:
            await connection.execute(text(f"SELECT pg_advisory_lock({ADVISORY_LOCK})"))
            await connection.commit()
            await connection.run_sync(_upgrade)
            await connection.commit()
    finally:
        await engine.dispose()


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(files("shared.db").joinpath("migrations")))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
