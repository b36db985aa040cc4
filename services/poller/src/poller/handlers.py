"""What the poller hears."""

from collections.abc import Callable
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
    expect_in: Callable[[float], None]
    """Told in how many seconds an attempt will be due."""
    first_poll_seconds: float

    async def on_job_submitted(self, event: JobSubmitted) -> None:
        """Be there when the new attempt is due."""
        _ = event
        self.expect_in(self.first_poll_seconds)

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
