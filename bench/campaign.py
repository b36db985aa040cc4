"""All rounds of all contenders, taken in turn, and what is said meanwhile."""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.arena import running_arena
from bench.contenders.contender import ContenderFailed
from bench.contenders.known import KNOWN
from bench.measures.machine import is_load_quiet, load_of_last_minute
from bench.plan import Plan
from bench.share import Share, measure

Say = Callable[[str], None]


@dataclass
class Outcome:
    """Everything that was measured, and what stands against it.

    Args:
        plan: What was to be measured.
        load_before: The machine's load when the run began.
        shares: The figures, in the order in which they were taken.
        failures: Contenders that failed in a round, in words.
    """

    plan: Plan
    load_before: float = field(default_factory=load_of_last_minute)
    shares: list[Share] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def doubts(self) -> Sequence[str]:
        """Return why the figures should not be trusted; nothing on a quiet machine."""
        found = []
        cores = os.cpu_count() or 1
        if not is_load_quiet(self.load_before, cores):
            found.append(f"load {self.load_before:.1f} on {cores} cores before the run")
        for share in self.shares:
            if not share.is_quiet:
                worst = max(share.disturbances, key=lambda it: it.others + it.stolen)
                found.append(f"round {share.number}, {share.contender}: {worst}")
        return found


def compare(plan: Plan, folder: Path, say: Say) -> Outcome:
    """Measure every contender in every round."""
    outcome, began = Outcome(plan), time.monotonic()
    say(f"{', '.join(plan.names)}; rounds: {plan.rounds}; about {_clock(plan.seconds)}")
    if doubts := outcome.doubts():
        say(f"this machine is busy: {'; '.join(doubts)}")
    with running_arena(folder) as arena:
        shares, first_began = list(plan.shares()), time.monotonic()
        for done, (number, name) in enumerate(shares, start=1):
            say(f"{_clock(time.monotonic() - began)}  round {number}, {name} ...")
            try:
                share = measure(KNOWN[name](), number, arena, plan, folder / f"{name}-{number}")
            except ContenderFailed as failure:
                outcome.failures.append(f"round {number}, {name}: {failure}")
                say(f"       FAILED: {failure}\n{failure.details}")
                continue
            outcome.shares.append(share)
            left = (time.monotonic() - first_began) / done * (len(shares) - done)
            say(f"       {_in_words(share)}; about {_clock(left)} left")
    return outcome


def _in_words(share: Share) -> str:
    quiet = "" if share.is_quiet else f" (NOT QUIET: {', '.join(map(str, share.disturbances))})"
    return (
        f"{share.jobs_per_second:.0f} jobs/s, p50 +{share.added_ms[50]:.1f} ms,"
        f" {share.all_cpu_ms:.2f} ms of CPU a job{quiet}"
    )


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02} min"
