"""Delete objects that belong to no job, as the storer does every few hours."""

import argparse
import sys
from typing import Final

from shared.collecting import RESULT_SECONDS, STAGED_SECONDS, CollectOrphans
from shared.db.database import Database
from shared.db.orphans import Orphans
from shared.settings import DatabaseSettings, StorageSettings
from shared.storage.keys import ObjectKind
from shared.storage.r2 import R2Objects, R2Settings

HOUR: Final = 3600.0
SHORTEST_HOURS_IN_PRODUCTION: Final = 1.0
"""A job is made seconds after its upload; what is younger may be about to belong to one."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line of `gc`."""
    parser.add_argument("--dry-run", action="store_true", help="only say what would be deleted")
    parser.add_argument(
        "--staged-hours",
        type=float,
        default=STAGED_SECONDS / HOUR,
        help="age of uploads (%(default)s)",
    )
    parser.add_argument(
        "--result-hours",
        type=float,
        default=RESULT_SECONDS / HOUR,
        help="age of results (%(default)s)",
    )


async def run(arguments: argparse.Namespace) -> int:
    """Go through the store once; return the exit code."""
    storage = StorageSettings.from_environment()
    ages = (arguments.staged_hours, arguments.result_hours)
    if storage.is_production and min(ages) < SHORTEST_HOURS_IN_PRODUCTION:
        sys.stderr.write("in production nothing younger than an hour is deleted\n")
        return 2
    database_url = DatabaseSettings.from_environment().database_url.get_secret_value()
    async with (
        Database(database_url, max_connections=1) as database,
        R2Objects(R2Settings.from_settings(storage)) as objects,
    ):
        collect = CollectOrphans(
            objects,
            Orphans(database),
            {ObjectKind.STAGED: ages[0] * HOUR, ObjectKind.RESULT: ages[1] * HOUR},
            only_look=arguments.dry_run,
        )
        looked_at = orphans = 0
        async for page in collect.pages():
            looked_at += page.looked_at.total()
            orphans += len(page.orphans)
            sys.stdout.writelines(f"{key}\n" for key in page.orphans)
    done = "would be deleted" if arguments.dry_run else "deleted"
    sys.stdout.write(f"{looked_at} objects looked at, {orphans} {done}\n")
    return 0
