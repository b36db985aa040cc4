"""Shared token buckets hold for any number of takers."""

import asyncio

import pytest

from pipeline.conftest import Pipeline
from shared.db.rate_limits import RateLimit, RateLimits

pytestmark = pytest.mark.asyncio


async def test_many_takers_get_no_more_than_the_burst(pipeline: Pipeline) -> None:
    limits = RateLimits(pipeline.database)
    limit = RateLimit("test", burst=7, per_second=0.001)
    taken = await asyncio.gather(*(limits.take(limit) for _ in range(60)))
    assert sum(taken) == 7


async def test_tokens_come_back(pipeline: Pipeline) -> None:
    limits = RateLimits(pipeline.database)
    limit = RateLimit("test", burst=1, per_second=1)
    assert await limits.take(limit)
    assert not await limits.take(limit)
    await asyncio.sleep(1.05)
    assert await limits.take(limit)


async def test_an_endpoint_that_allows_more_is_asked_more(pipeline: Pipeline) -> None:
    limits = RateLimits(pipeline.database, factor=2.5)
    limit = RateLimit("test", burst=4, per_second=0.001)
    taken = [await limits.take(limit) for _ in range(12)]
    assert sum(taken) == 10
