"""Token buckets that all replicas share, so that limits hold however many of them run."""

import asyncio
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Final

from shared.db.database import RELAXED, Database

TAKE = f"""
INSERT INTO rate_limits AS r (key, tokens) SELECT $1::text, $2::float8 - $4::float8 WHERE {RELAXED}
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


SHARE_OF_PUBLISHED: Final = 0.8
"""Of a limit of RunPod's, which we never exceed: a full bucket and what comes into it within 10 s are less."""

RUNPOD_SUBMIT = RateLimit("runpod:run", burst=60, per_second=73)
"""Published: 1,000 requests in 10 s. Source: RunPod docs, send-requests."""

RUNPOD_STATUS = RateLimit("runpod:status", burst=120, per_second=146)
"""Published: 2,000 requests in 10 s. Source: RunPod docs, send-requests."""

RUNPOD_CANCEL = RateLimit("runpod:cancel", burst=8, per_second=7)
"""Published: 100 requests in 10 s. Source: RunPod docs, send-requests."""

LOOKS_ON_WISH = RateLimit("wish:look", burst=20, per_second=10)
"""Jobs whose owners want to know now, of all accounts together: few beside what `RUNPOD_STATUS` allows, so
that pollers and storers have theirs."""


BLOCK_SECONDS: Final = 0.1
"""A process takes the tokens of so long at once. What it does not spend within that time is void: so
the tokens that are spent in any time are at most those that came in that time and a tenth of a second
before, however many processes there are."""


@dataclass(slots=True)
class _Block:
    """Tokens that this process has taken and not spent."""

    tokens: int = 0
    void_at: float = 0.0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def spend(self) -> bool:
        if self.tokens == 0 or time.monotonic() >= self.void_at:
            return False
        self.tokens -= 1
        return True


class RateLimits:
    """Takes tokens out of shared buckets, all of them larger by a factor."""

    def __init__(self, database: Database, factor: float = 1.0) -> None:
        self._database = database
        self._factor = factor
        self._blocks: defaultdict[str, _Block] = defaultdict(_Block)

    async def take(self, limit: RateLimit) -> bool:
        """Take a token if there is one; False and none taken otherwise."""
        block = self._blocks[limit.key]
        async with block.lock:
            if block.spend():
                return True
            wanted = max(1, int(limit.per_second * self._factor * BLOCK_SECONDS))
            for count in sorted({wanted, 1}, reverse=True):
                void_at = time.monotonic() + BLOCK_SECONDS
                if await self._take(limit, count):
                    block.tokens, block.void_at = count - 1, void_at
                    return True
            return False

    async def _take(self, limit: RateLimit, tokens: int) -> bool:
        row = await self._database.row(
            TAKE,
            limit.key,
            limit.burst * self._factor,
            limit.per_second * self._factor,
            float(tokens),
        )
        return row is not None
