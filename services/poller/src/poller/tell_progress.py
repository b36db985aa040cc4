"""Tells browsers of progress, straight to the broker.

Losing one costs nothing: the next carries the same.
"""

from dataclasses import dataclass
from uuid import UUID

from shared.broker.publisher import Publisher
from shared.contracts.events import JobProgressed
from shared.db.following import RecordedProgress
from shared.ids import new_id


@dataclass(frozen=True, slots=True)
class TellProgress:
    """Publishes `JobProgressed`."""

    publisher: Publisher

    async def __call__(self, progress: RecordedProgress, attempt_id: UUID) -> None:
        """Publish, and shrug when the broker does not take it."""
        await self.publisher.hint(
            JobProgressed(
                event_id=new_id(),
                occurred_at=progress.at,
                account_id=progress.account_id,
                job_id=progress.job_id,
                attempt_id=attempt_id,
                seq=progress.seq,
                stage=progress.stage,
            )
        )
