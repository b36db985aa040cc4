"""A few dozen streams at one gateway; `make streams` opens thousands."""

from pathlib import Path

from bench.arena import Arena
from bench.streams.run import Plan, watch_streams

PLAN = Plan(idle=30, listeners=20, quiet_seconds=2)


def test_streams_are_opened_and_each_is_told(arena: Arena, tmp_path: Path) -> None:
    outcome = watch_streams(PLAN, arena, tmp_path, lambda _: None)
    assert outcome.opened == PLAN.idle
    assert len(outcome.told_seconds) == PLAN.listeners
    assert 0 < min(outcome.told_seconds) <= max(outcome.told_seconds) < 10
    assert outcome.after_mib > 10
    assert len(outcome.get_ms) > 0
