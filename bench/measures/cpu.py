"""Processor time of a process and of everything that it started."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

_PROC: Final = Path("/proc")
_TICKS_PER_SECOND: Final = os.sysconf("SC_CLK_TCK")


def ticks_in(stat: str) -> int:
    """Return the ticks in a line of `/proc/PID/stat`: its own and those of ended children.

    Source: proc_pid_stat(5), fields 14 to 17; the name before them may hold blanks and brackets.
    """
    fields = stat.rpartition(")")[2].split()
    return sum(map(int, fields[11:15]))


def children_of(pid: int) -> list[int]:
    """Return the processes that a process started and that still live."""
    children: list[int] = []
    for task in (_PROC / str(pid) / "task").glob("*/children"):
        try:
            children += map(int, task.read_text(encoding="ascii").split())
        except OSError:
            continue
    return children


def family_of(pid: int) -> list[int]:
    """Return a process and all its living descendants."""
    return [pid, *(member for child in children_of(pid) for member in family_of(child))]


def cpu_seconds(pid: int) -> float:
    """Return the processor time of a process and its descendants, also of those that ended."""
    return sum(map(_ticks, family_of(pid))) / _TICKS_PER_SECOND


def _ticks(pid: int) -> int:
    try:
        return ticks_in((_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return 0


@dataclass(frozen=True, slots=True)
class CpuReading:
    """Seconds of processor time by part, at one moment."""

    seconds: Mapping[str, float]

    @classmethod
    def of(cls, parts: Mapping[str, Sequence[int]]) -> Self:
        """Read the clocks of all parts; a part is named and has its processes' ids."""
        return cls({part: sum(map(cpu_seconds, pids)) for part, pids in parts.items()})

    def since(self, earlier: "CpuReading") -> dict[str, float]:
        """Return the seconds of each part since an earlier reading of the same processes."""
        return {part: now - earlier.seconds[part] for part, now in self.seconds.items()}
