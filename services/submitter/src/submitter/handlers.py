"""What the submitter hears."""

from dataclasses import dataclass

from faststream.rabbit import RabbitRouter

from shared.broker.consuming import subscription
from shared.contracts.events import JobCancelRequested, JobCreated
from submitter.cancel_job import CancelJob
from submitter.submit_job import SubmitJob

SUBMIT_PREFETCH = 16
CANCEL_PREFETCH = 8


@dataclass(frozen=True, slots=True)
class Handlers:
    """One use case for each event."""

    submit_job: SubmitJob
    cancel_job: CancelJob

    async def on_job_created(self, event: JobCreated) -> None:
        """Send a waiting job to RunPod."""
        await self.submit_job(event.job_id)

    async def on_job_cancel_requested(self, event: JobCancelRequested) -> None:
        """Stop a job's attempts at RunPod."""
        await self.cancel_job(event.job_id)

    def router(self) -> RabbitRouter:
        """Return the subscriptions."""
        return RabbitRouter(
            handlers=[
                subscription(self.on_job_created, JobCreated, prefetch=SUBMIT_PREFETCH),
                subscription(
                    self.on_job_cancel_requested, JobCancelRequested, prefetch=CANCEL_PREFETCH
                ),
            ]
        )
