"""Use case: repair what stands still.

Losing every message, or any worker, costs time and never a job.
"""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import structlog
from prometheus_client import Counter

from poller.poll_attempts import Ending
from shared.db.sweeping import SweepRule
from shared.domain.job import AttemptState

_log = structlog.get_logger(__name__)


class Sweeping(Protocol):
    """The sweeper's statements."""

    async def repair(self) -> dict[SweepRule, int]: ...

    async def unheard_attempts(self) -> list[UUID]: ...

    async def lost_results(self) -> list[UUID]: ...


@dataclass(frozen=True, slots=True)
class Sweep:
    """One round of repairs; safe when several run at once.

    `repairs` counts what each rule has repaired, by the label `rule`.
    """

    sweeping: Sweeping
    ending: Ending
    repairs: Counter

    def __post_init__(self) -> None:
        for rule in SweepRule:
            self.repairs.labels(rule.value)

    async def __call__(self) -> None:
        """Go through every rule once.

        Raises:
            DatabaseUnavailable: as it says; the next round starts afresh.
        """
        for rule, count in (await self.sweeping.repair()).items():
            self._note(rule, count)
        unheard = await self.sweeping.unheard_attempts()
        for attempt_id in unheard:
            await self.ending.end_attempt(
                attempt_id, AttemptState.ABANDONED, code="provider_unavailable", retryable=True
            )
        self._note(SweepRule.ABANDON_UNHEARD, len(unheard))
        lost = await self.sweeping.lost_results()
        for attempt_id in lost:
            await self.ending.end_attempt(
                attempt_id, AttemptState.LOST, code="result_lost", retryable=True
            )
        self._note(SweepRule.LOSE_RESULTS, len(lost))

    def _note(self, rule: SweepRule, count: int) -> None:
        if count:
            self.repairs.labels(rule.value).inc(count)
            _log.info("swept", rule=rule.value, count=count)
