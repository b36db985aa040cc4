"""Use case: repair what stands still.

Losing every message, or any worker, costs time and never a job.
"""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import structlog

from poller.poll_attempts import Ending
from shared.db.sweeping import Repairs
from shared.domain.job import AttemptState

_log = structlog.get_logger(__name__)


class Sweeping(Protocol):
    """The sweeper's statements."""

    async def repair(self) -> Repairs: ...

    async def unheard_attempts(self) -> list[UUID]: ...

    async def lost_results(self) -> list[UUID]: ...


@dataclass(frozen=True, slots=True)
class Sweep:
    """One round of repairs; safe when several run at once."""

    sweeping: Sweeping
    ending: Ending

    async def __call__(self) -> None:
        """Go through every rule once.

        Raises:
            DatabaseUnavailable: as it says; the next round starts afresh.
        """
        repairs = await self.sweeping.repair()
        unheard = await self.sweeping.unheard_attempts()
        for attempt_id in unheard:
            await self.ending.end_attempt(
                attempt_id, AttemptState.ABANDONED, code="provider_unavailable", retryable=True
            )
        lost = await self.sweeping.lost_results()
        for attempt_id in lost:
            await self.ending.end_attempt(
                attempt_id, AttemptState.LOST, code="result_lost", retryable=True
            )
        if unheard or lost or repairs.expired or repairs.dead_posters or repairs.rung:
            _log.info(
                "swept",
                expired=repairs.expired,
                dead_posters=repairs.dead_posters,
                rung=repairs.rung,
                abandoned=len(unheard),
                lost=len(lost),
            )
