"""What the storer hears."""

from dataclasses import dataclass

from faststream.rabbit import RabbitRouter

from shared.broker.consuming import subscription
from shared.contracts.events import JobCompleted, JobDeleteRequested
from storer.purge_job import PurgeJob
from storer.store_result import StoreResult

STORE_PREFETCH = 4
"""Pictures in work at once; each is decoded in a child process, of which two run at a time."""
PURGE_PREFETCH = 8


@dataclass(frozen=True, slots=True)
class Handlers:
    """One use case for each event."""

    store_result: StoreResult
    purge_job: PurgeJob

    async def on_job_completed(self, event: JobCompleted) -> None:
        """Check and store the result of a finished job."""
        await self.store_result(event.job_id)

    async def on_job_delete_requested(self, event: JobDeleteRequested) -> None:
        """Remove the objects of a deleted job."""
        await self.purge_job(event.job_id)

    def router(self) -> RabbitRouter:
        """Return the subscriptions."""
        return RabbitRouter(
            handlers=[
                subscription(self.on_job_completed, JobCompleted, prefetch=STORE_PREFETCH),
                subscription(
                    self.on_job_delete_requested, JobDeleteRequested, prefetch=PURGE_PREFETCH
                ),
            ]
        )
