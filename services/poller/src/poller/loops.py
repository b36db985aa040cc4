"""The poller's loops: appointments with RunPod, and what is done at regular intervals."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from poller.poll_attempts import BATCH, PollAttempts

LONGEST_WAIT_SECONDS = 1.0
"""Another process may have made an appointment that this one was not told of."""
SHORTEST_WAIT_SECONDS = 0.02
LONGEST_STEP_SECONDS = 10.0


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


@dataclass(slots=True)
class RegularLoop:
    """Does something at once, then again and again after an interval.

    A step is short however long the interval, because a loop that is silent for a minute counts
    as dead.
    """

    action: Callable[[], Awaitable[None]]
    interval_seconds: float
    _due_at: float = 0.0

    async def step(self) -> None:
        """Do it if it is due, and wait a while."""
        now = asyncio.get_running_loop().time()
        if now >= self._due_at:
            await self.action()
            self._due_at = now + self.interval_seconds
        wait = self._due_at - asyncio.get_running_loop().time()
        await asyncio.sleep(min(max(wait, SHORTEST_WAIT_SECONDS), LONGEST_STEP_SECONDS))
