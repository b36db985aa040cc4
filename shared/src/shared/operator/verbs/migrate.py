"""Bring the database to the newest schema."""

import argparse

from shared.operator.migrate import migrate
from shared.settings import DatabaseSettings


async def migrate_database() -> None:
    """Run what the database that the environment names lacks."""
    settings = DatabaseSettings.from_environment()
    await migrate(settings.database_url.get_secret_value())


async def run(_: argparse.Namespace) -> int:
    """Do it; return the exit code."""
    await migrate_database()
    return 0
