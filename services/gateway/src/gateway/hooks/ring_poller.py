"""Rings at the poller, straight over the broker: there may be news of an attempt at RunPod."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from shared.contracts.events import AttemptPollRequested, Event
from shared.db.following import RungAttempt
from shared.ids import new_id


class Hints(Protocol):
    """Takes events that may be lost."""

    async def hint(self, event: Event) -> None: ...


@dataclass(frozen=True, slots=True)
class RingPoller:
    """Publishes `AttemptPollRequested`; what is lost is found by the poller's next look."""

    hints: Hints

    async def __call__(self, attempts: Iterable[RungAttempt]) -> None:
        """Ring for each attempt."""
        await asyncio.gather(*(self.hints.hint(_ring(attempt)) for attempt in attempts))


def _ring(attempt: RungAttempt) -> AttemptPollRequested:
    return AttemptPollRequested(
        event_id=new_id(),
        occurred_at=attempt.at,
        account_id=attempt.account_id,
        job_id=attempt.job_id,
        attempt_id=attempt.attempt_id,
    )
