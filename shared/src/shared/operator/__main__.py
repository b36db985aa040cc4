"""What a deployment runs before the services, and what operators run beside them.

``python -m shared.operator setup`` is all that a deployment needs.
"""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from asyncpg import CannotConnectNowError

from shared.broker.topology import declare_topology
from shared.db.database import Database
from shared.db.invariants import GRACE_SECONDS, RULES, Invariants
from shared.errors import TransientError
from shared.operator import dlq, gc
from shared.operator.event_pages import write_event_pages
from shared.operator.migrate import migrate
from shared.settings import BrokerSettings, DatabaseSettings, StorageSettings
from shared.storage.r2 import R2Objects, R2Settings

PATIENCE_SECONDS = 60.0
RETRY_SECONDS = 0.25
_NOT_THERE_YET = (OSError, TransientError, CannotConnectNowError)


async def migrate_database() -> None:
    """Bring the database to the newest schema."""
    settings = DatabaseSettings.from_environment()
    await migrate(settings.database_url.get_secret_value())


async def declare_broker_topology() -> None:
    """Declare exchanges and queues."""
    settings = BrokerSettings.from_environment()
    await declare_topology(settings.rabbitmq_url.get_secret_value(), time_scale=settings.time_scale)


async def make_bucket() -> None:
    """Make the bucket if it is not there."""
    settings = StorageSettings.from_environment()
    async with R2Objects(R2Settings.from_settings(settings)) as objects:
        await objects.ensure_bucket()


async def set_up() -> None:
    """Do all of it, as soon as the servers are there; doing it twice changes nothing."""
    steps = (migrate_database, declare_broker_topology, make_bucket)
    await asyncio.gather(*(_patiently(step) for step in steps))


async def _patiently(step: Callable[[], Awaitable[None]]) -> None:
    deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
    while True:
        try:
            return await step()
        except _NOT_THERE_YET:
            if asyncio.get_running_loop().time() > deadline:
                raise
            await asyncio.sleep(RETRY_SECONDS)


async def write_events() -> None:
    """Write the event catalogue below ``docs/events``."""
    write_event_pages(Path("docs/events"))


async def check_invariants() -> int:
    """Look at every job with the rules that hold while work is in flight; print what breaks one."""
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


VERBS: dict[str, Callable[[], Awaitable[int | None]]] = {
    "setup": set_up,
    "migrate": migrate_database,
    "topology": declare_broker_topology,
    "bucket": make_bucket,
    "events": write_events,
    "check": check_invariants,
}


async def main() -> int:
    """Run the verb that the command line names; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m shared.operator", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for name, verb in VERBS.items():
        verbs.add_parser(name, help=(verb.__doc__ or "").split(";")[0])
    dlq.add_arguments(verbs.add_parser("dlq", help=dlq.__doc__))
    gc.add_arguments(verbs.add_parser("gc", help=gc.__doc__))
    arguments = parser.parse_args()
    if arguments.verb == "dlq":
        return await dlq.run(arguments)
    if arguments.verb == "gc":
        return await gc.run(arguments)
    return await VERBS[arguments.verb]() or 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
