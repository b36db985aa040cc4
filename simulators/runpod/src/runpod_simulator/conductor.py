"""Moves the endpoint through time: lets workers run jobs, ends them, and tells everyone."""

import asyncio
import base64
import json
import logging
import random
from concurrent.futures import Executor
from dataclasses import replace
from typing import Final

from runpod_simulator.bodies import Bodies
from runpod_simulator.clock import ScaledClock
from runpod_simulator.comfy_run import (
    HandlerCrash,
    HandlerError,
    HandlerResult,
    Pictures,
    run_job,
)
from runpod_simulator.endpoint import Deletion, Endpoint, Start
from runpod_simulator.fault_layer import FaultLayer
from runpod_simulator.fault_outcomes import crash_text
from runpod_simulator.jobs import Job, JobStatus, JsonObject, Outcome
from runpod_simulator.ledger import Execution, Ledger, wall_time
from runpod_simulator.s3_results import Bucket, upload_result
from runpod_simulator.timings import Modes, OutputMode
from runpod_simulator.webhooks import Webhooks

REFUSAL_MS: Final = 150
"""How long a worker takes to refuse a job. Source: live answers of RunPod."""

_log = logging.getLogger(__name__)


class Conductor:
    """The only one who changes the endpoint apart from the operations of its callers."""

    def __init__(
        self,
        *,
        endpoint: Endpoint,
        clock: ScaledClock,
        faults: FaultLayer,
        bodies: Bodies,
        ledger: Ledger,
        webhooks: Webhooks,
        painters: Executor,
        bucket: Bucket | None,
        modes: Modes,
        seed: int,
    ) -> None:
        """Take the parts; `run` starts the work."""
        self._endpoint = endpoint
        self._clock = clock
        self._faults = faults
        self._bodies = bodies
        self._ledger = ledger
        self._webhooks = webhooks
        self._painters = painters
        self._bucket = bucket
        self.modes = modes
        self._chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self._poked = asyncio.Event()
        self._moved = asyncio.Event()
        self._released = asyncio.Event()
        self._executions: dict[str, asyncio.Task[None]] = {}
        self._started: dict[str, float] = {}

    async def run(self) -> None:
        """Do what is due, for ever."""
        while True:
            self._poked.clear()
            now = self._clock.now()
            changes = self._endpoint.advance(now)
            for deletion in changes.deletions:
                self.forget(deletion)
            for start in changes.starts:
                self._begin(start)
            self.announce_change()
            # Of the same instant as above: what became due meanwhile must not be slept through.
            await self._first_of(self._poked, self._endpoint.next_instant(now))

    def poke(self) -> None:
        """Look again now, because something changed."""
        self._poked.set()

    def announce_change(self) -> None:
        """Wake those who wait for a job to change."""
        self._moved.set()
        self._moved = asyncio.Event()

    async def wait_for_end(self, job: Job, seconds: float) -> None:
        """Return when a job has ended or the simulated seconds are over."""
        deadline = self._clock.now() + seconds
        while job.finished_at is None and self._clock.now() < deadline:
            await self._first_of(self._moved, deadline)

    def release_held(self) -> None:
        """Let executions go that a fault had made endless."""
        self._released.set()
        self._released = asyncio.Event()
        self.poke()

    def stop(self, job: Job, result: str) -> None:
        """Stop the execution of a job that was taken away; what ran stays on the bill."""
        task = self._executions.pop(job.id, None)
        if task is not None:
            task.cancel()
            self._note_end(job, job.attempt, result)

    def forget(self, deletion: Deletion) -> None:
        """Clear away what is left of a deleted job."""
        self.stop(deletion.job, deletion.reason)
        self._bodies.drop(deletion.job.id)
        if (entry := self._ledger.change(deletion.job.id)) is not None:
            entry.deleted = deletion.reason

    async def close(self) -> None:
        """Stop every execution."""
        tasks = list(self._executions.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _first_of(self, event: asyncio.Event, instant: float | None) -> None:
        """Return when an event is set or an instant is reached."""
        waits = {
            asyncio.create_task(event.wait(), name="event"),
            asyncio.create_task(self._clock.sleep_until(instant), name="instant"),
        }
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    def _begin(self, start: Start) -> None:
        job = start.job
        if self._faults.loses(job.label):
            self.forget(self._endpoint.lose(job, self._clock.now()))
            self.poke()
            return
        self._started[job.id] = self._clock.now()
        if (entry := self._ledger.change(job.id)) is not None:
            entry.status = job.status
            entry.executions.append(
                Execution(attempt=job.attempt, worker_id=start.worker.id, started_at=wall_time())
            )
        task = asyncio.create_task(self._execute(start, job.attempt))
        self._executions[job.id] = task

    async def _execute(self, start: Start, attempt: int) -> None:
        job = start.job
        try:
            outcome = await self._outcome(start)
        except Exception:  # noqa: BLE001 - a bug here must end the job, not hang it
            _log.exception("execution of %s broke down", job.id)
            outcome = Outcome(JobStatus.FAILED, error="simulator error, see its log")
        if self._faults.repeats(job):
            if self._endpoint.requeue(job, attempt, self._clock.now()):
                self._executions.pop(job.id, None)
                self._note_end(job, attempt, "repeated")
                self.poke()
            return
        await self._conclude(job, attempt, self._faults.turn(outcome, job))

    async def _outcome(self, start: Start) -> Outcome:
        job = start.job
        started_at = self._clock.now()
        timings = self._endpoint.timings
        planned = timings.execution_ms * (1 + timings.jitter * self._chance.uniform(-1, 1)) / 1000
        limit = job.policy.execution_timeout_ms / 1000
        result = await asyncio.get_running_loop().run_in_executor(
            self._painters, self._handle, await self._bodies.get(job.id, "input") or b"null", start
        )
        if not isinstance(result, Pictures):
            planned = min(planned, REFUSAL_MS / 1000)
        held = self._faults.held_in_progress(job.label)
        # Of the same instant as above: it may be released before its planned time is over.
        released = self._released
        await self._clock.sleep_until(started_at + min(planned, limit))
        is_late = planned > limit
        if held and not is_late:
            await self._first_of(released, started_at + min(planned + held, limit))
            is_late = self._clock.now() >= started_at + limit
        if is_late:
            return Outcome(JobStatus.FAILED, error="executionTimeout exceeded")
        return await self._as_outcome(result, job)

    def _handle(self, job_input: bytes, start: Start) -> HandlerResult:
        racing = start.job.id[0] in "01234567"
        return run_job(job_input, start.worker.container, racing=racing)

    async def _as_outcome(self, result: HandlerResult, job: Job) -> Outcome:
        match result:
            case HandlerCrash(error_type, message):
                return Outcome(
                    JobStatus.FAILED, error=crash_text(error_type, message, job.worker_id)
                )
            case HandlerError(error, details):
                output = json.dumps({"details": details}).encode() if details else None
                return Outcome(JobStatus.FAILED, output, error)
            case Pictures(()):
                empty = b'{"status":"success_no_images","images":[]}'
                return Outcome(JobStatus.COMPLETED, empty)
            case Pictures():
                return await self._handed_over(result, job)

    async def _handed_over(self, result: Pictures, job: Job) -> Outcome:
        if self.modes.output is OutputMode.MESSAGE:
            message = base64.b64encode(result.pictures[0].png).decode()
            output = json.dumps({"message": message, "status": "success"}).encode()
            return Outcome(JobStatus.COMPLETED, output)
        images: list[JsonObject] = []
        errors: list[str] = []
        for picture in result.pictures:
            if self.modes.output is OutputMode.BASE64:
                data = base64.b64encode(picture.png).decode()
            else:
                try:
                    data = await upload_result(self._bucket, job.id, picture.png)
                except Exception as error:  # noqa: BLE001 - the worker words any of them alike
                    errors.append(f"Error uploading {picture.filename} to S3: {error}")
                    continue
            images.append(
                {"filename": picture.filename, "type": str(self.modes.output), "data": data}
            )
        if not images:
            output = json.dumps({"details": errors}).encode()
            return Outcome(JobStatus.FAILED, output, "Job processing failed")
        document = {"images": images, "errors": errors} if errors else {"images": images}
        return Outcome(JobStatus.COMPLETED, json.dumps(document).encode())

    async def _conclude(self, job: Job, attempt: int, outcome: Outcome) -> None:
        plan = self._faults.webhook(job.label)
        if plan.lead_seconds is not None:
            ahead = replace(job, statuses=list(job.statuses))
            started_at = ahead.started_at or 0.0
            now = self._clock.now()
            ahead.finish(outcome, round((now - started_at) * 1000), now)
            await self._webhooks.announce(ahead, plan, outcome.output)
            await self._clock.sleep(plan.lead_seconds)
        if outcome.output is not None:
            await self._bodies.put(job.id, "output", outcome.output)
        if not self._endpoint.finish(job, attempt, outcome, self._clock.now()):
            if job.id not in self._endpoint.jobs:
                self._bodies.drop(job.id)
            return
        self._executions.pop(job.id, None)
        self._note_end(job, attempt, str(job.status))
        await self._ledger.flush()
        self.announce_change()
        self.poke()
        if plan.lead_seconds is None and job.status in {JobStatus.COMPLETED, JobStatus.FAILED}:
            await self._webhooks.announce(job, plan, outcome.output)

    def _note_end(self, job: Job, attempt: int, result: str) -> None:
        started_at = self._started.pop(job.id, self._clock.now())
        entry = self._ledger.change(job.id)
        if entry is None:
            return
        entry.status = job.status
        entry.ended_at = wall_time() if job.finished_at is not None else None
        for execution in entry.executions:
            if execution.attempt == attempt and execution.ended_at is None:
                execution.ended_at = wall_time()
                execution.billed_ms = round((self._clock.now() - started_at) * 1000)
                execution.result = result
        entry.billed_ms = sum(execution.billed_ms for execution in entry.executions)
