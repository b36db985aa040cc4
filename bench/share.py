"""One contender in one round: started, warmed up, measured at a low rate and in a burst, ended."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.arena import PROVIDER, Arena
from bench.contenders.contender import INTAKE, Contender, ContenderFailed
from bench.measures.cpu import CpuReading
from bench.measures.figures import percentile
from bench.measures.machine import Disturbance, MachineClock
from bench.measures.memory import pss_mib
from bench.plan import Plan
from bench.provider.runpod import JOB_SECONDS
from bench.waiting import wait_for_more

LOOK_SECONDS: Final = 0.05
STALLED_SECONDS: Final = 20
"""Without a job that ends, after which a contender is given up."""


@dataclass(frozen=True, slots=True)
class Share:
    """The figures of one contender in one round.

    Args:
        contender: Its name.
        number: The round, from 1.
        jobs_per_second: Of the burst, from the first job in to the last one done.
        added_ms: Percentile to milliseconds beyond the provider's own, at the low rate.
        cpu_ms: Milliseconds of processor time for a job of the burst, by part.
        provider_cpu_ms: The same of the provider, which belongs to no contender.
        own_pss_mib: Memory of the stack's own processes after the burst.
        asks_per_job: Calls of `/status`.
        disturbances: What others took of the machine, in both phases.
    """

    contender: str
    number: int
    jobs_per_second: float
    added_ms: Mapping[int, float]
    cpu_ms: Mapping[str, float]
    provider_cpu_ms: float
    own_pss_mib: float
    asks_per_job: float
    disturbances: Sequence[Disturbance]

    @property
    def all_cpu_ms(self) -> float:
        """All parts together."""
        return sum(self.cpu_ms.values())

    @property
    def is_quiet(self) -> bool:
        """Whether the figures can be trusted."""
        return all(disturbance.is_quiet for disturbance in self.disturbances)


@dataclass(frozen=True, slots=True)
class Phase:
    """Some jobs from the first to the last, and what they took."""

    went_in_at: Mapping[int, float]
    done_at: Mapping[int, float]
    cpu_seconds: Mapping[str, float]
    disturbance: Disturbance

    @property
    def seconds(self) -> float:
        """From the first job in to the last one done."""
        return max(self.done_at.values()) - min(self.went_in_at.values())

    @property
    def taken_seconds(self) -> list[float]:
        """Each job's own time."""
        return [at - self.went_in_at[job] for job, at in self.done_at.items()]


def measure(contender: Contender, number: int, arena: Arena, plan: Plan, folder: Path) -> Share:
    """Measure one contender once.

    Raises:
        ContenderFailed: It did not start, or did not finish its jobs.
    """
    with arena.site() as site:
        try:
            contender.start(site, folder)
            return _measure(contender, number, arena, plan)
        finally:
            contender.stop()


def _measure(contender: Contender, number: int, arena: Arena, plan: Plan) -> Share:
    last = 0

    def phase(count: int, per_second: float | None = None) -> Phase:
        nonlocal last
        jobs = range(last + 1, last + count + 1)
        last += count
        return run_phase(contender, jobs, per_second, arena)

    phase(plan.warm_up_jobs)
    slow = phase(plan.slow_jobs, plan.slow_per_second)
    burst = phase(plan.burst_jobs)
    counts = arena.counts()
    _require_pictures(counts, last)
    added_ms = [(seconds - JOB_SECONDS) * 1000 for seconds in slow.taken_seconds]
    cpu_ms = {part: 1000 * s / plan.burst_jobs for part, s in burst.cpu_seconds.items()}
    used = {*contender.parts(), *contender.needs}
    return Share(
        contender=contender.name,
        number=number,
        jobs_per_second=plan.burst_jobs / burst.seconds,
        added_ms={percent: percentile(added_ms, percent) for percent in (50, 95, 99)},
        cpu_ms={part: ms for part, ms in cpu_ms.items() if part in used},
        provider_cpu_ms=cpu_ms[PROVIDER],
        own_pss_mib=pss_mib(_own_pids(contender)),
        asks_per_job=counts["asked"] / last,
        disturbances=(slow.disturbance, burst.disturbance),
    )


def _own_pids(contender: Contender) -> Iterator[int]:
    for part, pids in contender.parts().items():
        if part != INTAKE:
            yield from pids


def run_phase(contender: Contender, jobs: range, per_second: float | None, arena: Arena) -> Phase:
    """Hand jobs in, at a rate or all at once, and wait until the last one is done.

    Raises:
        ContenderFailed: not all of them are.
    """
    contender.prepare(jobs)
    parts = {**arena.parts(), **contender.parts()}
    before, clock, own = CpuReading.of(parts), MachineClock.now(), time.process_time()
    went_in_at = contender.hand_in(jobs, per_second)
    wait_for_more(
        lambda: contender.count_finished(jobs),
        len(jobs),
        contender.log_tail,
        stalled_seconds=STALLED_SECONDS,
        look_seconds=LOOK_SECONDS,
    )
    cpu_seconds = CpuReading.of(parts).since(before)
    ours = sum(cpu_seconds.values()) + time.process_time() - own
    disturbance = Disturbance.between(clock, MachineClock.now(), ours)
    done_at = contender.finished(jobs)
    if len(done_at) != len(jobs):
        message = f"{len(jobs) - len(done_at)} jobs did not go through every stage"
        raise ContenderFailed(message, contender.log_tail())
    return Phase(went_in_at, done_at, cpu_seconds, disturbance)


def _require_pictures(counts: Mapping[str, int], jobs: int) -> None:
    """Make sure that a contender has really stored what it says."""
    if counts["submitted"] != jobs or counts["objects"] < jobs:
        message = f"{counts['submitted']} of {jobs} submitted, {counts['objects']} pictures stored"
        raise ContenderFailed(message)
    if counts["object_bytes"] < jobs * counts["picture_bytes"]:
        message = f"{counts['object_bytes']} bytes stored, too few for {jobs} pictures"
        raise ContenderFailed(message)
