"""Migrate, declare and make all that the services need, once the servers are there."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from asyncpg import CannotConnectNowError

from shared.errors import TransientError
from shared.operator.verbs.bucket import make_bucket
from shared.operator.verbs.migrate import migrate_database
from shared.operator.verbs.topology import declare_broker_topology

PATIENCE_SECONDS: Final = 60.0
RETRY_SECONDS: Final = 0.25
_NOT_THERE_YET: Final = (OSError, TransientError, CannotConnectNowError)


async def run(_: argparse.Namespace) -> int:
    """Do all of it; doing it twice changes nothing."""
    steps = (migrate_database, declare_broker_topology, make_bucket)
    await asyncio.gather(*(_patiently(step) for step in steps))
    return 0


async def _patiently(step: Callable[[], Awaitable[None]]) -> None:
    deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
    while True:
        try:
            return await step()
        except _NOT_THERE_YET:
            if asyncio.get_running_loop().time() > deadline:
                raise
            await asyncio.sleep(RETRY_SECONDS)
