"""A few dozen streams at one gateway; `make streams` opens thousands."""

from pathlib import Path

import pytest
from backends import Backends
from bench.arena import PROVIDER, Arena, running_provider
from bench.streams.run import Plan, watch_streams

from local_stack.places import Places

PLAN = Plan(idle=30, listeners=20, quiet_seconds=2)


@pytest.mark.timeout(120)
def test_streams_are_opened_and_each_is_told(backends: Backends, tmp_path: Path) -> None:
    with running_provider(Places(home=tmp_path, cache=tmp_path)) as (provider_url, pid):
        arena = Arena(
            database_url=backends.database_url,
            broker_url=backends.rabbitmq_url,
            management_url=backends.rabbitmq_management_url,
            provider_url=provider_url,
            pids={PROVIDER: pid},
        )
        outcome = watch_streams(PLAN, arena, tmp_path, lambda _: None)
    assert outcome.opened == PLAN.idle
    assert len(outcome.told_seconds) == PLAN.listeners
    assert 0 < min(outcome.told_seconds) <= max(outcome.told_seconds) < 10
    assert outcome.after_mib > 10
    assert len(outcome.get_ms) > 0
