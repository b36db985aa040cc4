"""What the kernel says of a service and the children that decode pictures, while it is attacked."""

import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

_PROC: Final = Path("/proc")
_SAMPLE_SECONDS: Final = 0.01
_SERVICE_EVERY: Final = 20
"""The service's own memory moves slowly: it is looked at every fifth of a second."""


def memory_kib(pid: int, name: str) -> int:
    """Return a field of a process's status, such as VmRSS or VmHWM; 0 when it has gone."""
    try:
        status = (_PROC / str(pid) / "status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0
    found = (line.split()[1] for line in status.splitlines() if line.startswith(f"{name}:"))
    return int(next(found, "0"))


def children_of(pid: int) -> list[int]:
    """Return the processes that a process started and that still live."""
    children: list[int] = []
    for task in (_PROC / str(pid) / "task").glob("*/children"):
        try:
            children += map(int, task.read_text(encoding="ascii").split())
        except OSError:
            continue
    return children


def descendants_of(pid: int) -> set[int]:
    """Return everything that a process and its children started."""
    found: set[int] = set()
    waiting = [pid]
    while waiting:
        fresh = [child for child in children_of(waiting.pop()) if child not in found]
        found.update(fresh)
        waiting += fresh
    return found


def open_files(pid: int) -> int:
    """Return how many files and connections a process holds."""
    return sum(1 for _ in (_PROC / str(pid) / "fd").iterdir())


@dataclass
class Watch:
    """Samples a service every 10 ms from a thread of its own, until it is left."""

    pid: int
    child_peak_kib: int = 0
    children_seen: set[int] = field(default_factory=set)
    service_peak_kib: int = 0
    service_kib: list[tuple[float, int]] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._stop = threading.Event()
        # Children are forked by the servers that the service has now.
        self._forkers = descendants_of(self.pid)
        self._thread = threading.Thread(target=self._sample, name="watch", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _sample(self) -> None:
        turns = 0
        while not self._stop.wait(_SAMPLE_SECONDS):
            for forker in self._forkers:
                for child in children_of(forker):
                    if child not in self._forkers:
                        self.children_seen.add(child)
                        self.child_peak_kib = max(self.child_peak_kib, memory_kib(child, "VmHWM"))
            if turns % _SERVICE_EVERY == 0:
                self.service_kib.append((time.monotonic(), memory_kib(self.pid, "VmRSS")))
                self.service_peak_kib = max(self.service_peak_kib, self.service_kib[-1][1])
            turns += 1
