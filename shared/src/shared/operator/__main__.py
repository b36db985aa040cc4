"""What a deployment runs before the services: ``python -m shared.operator setup``."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from asyncpg import CannotConnectNowError

from shared.broker.topology import declare_topology
from shared.errors import TransientError
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


VERBS: dict[str, Callable[[], Awaitable[None]]] = {
    "setup": set_up,
    "migrate": migrate_database,
    "topology": declare_broker_topology,
    "bucket": make_bucket,
    "events": write_events,
}


async def main() -> None:
    """Run the verb that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m shared.operator", description=__doc__)
    parser.add_argument("verb", choices=VERBS)
    await VERBS[parser.parse_args().verb]()


if __name__ == "__main__":
    asyncio.run(main())
