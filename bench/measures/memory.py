"""Memory of processes, with what they share counted once."""

from collections.abc import Iterable
from pathlib import Path

from bench.measures.cpu import family_of


def pss_kib_in(rollup: str) -> int:
    """Return the proportional set size in a text of `/proc/PID/smaps_rollup`."""
    found = (line.split()[1] for line in rollup.splitlines() if line.startswith("Pss:"))
    return int(next(found, "0"))


def pss_mib(pids: Iterable[int]) -> float:
    """Return the proportional set size of processes and their descendants together."""
    return sum(_pss_kib(member) for pid in pids for member in family_of(pid)) / 1024


def own_pss_mib(pid: int) -> float:
    """Return the proportional set size of a process without its descendants."""
    return _pss_kib(pid) / 1024


def _pss_kib(pid: int) -> int:
    try:
        return pss_kib_in(Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii"))
    except OSError:
        return 0
