"""A job and what RunPod knows about it."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from pydantic import JsonValue

JsonObject = dict[str, JsonValue]


class JobStatus(StrEnum):
    """The states of a job.

    Source: RunPod docs, job states; `RUNNING`, named there too, is never answered by the API.
    """

    IN_QUEUE = "IN_QUEUE"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    TIMED_OUT = "TIMED_OUT"


TERMINAL: Final = frozenset(
    {JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED, JobStatus.TIMED_OUT}
)


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of one job, in milliseconds. Source: RunPod docs, execution policies."""

    execution_timeout_ms: int = 600_000
    ttl_ms: int = 86_400_000
    low_priority: bool = False


@dataclass(frozen=True, slots=True)
class Submission:
    """A request body that was found good."""

    input: JsonValue
    webhook: str | None
    policy: Policy


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one execution ended; `output` is JSON text, so that it is never parsed again."""

    status: JobStatus
    output: bytes | None = None
    error: str | None = None
    retries: int = 0


@dataclass(slots=True)
class Job:
    """One job; instants are simulated seconds, bodies lie in the body store under its id."""

    id: str
    is_sync: bool
    label: str
    webhook: str | None
    policy: Policy
    submitted_at: float
    queued_at: float
    eligible_at: float
    held_until: float = 0.0
    status: JobStatus = JobStatus.IN_QUEUE
    attempt: int = 0
    retries: int = 0
    started_at: float | None = None
    finished_at: float | None = None
    worker_id: str | None = None
    delay_ms: int | None = None
    execution_ms: int | None = None
    error: str | None = None
    has_output: bool = False
    statuses: list[JobStatus] = field(default_factory=lambda: [JobStatus.IN_QUEUE])

    @property
    def expires_at(self) -> float:
        """The instant when `policy.ttl` deletes the job, queued or running."""
        return self.submitted_at + self.policy.ttl_ms / 1000

    def become(self, status: JobStatus) -> None:
        """Move on to a state and remember the way."""
        self.status = status
        self.statuses.append(status)

    def start(self, worker_id: str, now: float) -> None:
        """Give the job to a worker."""
        self.attempt += 1
        self.worker_id = worker_id
        self.started_at = now
        self.delay_ms = round((now - self.queued_at) * 1000)
        self.become(JobStatus.IN_PROGRESS)

    def requeue(self, eligible_at: float, now: float) -> None:
        """Put the job back into the queue; the times of the earlier attempt are dropped.

        Source: RunPod answers, where `delayTime` starts again after a platform retry.
        """
        self.queued_at = now
        self.eligible_at = eligible_at
        self.worker_id = self.started_at = self.finished_at = None
        self.delay_ms = self.execution_ms = self.error = None
        self.has_output = False
        self.become(JobStatus.IN_QUEUE)

    def finish(self, outcome: Outcome, execution_ms: int, now: float) -> None:
        """End the job."""
        self.finished_at = now
        self.execution_ms = execution_ms
        self.error = outcome.error
        self.has_output = outcome.output is not None
        self.retries = max(self.retries, outcome.retries)
        self.become(outcome.status)
