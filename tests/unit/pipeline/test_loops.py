"""A background loop ends with its process, and never alone."""

import asyncio
import signal

import pytest
from prometheus_client import CollectorRegistry

from shared.broker.publisher import Publisher
from shared.db.database import Database
from shared.observability.health import Health
from shared.service import Backbone, Loop, ServiceSettings

pytestmark = pytest.mark.asyncio

SETTINGS = ServiceSettings.model_validate(
    {"database_url": "postgresql://nowhere", "rabbitmq_url": "amqp://nowhere", "ops_port": 0}
)


def a_backbone() -> Backbone:
    database, publisher = Database("postgresql://nowhere"), Publisher("amqp://nowhere")
    return Backbone("test", SETTINGS, database, publisher, Health(), CollectorRegistry())


@pytest.mark.parametrize("error", [asyncio.CancelledError, ValueError])
async def test_a_loop_that_ends_by_itself_ends_the_process(error: type[BaseException]) -> None:
    """A library may cancel what waits for it, and then nothing else would ever tell."""
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    backbone = a_backbone()

    async def step() -> None:
        await asyncio.sleep(0)
        raise error

    backbone.start_loop(Loop("deaf", step))
    async with asyncio.timeout(10):
        await told.wait()
    assert backbone.health.broken == "the loop deaf died"


async def test_a_loop_that_is_stopped_with_its_process_is_no_fault() -> None:
    backbone = a_backbone()
    backbone.start_loop(Loop("calm", lambda: asyncio.sleep(0.01)))
    await asyncio.sleep(0.05)
    backbone.health.draining = True
    await backbone._stop_loops()
    await asyncio.sleep(0.05)
    assert backbone.health.broken is None
