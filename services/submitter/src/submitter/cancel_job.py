"""Use case: stop at RunPod what nobody wants any more."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import structlog

from shared.db.dispatching import CancellableAttempt
from shared.db.rate_limits import RUNPOD_CANCEL
from shared.domain.job import AttemptState
from shared.errors import RunPodUnavailable
from shared.runpod.answers import Cancelled, StatusOutcome
from submitter.submit_job import Ending, Limits

_log = structlog.get_logger(__name__)


class Dispatching(Protocol):
    """The attempt table, as cancelling sees it."""

    async def unsent(self, job_id: UUID) -> UUID | None: ...

    async def unwanted(self, job_id: UUID) -> list[CancellableAttempt]: ...

    async def note_cancel_sent(self, attempt_id: UUID) -> None: ...


class RunPod(Protocol):
    """Cancels a job."""

    async def cancel(self, runpod_id: str) -> StatusOutcome: ...


@dataclass(frozen=True, slots=True)
class CancelJob:
    """Ends what was not sent, and asks RunPod to stop what was."""

    dispatching: Dispatching
    ending: Ending
    limits: Limits
    runpod: RunPod

    async def __call__(self, job_id: UUID) -> None:
        """Stop every unwanted attempt of the job.

        Raises:
            RunPodUnavailable: RunPod could not be asked now.
            DatabaseUnavailable: as it says.
        """
        unsent = await self.dispatching.unsent(job_id)
        if unsent is not None:
            await self._end(unsent)
        for attempt in await self.dispatching.unwanted(job_id):
            if not await self.limits.take(RUNPOD_CANCEL):
                raise RunPodUnavailable(retry_after_seconds=1)
            outcome = await self.runpod.cancel(attempt.runpod_id)
            await self.dispatching.note_cancel_sent(attempt.attempt_id)
            _log.info(
                "cancel sent", attempt_id=str(attempt.attempt_id), runpod_id=attempt.runpod_id
            )
            if isinstance(outcome, Cancelled):
                await self._end(attempt.attempt_id)

    async def _end(self, attempt_id: UUID) -> None:
        await self.ending.end_attempt(
            attempt_id, AttemptState.CANCELLED, code="provider_failed", retryable=True
        )
