"""What the broker's client raises when its connection goes in the middle of a call."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from shared.broker.publisher import Publisher
from shared.broker.topology import declare_topology
from shared.errors import BrokerUnavailable

pytestmark = pytest.mark.asyncio

QUEUE = "storer.job-completed"
REPLACEMENTS = 25


async def test_whoever_calls_while_the_connection_is_replaced_only_hears_that_it_is_away(
    rabbitmq_url: str,
) -> None:
    await declare_topology(rabbitmq_url)
    async with Publisher(rabbitmq_url) as publisher:
        calls: list[Callable[[], Awaitable[object]]] = [
            lambda: publisher.look_at(QUEUE),
            lambda: publisher.send_canary(QUEUE),
        ]
        over = False

        async def repeat(call: Callable[[], Awaitable[object]]) -> None:
            while not over:
                with suppress(BrokerUnavailable):
                    await call()
                await asyncio.sleep(0)

        callers = [asyncio.create_task(repeat(call)) for call in calls for _ in range(3)]
        for number in range(REPLACEMENTS):
            await publisher.open()
            await asyncio.sleep(0.003 * (number % 7))
        over = True
        ends = await asyncio.gather(*callers, return_exceptions=True)
    assert ends == [None] * len(callers)
