"""A schedule is a function of its seed and holds the whole mix."""

from collections import Counter

import pytest
from chaos.schedule import EDGES, MIX, Kind, plan


def test_the_same_seed_is_the_same_schedule() -> None:
    assert plan(3, jobs=100, faults=60) == plan(3, jobs=100, faults=60)
    assert plan(3, jobs=100, faults=60) != plan(4, jobs=100, faults=60)


def test_a_full_run_has_exactly_the_mix() -> None:
    kinds = Counter(fault.kind for fault in plan(1, jobs=2000, faults=200).faults)
    assert kinds == MIX
    assert sum(MIX.values()) == 200


@pytest.mark.parametrize("faults", [0, 1, 40, 137])
def test_a_shorter_run_has_as_many_as_asked_for_in_order(faults: int) -> None:
    schedule = plan(2, jobs=10, faults=faults)
    instants = [fault.at_seconds for fault in schedule.faults]
    assert len(instants) == faults
    assert instants == sorted(instants)
    assert all(at <= max(3, schedule.load_seconds) for at in instants)


def test_every_link_is_struck_in_some_seed() -> None:
    struck = {
        fault.target.rpartition(">")[2]
        for seed in range(10)
        for fault in plan(seed, jobs=1, faults=200).faults
        if fault.kind in {Kind.BLACK_HOLE, Kind.RESET, Kind.LATENCY, Kind.SLICER, Kind.HALF_CLOSE}
    }
    assert struck == {server for servers in EDGES.values() for server in servers}
