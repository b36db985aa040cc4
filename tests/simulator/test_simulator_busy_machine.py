"""A machine that is busy between any two looks at the clock."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from runpod_simulator.bodies import Bodies
from runpod_simulator.clock import ScaledClock
from runpod_simulator.conductor import Conductor
from runpod_simulator.endpoint import Endpoint
from runpod_simulator.fault_layer import FaultLayer
from runpod_simulator.jobs import Job, Policy
from runpod_simulator.ledger import Ledger
from runpod_simulator.timings import Modes, Timings
from runpod_simulator.webhooks import Webhooks

BUSY_SECONDS = 0.02


class BusyClock(ScaledClock):
    """Every look at it takes a while."""

    def __init__(self) -> None:
        super().__init__()
        self._looks = 0

    def now(self) -> float:
        self._looks += 1
        return super().now() + self._looks * BUSY_SECONDS


@pytest.mark.asyncio
@pytest.mark.parametrize("delay_seconds", [0.01, 0.03, 0.05, 0.07])
async def test_a_job_that_may_begin_while_nobody_looks_begins_all_the_same(
    delay_seconds: float,
) -> None:
    clock, bodies, ledger = BusyClock(), Bodies(), Ledger(None)
    endpoint = Endpoint(Timings(cold_start_ms=0))
    webhooks = Webhooks(clock, bodies, ledger)
    with ThreadPoolExecutor(1) as painters:
        conductor = Conductor(
            endpoint=endpoint,
            clock=clock,
            faults=FaultLayer(clock.now, 0),
            bodies=bodies,
            ledger=ledger,
            webhooks=webhooks,
            painters=painters,
            bucket=None,
            modes=Modes(),
            seed=0,
        )
        moving = asyncio.create_task(conductor.run())
        await asyncio.sleep(0)
        now = clock.now()
        job = Job(
            id="a",
            is_sync=False,
            label="",
            webhook=None,
            policy=Policy(),
            submitted_at=now,
            queued_at=now,
            eligible_at=now + delay_seconds,
        )
        endpoint.submit(job)
        conductor.poke()
        try:
            async with asyncio.timeout(10):
                while job.started_at is None:
                    await asyncio.sleep(0.01)
        finally:
            moving.cancel()
            await conductor.close()
            await webhooks.close()
            bodies.close()
