"""The poller's two loops: appointments with RunPod, and the sweeper."""

import asyncio
from dataclasses import dataclass
from typing import Protocol

from poller.poll_attempts import BATCH, PollAttempts
from poller.sweep import Sweep

LONGEST_WAIT_SECONDS = 1.0
"""Another process may have made an appointment that this one was not told of."""
SHORTEST_WAIT_SECONDS = 0.02


class Appointments(Protocol):
    """Knows when the next attempt is due."""

    async def seconds_to_next(self) -> float | None: ...


@dataclass(frozen=True, slots=True)
class PollLoop:
    """Polls whatever is due, then sleeps until the next appointment."""

    poll_attempts: PollAttempts
    appointments: Appointments
    appointments_changed: asyncio.Event

    async def step(self) -> None:
        """Poll one batch, or wait for one."""
        self.appointments_changed.clear()
        if await self.poll_attempts() == BATCH:
            return
        due_in = await self.appointments.seconds_to_next()
        wait = LONGEST_WAIT_SECONDS if due_in is None else min(due_in, LONGEST_WAIT_SECONDS)
        try:
            async with asyncio.timeout(max(wait, SHORTEST_WAIT_SECONDS)):
                await self.appointments_changed.wait()
        except TimeoutError:
            return


@dataclass(frozen=True, slots=True)
class SweepLoop:
    """Sweeps, then sleeps."""

    sweep: Sweep
    interval_seconds: float

    async def step(self) -> None:
        """Sweep once and wait for the next round."""
        await self.sweep()
        await asyncio.sleep(self.interval_seconds)
