"""Look at every job with the rules that hold while work is in flight; print what breaks one."""

import argparse
import sys

from shared.db.database import Database
from shared.db.invariants import GRACE_SECONDS, RULES, Invariants
from shared.settings import DatabaseSettings


async def run(_: argparse.Namespace) -> int:
    """Do it; 1 when a rule is broken."""
    settings = DatabaseSettings.from_environment()
    async with Database(settings.database_url.get_secret_value(), max_connections=1) as database:
        grace_seconds = GRACE_SECONDS * settings.time_scale
        found = await Invariants(database, grace_seconds=grace_seconds).violations()
    for violation in found:
        sys.stdout.write(
            f"{violation.rule} {violation.name}: {violation.subject} {violation.detail}\n"
        )
    looked_at = sum(not rule.settled for rule in RULES)
    sys.stdout.write(f"{looked_at} rules, {len(found)} violations\n")
    return 1 if found else 0
