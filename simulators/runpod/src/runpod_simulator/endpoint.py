"""The queue and its workers as a state machine: no waiting, no sockets, time comes as `now`."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from runpod_simulator.jobs import TERMINAL, Job, JobStatus, Outcome
from runpod_simulator.timings import Timings
from runpod_simulator.workers import Worker, WorkerState, fresh_worker


class Refused(StrEnum):
    """Why an operation on a job was not done."""

    UNKNOWN = "job not found"
    WRONG_STATE = "job is in the wrong state"


@dataclass(frozen=True, slots=True)
class Start:
    """A job that a worker has just picked up."""

    job: Job
    worker: Worker


@dataclass(frozen=True, slots=True)
class Deletion:
    """A job that is no longer known, and why."""

    job: Job
    reason: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What `advance` did."""

    starts: list[Start]
    deletions: list[Deletion]


class Endpoint:
    """One serverless endpoint: jobs, a first-in first-out queue and a pool of workers."""

    def __init__(self, timings: Timings) -> None:
        """Start with cold workers and no jobs."""
        self.timings = timings
        self.jobs: dict[str, Job] = {}
        self._queue: deque[str] = deque()
        self._workers: list[Worker] = [fresh_worker() for _ in range(timings.workers)]
        self._retried = 0
        self._completed = 0
        self._failed = 0

    def submit(self, job: Job) -> None:
        """Accept a job into the queue."""
        self.jobs[job.id] = job
        self._queue.append(job.id)

    def resize(self, timings: Timings) -> None:
        """Take new timings; surplus workers leave when they are free, new ones are cold."""
        self.timings = timings
        missing = timings.workers - len(self._workers)
        self._workers.extend(fresh_worker() for _ in range(missing))
        self._drop_surplus()

    def advance(self, now: float) -> Changes:
        """Do everything that is due: deletions, warm-ups, cool-downs, and picking up jobs."""
        deletions = [
            self._delete(job, reason)
            for job in list(self.jobs.values())
            if (reason := self._reason_to_delete(job, now)) is not None
        ]
        self._move_workers(now)
        self._warm_up(now)
        self._move_workers(now)
        self._drop_surplus()
        return Changes(list(self._assign(now)), deletions)

    def next_instant(self, now: float) -> float | None:
        """Return when `advance` has something to do next, or None when only events can tell."""
        instants = [self._deletion_at(job) for job in self.jobs.values()]
        instants += [max(job.eligible_at, job.held_until) for job in self._queued()]
        instants += [
            instant
            for worker in self._workers
            if (instant := worker.next_instant(self.timings.idle_timeout_ms / 1000)) is not None
        ]
        return min((instant for instant in instants if instant > now), default=None)

    def finish(self, job: Job, attempt: int, outcome: Outcome, now: float) -> bool:
        """End a job if this attempt still owns it, and free its worker.

        Returns:
            False when the job was cancelled, deleted or given to another worker meanwhile.
        """
        if not self.owns(job, attempt):
            return False
        started_at = now if job.started_at is None else job.started_at
        self._free(job, now)
        job.finish(outcome, round((now - started_at) * 1000), now)
        self._completed += outcome.status is JobStatus.COMPLETED
        self._failed += outcome.status in {JobStatus.FAILED, JobStatus.TIMED_OUT}
        return True

    def requeue(self, job: Job, attempt: int, now: float) -> bool:
        """Take a job from its worker and queue it once more, as the platform does on a loss."""
        if not self.owns(job, attempt):
            return False
        self._free(job, now)
        job.retries += 1
        self._retried += 1
        job.requeue(now + self.timings.delay_ms / 1000, now)
        self._queue.append(job.id)
        return True

    def lose(self, job: Job, now: float) -> Deletion:
        """Forget a job as if it had never been."""
        self._free(job, now)
        return self._delete(job, "lost")

    def owns(self, job: Job, attempt: int) -> bool:
        """Tell whether an attempt is still the one that may end its job."""
        return (
            self.jobs.get(job.id) is job
            and job.status is JobStatus.IN_PROGRESS
            and job.attempt == attempt
        )

    def cancel(self, job_id: str, now: float) -> Job | Refused:
        """Cancel a queued or running job. Cancelling a finished job changes nothing."""
        job = self.jobs.get(job_id)
        if job is None:
            return Refused.UNKNOWN
        if job.status in TERMINAL:
            return job
        self._free(job, now)
        self._unqueue(job)
        job.finished_at = now
        job.become(JobStatus.CANCELLED)
        return job

    def retry(self, job_id: str, now: float) -> Job | Refused:
        """Queue a failed job again under its id. Source: RunPod docs, operation reference."""
        job = self.jobs.get(job_id)
        if job is None:
            return Refused.UNKNOWN
        if job.status not in {JobStatus.FAILED, JobStatus.TIMED_OUT}:
            return Refused.WRONG_STATE
        self._retried += 1
        job.requeue(now + self.timings.delay_ms / 1000, now)
        self._queue.append(job.id)
        return job

    def purge(self) -> list[Deletion]:
        """Remove every queued job; running ones go on."""
        return [self._delete(job, "purged") for job in list(self._queued())]

    def clear(self) -> list[Deletion]:
        """Forget all jobs and counters; every worker is cold and new."""
        deletions = [self._delete(job, "reset") for job in list(self.jobs.values())]
        self._workers = [fresh_worker() for _ in range(self.timings.workers)]
        self._retried = self._completed = self._failed = 0
        return deletions

    def release_held(self) -> None:
        """Let jobs go that a fault had nailed to the queue."""
        for job in self._queued():
            job.held_until = 0.0

    def health(self) -> dict[str, dict[str, int]]:
        """Return the counters of `/health`. Source: live answers of RunPod, six worker fields."""
        states = [worker.state for worker in self._workers]
        statuses = [job.status for job in self.jobs.values()]
        idle = states.count(WorkerState.IDLE)
        running = states.count(WorkerState.RUNNING)
        return {
            "jobs": {
                "completed": self._completed,
                "failed": self._failed,
                "inProgress": statuses.count(JobStatus.IN_PROGRESS),
                "inQueue": statuses.count(JobStatus.IN_QUEUE),
                "retried": self._retried,
            },
            "workers": {
                "idle": idle,
                "initializing": states.count(WorkerState.INITIALIZING),
                "ready": idle + running,
                "running": running,
                "throttled": 0,
                "unhealthy": 0,
            },
        }

    def _queued(self) -> Iterator[Job]:
        return (self.jobs[job_id] for job_id in tuple(self._queue))

    def _assign(self, now: float) -> Iterator[Start]:
        idle = [worker for worker in self._workers if worker.state is WorkerState.IDLE]
        for job in self._queued():
            if not idle:
                return
            if max(job.eligible_at, job.held_until) > now:
                continue
            worker = idle.pop(0)
            worker.take(job.id)
            self._unqueue(job)
            job.start(worker.id, now)
            yield Start(job, worker)

    def _move_workers(self, now: float) -> None:
        for worker in self._workers:
            worker.advance(now, self.timings.idle_timeout_ms / 1000)

    def _warm_up(self, now: float) -> None:
        """Start as many cold workers as there are jobs that nobody is coming for."""
        coming = sum(w.state is WorkerState.INITIALIZING for w in self._workers)
        waiting = sum(
            not job.policy.low_priority and job.held_until <= now for job in self._queued()
        )
        ready = sum(w.state is WorkerState.IDLE for w in self._workers)
        cold = [w for w in self._workers if w.state is WorkerState.COLD]
        for worker in cold[: max(0, waiting - coming - ready)]:
            worker.warm_up(now + self.timings.cold_start_ms / 1000)

    def _deletion_at(self, job: Job) -> float:
        if job.finished_at is None:
            return job.expires_at
        kept = self.timings.sync_retention_ms if job.is_sync else self.timings.retention_ms
        return job.finished_at + kept / 1000

    def _reason_to_delete(self, job: Job, now: float) -> str | None:
        if now < self._deletion_at(job):
            return None
        return "ttl" if job.finished_at is None else "retention"

    def _delete(self, job: Job, reason: str) -> Deletion:
        if job.status is JobStatus.IN_PROGRESS and job.started_at is not None:
            self._free(job, job.started_at)
        self._unqueue(job)
        self.jobs.pop(job.id, None)
        return Deletion(job, reason)

    def _unqueue(self, job: Job) -> None:
        if job.id in self._queue:
            self._queue.remove(job.id)

    def _free(self, job: Job, now: float) -> None:
        for worker in self._workers:
            if worker.job_id == job.id:
                worker.free(now)

    def _drop_surplus(self) -> None:
        surplus = len(self._workers) - self.timings.workers
        for worker in [w for w in self._workers if w.state is not WorkerState.RUNNING][:surplus]:
            self._workers.remove(worker)
            surplus -= 1
            if surplus <= 0:
                return
