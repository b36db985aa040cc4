"""How much of the machine others used while something was measured."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

QUIET_SHARE: Final = 0.1
"""Of the machine's processor time that others may use before a figure is doubted."""

QUIET_LOAD_PER_CORE: Final = 0.5
"""Of the last minute, before a run begins."""


@dataclass(frozen=True, slots=True)
class MachineClock:
    """Ticks of all cores together since the machine was started.

    Interrupts are left out: the kernel's work for our own sockets belongs to no process.
    """

    working: int
    stolen: int
    total: int

    @classmethod
    def parse(cls, stat: str) -> Self:
        """Read the first line of `/proc/stat`. Source: proc_stat(5)."""
        user, nice, system, idle, waiting, irq, softirq, stolen = map(int, stat.split()[1:9])
        working = user + nice + system
        return cls(working, stolen, working + idle + waiting + irq + softirq + stolen)

    @classmethod
    def now(cls) -> Self:
        """Read the machine's clock."""
        return cls.parse(Path("/proc/stat").read_text(encoding="ascii").partition("\n")[0])


@dataclass(frozen=True, slots=True)
class Disturbance:
    """What others took of the machine, as shares of all its processor time."""

    others: float
    stolen: float

    @classmethod
    def between(cls, before: MachineClock, after: MachineClock, ours_seconds: float) -> Self:
        """Return what happened between two readings beside our own processes."""
        total = max(after.total - before.total, 1)
        ours = ours_seconds * os.sysconf("SC_CLK_TCK")
        others = max(after.working - before.working - ours, 0)
        return cls(others / total, (after.stolen - before.stolen) / total)

    @property
    def is_quiet(self) -> bool:
        """Whether the figures of that time can be trusted."""
        return self.others + self.stolen <= QUIET_SHARE

    def __str__(self) -> str:
        """Return it in words."""
        return f"{self.others:.0%} used by others, {self.stolen:.0%} stolen"


def load_of_last_minute() -> float:
    """Return how many processes wanted a core."""
    return os.getloadavg()[0]


def is_load_quiet(load: float, cores: int) -> bool:
    """Say whether a machine with this load does little beside what it is asked for."""
    return load <= QUIET_LOAD_PER_CORE * cores
