"""What the stack's processes use while people are there, looked at again and again."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from bench.measures.cpu import CpuReading, family_of
from bench.measures.memory import pss_mib

LOOK_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Look:
    """One moment of a part's processes.

    Attributes:
        at_seconds: since the run began.
        memory_mib: proportional set size, children included.
        connections: open sockets, the listening ones too.
    """

    at_seconds: float
    memory_mib: float
    connections: int


@dataclass
class Gauges:
    """Looks at parts from a thread of its own, until it is left.

    Args:
        parts: a part's name and the ids of its processes.
        open_now: how many wishes are under way.
    """

    parts: Mapping[str, Sequence[int]]
    open_now: Callable[[], int]
    looks: dict[str, list[Look]] = field(default_factory=dict)
    under_way: list[tuple[float, float]] = field(default_factory=list)
    """Seconds since the run began, and the wishes under way."""
    cpu_seconds: Mapping[str, float] = field(default_factory=dict)
    """Of the whole run, by part; there once it is left."""

    def __enter__(self) -> Self:
        self._began_at = time.monotonic()
        self._before = CpuReading.of(self.parts)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look_until_stopped, name="gauges", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self.cpu_seconds = CpuReading.of(self.parts).since(self._before)

    def _look_until_stopped(self) -> None:
        while True:
            at_seconds = time.monotonic() - self._began_at
            self.under_way.append((at_seconds, float(self.open_now())))
            for part, pids in self.parts.items():
                look = Look(at_seconds, pss_mib(pids), sum(map(connections, pids)))
                self.looks.setdefault(part, []).append(look)
            if self._stop.wait(LOOK_SECONDS):
                return


def connections(pid: int) -> int:
    """Return how many sockets a process and its descendants hold."""
    return sum(map(_sockets, family_of(pid)))


def _sockets(pid: int) -> int:
    found = 0
    try:
        for link in Path(f"/proc/{pid}/fd").iterdir():
            found += str(link.readlink()).startswith("socket:")
    except OSError:
        return found
    return found
