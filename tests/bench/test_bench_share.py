"""One short share of one contender, with everything that a run does; `make bench` does the rest."""

from pathlib import Path

from bench.arena import Arena
from bench.contenders.known import KNOWN
from bench.plan import Plan
from bench.share import measure

PLAN = Plan(
    names=("raw",), rounds=1, warm_up_jobs=10, slow_jobs=10, slow_per_second=20, burst_jobs=60
)


def test_a_contender_is_measured_and_leaves_nothing(arena: Arena, tmp_path: Path) -> None:
    share = measure(KNOWN["raw"](), 1, arena, PLAN, tmp_path / "share")
    counts = arena.counts()

    assert share.jobs_per_second > 1
    assert 0 < share.added_ms[50] <= share.added_ms[95] <= share.added_ms[99]
    assert set(share.cpu_ms) == {"workers", "intake"}
    assert share.own_pss_mib > 10
    assert share.asks_per_job >= 2
    assert (counts["submitted"], counts["objects"]) == (80, 80)
    assert not list((tmp_path / "share" / "run").glob("*.json"))
