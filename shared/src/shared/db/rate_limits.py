"""Token buckets that all replicas share, so that limits hold however many of them run."""

from dataclasses import dataclass

from shared.db.database import Database

TAKE = """
INSERT INTO rate_limits AS r (key, tokens) VALUES ($1, $2::float8 - $4)
ON CONFLICT (key) DO UPDATE SET
    tokens = LEAST($2, r.tokens + extract(epoch FROM clock_timestamp() - r.refilled_at) * $3) - $4,
    refilled_at = clock_timestamp()
    WHERE LEAST($2, r.tokens + extract(epoch FROM clock_timestamp() - r.refilled_at) * $3) >= $4
RETURNING tokens
"""


@dataclass(frozen=True, slots=True)
class RateLimit:
    """A bucket of `burst` tokens that gains `per_second` of them each second."""

    key: str
    burst: int
    per_second: float


RUNPOD_SUBMIT = RateLimit("runpod:run", burst=160, per_second=80)
"""80 % of 1,000 requests in 10 s. Source: RunPod docs, send-requests."""

RUNPOD_STATUS = RateLimit("runpod:status", burst=320, per_second=160)
"""80 % of 2,000 requests in 10 s. Source: RunPod docs, send-requests."""

RUNPOD_CANCEL = RateLimit("runpod:cancel", burst=16, per_second=8)
"""80 % of 100 requests in 10 s. Source: RunPod docs, send-requests."""


class RateLimits:
    """Takes tokens out of shared buckets, all of them larger by a factor."""

    def __init__(self, database: Database, factor: float = 1.0) -> None:
        self._database = database
        self._factor = factor

    async def take(self, limit: RateLimit, tokens: int = 1) -> bool:
        """Take tokens if there are so many; False and none taken otherwise."""
        row = await self._database.row(
            TAKE,
            limit.key,
            limit.burst * self._factor,
            limit.per_second * self._factor,
            float(tokens),
        )
        return row is not None
