"""What a process says of itself while it starts."""

import asyncio

import pytest

from shared.observability.health import Health


@pytest.mark.asyncio
async def test_a_check_may_come_while_the_others_are_asked() -> None:
    health = Health()

    async def holds() -> bool:
        return True

    async def slow() -> bool:
        health.checks["consumers"] = holds
        await asyncio.sleep(0)
        return False

    health.checks["database"] = slow
    assert await health.failing() == ["database"]


@pytest.mark.asyncio
async def test_who_has_yet_to_begin_is_not_ready() -> None:
    health = Health(starting=True)
    assert await health.failing() == ["starting"]
    health.starting = False
    assert await health.failing() == []
