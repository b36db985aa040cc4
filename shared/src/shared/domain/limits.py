"""How much one account may ask for, so that nobody fills the line for all others."""

from dataclasses import dataclass
from typing import Final

MINUTE_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class JobLimits:
    """How many jobs an account may have; None is no limit.

    Attributes:
        open_jobs: that have not ended, at any time.
        per_minute: that it has begun within a minute.
    """

    open_jobs: int | None = None
    per_minute: int | None = None
