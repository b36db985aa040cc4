"""What the poller hears."""

import asyncio
from dataclasses import dataclass

from faststream.rabbit import RabbitRouter

from poller.poll_attempts import PollAttempts
from shared.broker.consuming import subscription
from shared.contracts.events import AttemptPollRequested, JobSubmitted

PREFETCH = 16


@dataclass(frozen=True, slots=True)
class Handlers:
    """Hints that there may be something to ask RunPod about."""

    poll_attempts: PollAttempts
    appointments_changed: asyncio.Event

    async def on_job_submitted(self, event: JobSubmitted) -> None:
        """Look at the appointments again: there is a new one."""
        _ = event
        self.appointments_changed.set()

    async def on_attempt_poll_requested(self, event: AttemptPollRequested) -> None:
        """Ask RunPod about one attempt at once."""
        await self.poll_attempts(only=event.attempt_id)

    def router(self) -> RabbitRouter:
        """Return the subscriptions."""
        return RabbitRouter(
            handlers=[
                subscription(self.on_job_submitted, JobSubmitted, prefetch=PREFETCH),
                subscription(
                    self.on_attempt_poll_requested, AttemptPollRequested, prefetch=PREFETCH
                ),
            ]
        )
