"""A background loop ends with its process, and never alone."""

import asyncio
import re
import signal
import sys

import pytest
from prometheus_client import CollectorRegistry

from shared.broker.publisher import Publisher
from shared.db.database import Database
from shared.observability.health import Health
from shared.observability.waits import waits_at
from shared.service import BROKEN, Backbone, Loop, ServiceSettings

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


async def test_a_loop_that_loses_a_cancellation_is_stopped_all_the_same() -> None:
    backbone = a_backbone()
    lost: list[asyncio.CancelledError] = []

    async def step() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError as cancelled:
            if lost:
                raise
            lost.append(cancelled)

    backbone.start_loop(Loop("forgetful", step))
    await asyncio.sleep(0)
    backbone.health.draining = True
    async with asyncio.timeout(10):
        await backbone._stop_loops()
    assert lost


STUCK = """
import asyncio, sys
from shared import service

async def never_ends():
    await asyncio.Event().wait()

async def main():
    if sys.argv[1] == "deaf":
        service._log = type("Deaf", (), {"critical": lambda *_, **__: time.sleep(60)})()
    asyncio.create_task(never_ends(), name="the relay")
    await asyncio.sleep(0)
    service._end_by_force(asyncio.get_running_loop())

import time
asyncio.run(main())
"""


@pytest.mark.parametrize("listener", ["there", "deaf"])
async def test_a_forced_end_says_what_it_waited_for_and_comes_in_any_case(listener: str) -> None:
    """Whoever reads the log may read no more, and then writing to it never returns."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", STUCK, listener, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    assert process.returncode == BROKEN
    assert (b"the relay: <string>:6 never_ends" in said) == (listener == "there")


async def test_what_a_task_waits_at_is_told_down_to_the_innermost_place() -> None:
    async def inner() -> None:
        await asyncio.Event().wait()

    async def outer() -> None:
        await inner()

    task = asyncio.create_task(outer(), name="the relay")
    await asyncio.sleep(0)
    told = waits_at(task)
    task.cancel()
    assert re.fullmatch(
        r"the relay: test_loops.py:\d+ outer > test_loops.py:\d+ inner > locks.py:\d+ wait", told
    )
