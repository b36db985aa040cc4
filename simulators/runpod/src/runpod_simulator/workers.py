"""A worker: a container with its own files that goes from cold to running and back."""

import uuid
from dataclasses import dataclass, field
from enum import StrEnum

from runpod_simulator.container import Container


class WorkerState(StrEnum):
    """The states `/health` counts, and cold, which is no worker at all yet."""

    COLD = "cold"
    INITIALIZING = "initializing"
    IDLE = "idle"
    RUNNING = "running"


@dataclass(slots=True)
class Worker:
    """One place in the pool; instants are simulated seconds."""

    id: str
    state: WorkerState = WorkerState.COLD
    ready_at: float = 0.0
    idle_since: float = 0.0
    job_id: str | None = None
    container: Container = field(default_factory=Container)

    def warm_up(self, ready_at: float) -> None:
        """Begin a cold start."""
        self.state = WorkerState.INITIALIZING
        self.ready_at = ready_at

    def take(self, job_id: str) -> None:
        """Begin to run a job."""
        self.state = WorkerState.RUNNING
        self.job_id = job_id

    def free(self, now: float) -> None:
        """Be idle again, still warm."""
        self.state = WorkerState.IDLE
        self.idle_since = now
        self.job_id = None

    def advance(self, now: float, idle_timeout_seconds: float) -> None:
        """Become ready when the warm-up is over, or cold when nobody came for long."""
        if self.state is WorkerState.INITIALIZING and now >= self.ready_at:
            self.free(now)
        elif self.state is WorkerState.IDLE and now >= self.idle_since + idle_timeout_seconds:
            fresh = fresh_worker()
            self.id, self.container = fresh.id, fresh.container
            self.state = WorkerState.COLD

    def next_instant(self, idle_timeout_seconds: float) -> float | None:
        """Return when `advance` will change something."""
        match self.state:
            case WorkerState.INITIALIZING:
                return self.ready_at
            case WorkerState.IDLE:
                return self.idle_since + idle_timeout_seconds
            case WorkerState.COLD | WorkerState.RUNNING:
                return None


def fresh_worker() -> Worker:
    """Return a cold worker with a new name and empty folders."""
    return Worker(uuid.uuid4().hex[:14])
