"""The limits per operation: so many calls in ten seconds, so many at once."""

from collections import deque
from dataclasses import dataclass
from typing import Final

from runpod_simulator.faults import Operation

WINDOW_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Limit:
    """Calls per ten seconds and calls at the same time."""

    calls: int
    concurrent: int | None = None


LIMITS: Final[dict[Operation, Limit]] = {
    Operation.RUN: Limit(1000, 200),
    Operation.RUNSYNC: Limit(2000, 400),
    Operation.STATUS: Limit(2000, 400),
    Operation.STATUS_SYNC: Limit(2000, 400),
    Operation.STREAM: Limit(2000, 400),
    Operation.CANCEL: Limit(100, 20),
    Operation.PURGE_QUEUE: Limit(2),
    Operation.REQUESTS: Limit(10, 2),
}
"""Source: RunPod docs, "Send API requests"; /retry and /health have no published limit."""

_SHARED: Final = {Operation.STATUS_SYNC: Operation.STATUS}


class RateLimits:
    """Counts calls in a sliding window."""

    def __init__(self) -> None:
        """Start with nothing used."""
        self._calls: dict[Operation, deque[float]] = {}
        self._running: dict[Operation, int] = {}

    def enter(self, operation: Operation, now: float) -> bool:
        """Count a call that starts now, or return False when it is one too many."""
        key = _SHARED.get(operation, operation)
        limit = LIMITS.get(key)
        running = self._running.get(key, 0)
        if limit is not None:
            calls = self._calls.setdefault(key, deque())
            while calls and calls[0] <= now - WINDOW_SECONDS:
                calls.popleft()
            if len(calls) >= limit.calls or (limit.concurrent and running >= limit.concurrent):
                return False
            calls.append(now)
        self._running[key] = running + 1
        return True

    def clear(self) -> None:
        """Forget the calls of the past."""
        self._calls.clear()

    def leave(self, operation: Operation) -> None:
        """Count the end of a call that had entered."""
        self._running[_SHARED.get(operation, operation)] -= 1
