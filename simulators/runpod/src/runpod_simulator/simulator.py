"""The parts of one running simulator, put together."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from runpod_simulator.bodies import Bodies
from runpod_simulator.clock import ScaledClock
from runpod_simulator.conductor import Conductor
from runpod_simulator.connections import Connections
from runpod_simulator.endpoint import Endpoint
from runpod_simulator.fault_layer import FaultLayer
from runpod_simulator.ledger import Ledger
from runpod_simulator.rate_limits import RateLimits
from runpod_simulator.s3_results import Bucket
from runpod_simulator.settings import Settings
from runpod_simulator.timings import Timings
from runpod_simulator.webhooks import Webhooks

PAINTERS: Final = 2
"""Threads that draw; Pillow lets go of the interpreter while it works."""


@dataclass(frozen=True, slots=True)
class Simulator:
    """Everything a request may need."""

    settings: Settings
    clock: ScaledClock
    endpoint: Endpoint
    faults: FaultLayer
    bodies: Bodies
    ledger: Ledger
    webhooks: Webhooks
    conductor: Conductor
    connections: Connections
    rate_limits: RateLimits

    def retime(self, timings: Timings) -> None:
        """Use other durations, pool size or pace from now on."""
        self.clock.rescale(timings.clock_scale)
        self.endpoint.resize(timings)
        self.conductor.poke()

    def reset(self) -> None:
        """Forget all jobs, faults and entries and start as after a fresh start."""
        self.faults.reset()
        self.webhooks.forget()
        for deletion in self.endpoint.clear():
            self.conductor.forget(deletion)
        self.ledger.clear()
        self.rate_limits.clear()
        self.conductor.modes = self.settings.modes()
        self.retime(self.settings.timings())


def bucket_of(settings: Settings) -> Bucket | None:
    """Return where `s3_url` results go, or None without credentials, as the SDK sees it."""
    url, key, secret = (
        settings.bucket_endpoint_url,
        settings.bucket_access_key_id,
        settings.bucket_secret_access_key,
    )
    if not url or not key or not secret:
        return None
    return Bucket(url, key.get_secret_value(), secret.get_secret_value())


@asynccontextmanager
async def running_simulator(
    settings: Settings, connections: Connections
) -> AsyncIterator[Simulator]:
    """Build a simulator and keep it moving until the end of the block."""
    timings = settings.timings()
    clock = ScaledClock(timings.clock_scale)
    endpoint, bodies, ledger = Endpoint(timings), Bodies(), Ledger(settings.ledger_file)
    faults = FaultLayer(clock.now, settings.seed)
    webhooks = Webhooks(clock, bodies, ledger)
    painters = ThreadPoolExecutor(PAINTERS, "painter")
    conductor = Conductor(
        endpoint=endpoint,
        clock=clock,
        faults=faults,
        bodies=bodies,
        ledger=ledger,
        webhooks=webhooks,
        painters=painters,
        bucket=bucket_of(settings),
        modes=settings.modes(),
        seed=settings.seed,
    )
    moving = asyncio.create_task(conductor.run())
    try:
        yield Simulator(
            settings=settings,
            clock=clock,
            endpoint=endpoint,
            faults=faults,
            bodies=bodies,
            ledger=ledger,
            webhooks=webhooks,
            conductor=conductor,
            connections=connections,
            rate_limits=RateLimits(),
        )
    finally:
        moving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await moving
        await conductor.close()
        await webhooks.close()
        await ledger.flush()
        painters.shutdown(wait=True, cancel_futures=True)
        bodies.close()
