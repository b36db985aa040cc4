"""The poller's loops: appointments with RunPod, and what is done at regular intervals."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from math import inf
from typing import Protocol

from poller.poll_attempts import BATCH, PollAttempts

LONGEST_WAIT_SECONDS = 1.0
"""Another process may have made an appointment that this one was not told of."""
SHORTEST_WAIT_SECONDS = 0.02
LONGEST_STEP_SECONDS = 10.0


class Appointments(Protocol):
    """Knows when the next attempt is due."""

    async def seconds_to_next(self) -> float | None: ...


@dataclass(slots=True)
class PollLoop:
    """Polls whatever is due, then sleeps until the next appointment."""

    poll_attempts: PollAttempts
    appointments: Appointments
    _looks_at: float = 0.0
    _sooner: asyncio.Event = field(default_factory=asyncio.Event)

    def expect(self, seconds: float) -> None:
        """Look no later than in so many seconds."""
        if asyncio.get_running_loop().time() + seconds < self._looks_at:
            self._sooner.set()

    async def step(self) -> None:
        """Poll one batch, or wait for one."""
        self._sooner.clear()
        self._looks_at = inf  # whoever comes now may come too late for this look
        if await self.poll_attempts() == BATCH:
            return
        due_in = await self.appointments.seconds_to_next()
        wait = LONGEST_WAIT_SECONDS if due_in is None else min(due_in, LONGEST_WAIT_SECONDS)
        self._looks_at = asyncio.get_running_loop().time() + max(wait, SHORTEST_WAIT_SECONDS)
        try:
            async with asyncio.timeout_at(self._looks_at):
                await self._sooner.wait()
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
