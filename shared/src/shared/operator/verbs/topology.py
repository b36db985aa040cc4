"""Declare exchanges and queues."""

import argparse

from shared.broker.topology import declare_topology
from shared.settings import BrokerSettings


async def declare_broker_topology() -> None:
    """Declare them at the broker that the environment names."""
    settings = BrokerSettings.from_environment()
    await declare_topology(settings.rabbitmq_url.get_secret_value(), time_scale=settings.time_scale)


async def run(_: argparse.Namespace) -> int:
    """Do it; return the exit code."""
    await declare_broker_topology()
    return 0
