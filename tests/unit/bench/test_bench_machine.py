"""Processor time, memory, and what others took, out of what the kernel says."""

import os

import pytest
from bench.measures.cpu import CpuReading, cpu_seconds, ticks_in
from bench.measures.machine import Disturbance, MachineClock, is_load_quiet
from bench.measures.memory import pss_kib_in, pss_mib

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def a_stat(name: str) -> str:
    return f"42 ({name}) S 1 42 42 0 -1 4194560 100 200 0 0 11 22 33 44 20 0 1 0 500 1000 20"


@pytest.mark.parametrize("name", ["python", "a name) S 9 9", "((", "5 6 7 8"])
def test_own_time_and_that_of_ended_children_is_counted_whatever_the_name(name: str) -> None:
    assert ticks_in(a_stat(name)) == 11 + 22 + 33 + 44


def test_a_part_is_what_it_took_between_two_readings() -> None:
    before = CpuReading({"workers": 1.5, "broker": 10.0})
    after = CpuReading({"workers": 4.0, "broker": 10.5})
    assert after.since(before) == {"workers": 2.5, "broker": 0.5}


def test_work_is_seen_and_a_process_that_is_gone_took_nothing() -> None:
    before = cpu_seconds(os.getpid())
    while cpu_seconds(os.getpid()) == before:
        sum(range(10_000))
    assert cpu_seconds(2**22 + 1) == 0


def test_memory_is_read_in_the_unit_that_the_kernel_writes() -> None:
    assert pss_kib_in("Rss:   9000 kB\nPss:   4321 kB\nPss_Anon: 77 kB\n") == 4321
    assert pss_kib_in("") == 0
    assert pss_mib([os.getpid()]) > 1


def test_the_machines_clock_leaves_out_interrupts_as_work() -> None:
    clock = MachineClock.parse("cpu  100 10 20 300 5 7 8 50 0 0")
    assert (clock.working, clock.stolen, clock.total) == (130, 50, 500)


def test_what_is_neither_ours_nor_idle_was_used_by_others() -> None:
    before = MachineClock(working=0, stolen=0, total=0)
    after = MachineClock(working=70, stolen=5, total=100)
    disturbance = Disturbance.between(before, after, ours_seconds=50 / TICKS_PER_SECOND)
    assert (disturbance.others, disturbance.stolen) == (0.2, 0.05)
    assert not disturbance.is_quiet
    assert str(disturbance) == "20% used by others, 5% stolen"


def test_rounding_never_makes_others_give_time_back() -> None:
    before = MachineClock(working=0, stolen=0, total=0)
    after = MachineClock(working=10, stolen=0, total=100)
    disturbance = Disturbance.between(before, after, ours_seconds=11 / TICKS_PER_SECOND)
    assert disturbance == Disturbance(others=0, stolen=0)
    assert disturbance.is_quiet


def test_a_load_is_judged_by_the_cores_there_are() -> None:
    assert is_load_quiet(1.0, cores=2)
    assert not is_load_quiet(1.1, cores=2)
