"""Shared token buckets hold for any number of takers."""

import asyncio
import math
import time
from datetime import datetime

import pytest

from pipeline.conftest import Pipeline
from shared.db.rate_limits import (
    BLOCK_SECONDS,
    RUNPOD_CANCEL,
    RUNPOD_STATUS,
    RUNPOD_SUBMIT,
    SHARE_OF_PUBLISHED,
    RateLimit,
    RateLimits,
)

pytestmark = pytest.mark.asyncio


async def test_many_takers_get_no_more_than_the_burst(pipeline: Pipeline) -> None:
    limits = RateLimits(pipeline.database)
    limit = RateLimit("test", burst=7, per_second=0.001)
    taken = await asyncio.gather(*(limits.take(limit) for _ in range(60)))
    assert sum(taken) == 7


@pytest.mark.parametrize(
    ("limit", "published"), [(RUNPOD_SUBMIT, 1000), (RUNPOD_STATUS, 2000), (RUNPOD_CANCEL, 100)]
)
async def test_no_ten_seconds_come_near_what_runpod_allows(
    limit: RateLimit, published: int
) -> None:
    most = limit.burst + limit.per_second * (10 + BLOCK_SECONDS)
    assert 0.75 * published < most <= SHARE_OF_PUBLISHED * published


async def test_tokens_come_back(pipeline: Pipeline) -> None:
    limits = RateLimits(pipeline.database)
    limit = RateLimit("test", burst=1, per_second=0.001)
    assert await limits.take(limit)
    assert not await limits.take(limit)
    await pipeline.database.row("UPDATE rate_limits SET refilled_at = now() - interval '1100 s'")
    assert await limits.take(limit)


async def test_an_endpoint_that_allows_more_is_asked_more(pipeline: Pipeline) -> None:
    limits = RateLimits(pipeline.database, factor=2.5)
    limit = RateLimit("test", burst=4, per_second=0.001)
    taken = [await limits.take(limit) for _ in range(12)]
    assert sum(taken) == 10


async def test_a_busy_process_asks_for_several_at_once_and_gets_no_more(pipeline: Pipeline) -> None:
    limit = RateLimit("test", burst=40, per_second=100)
    limits = RateLimits(pipeline.database)
    began_at = time.monotonic()
    taken = sum([await limits.take(limit) for _ in range(400)])
    most = limit.burst + (time.monotonic() - began_at + BLOCK_SECONDS) * limit.per_second
    assert limit.burst <= taken <= most


async def test_what_is_not_spent_at_once_is_void(pipeline: Pipeline) -> None:
    limit = RateLimit("test", burst=10, per_second=50)
    limits = RateLimits(pipeline.database)
    assert await limits.take(limit)
    block = limits._blocks["test"]
    asked_at = await _asked_at(pipeline)
    block.void_at = math.inf
    assert await limits.take(limit)
    assert await _asked_at(pipeline) == asked_at
    block.void_at = 0.0
    assert await limits.take(limit)
    assert await _asked_at(pipeline) > asked_at


async def _asked_at(pipeline: Pipeline) -> datetime:
    row = await pipeline.database.row("SELECT refilled_at FROM rate_limits WHERE key = 'test'")
    assert row is not None
    at: datetime = row["refilled_at"]
    return at
