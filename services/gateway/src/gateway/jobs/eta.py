"""How long a job of a kind usually takes, remembered for a few seconds."""

import time
from typing import Final

from shared.db.jobs import Durations, Jobs
from shared.domain.job import Model, Ratio

REMEMBERED_SECONDS: Final = 10.0
UNKNOWN: Final = Durations(p50_ms=None, p90_ms=None, n=0)


class UsualDurations:
    """The last finished jobs' durations by model and shape."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._known: dict[tuple[Model, Ratio], tuple[float, Durations]] = {}

    async def of(self, model: Model, ratio: Ratio) -> Durations:
        """Return the durations of a kind of job.

        Raises:
            DatabaseUnavailable: as it says.
        """
        until, known = self._known.get((model, ratio), (0.0, UNKNOWN))
        if time.monotonic() < until:
            return known
        fresh = await self._jobs.durations(model, ratio)
        self._known[model, ratio] = (time.monotonic() + REMEMBERED_SECONDS, fresh)
        return fresh
