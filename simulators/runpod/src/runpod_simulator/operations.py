"""What each operation of the endpoint does, without HTTP: arguments in, reaction out."""

import json
import uuid
from typing import Final

from runpod_simulator.answers import Answer, RawAnswer, Reaction, StreamedAnswer, problem
from runpod_simulator.comfy_graph import filename_prefixes_of, texts_of
from runpod_simulator.endpoint import Refused
from runpod_simulator.faults import Operation
from runpod_simulator.job_view import huge_answer, splice, status_fields
from runpod_simulator.jobs import Job, JobStatus, JsonObject, Submission
from runpod_simulator.ledger import LedgerEntry, wall_time
from runpod_simulator.simulator import Simulator

KNOWN_INPUT_KEYS: Final = frozenset({"workflow", "images", "comfy_org_api_key"})
"""Source: worker-comfyui 5.8.5 validate_input; every other key is ignored by the worker."""

MIN_WAIT_MS: Final = 1_000
MAX_WAIT_MS: Final = 300_000
DEFAULT_WAIT_MS: Final = 90_000


def describe(submission: Submission, operation: Operation, body_bytes: int) -> LedgerEntry:
    """Return the ledger's entry of a submission, under a new id."""
    given = submission.input if isinstance(submission.input, dict) else {}
    images = given.get("images")
    extra: JsonObject = {key: value for key, value in given.items() if key not in KNOWN_INPUT_KEYS}
    prefix = "sync-" if operation is Operation.RUNSYNC else ""
    return LedgerEntry(
        id=f"{prefix}{uuid.uuid4()}-u1",
        operation=operation,
        submitted_at=wall_time(),
        marker=next((text for text in extra.values() if isinstance(text, str)), None),
        extra=extra,
        prompts=texts_of(given.get("workflow")),
        filename_prefixes=filename_prefixes_of(given.get("workflow")),
        image_names=[
            str(item.get("name"))
            for item in (images if isinstance(images, list) else [])
            if isinstance(item, dict)
        ],
        webhook=submission.webhook,
        body_bytes=body_bytes,
    )


def label_of(entry: LedgerEntry) -> str:
    """Return the text that `match` of a fault is looked for in."""
    texts = [*entry.prompts, *entry.filename_prefixes, *entry.image_names, entry.webhook or ""]
    return "\n".join([*texts, json.dumps(entry.extra, ensure_ascii=False)])


async def submit(
    sim: Simulator,
    submission: Submission,
    operation: Operation,
    body_bytes: int,
    wait_ms: int | None,
) -> Reaction:
    """Accept a job, unless a fault comes before; another may come between that and the answer.

    Args:
        sim: The simulator.
        submission: The job.
        operation: Which of the two operations it came by.
        body_bytes: Size of the request.
        wait_ms: For how long `/runsync` waits for the end of the job; None answers at once.
    """
    entry = describe(submission, operation, body_bytes)
    label = label_of(entry)
    if (fault := sim.faults.before(operation, label)) is not None:
        return fault
    job = await _accept(sim, submission, entry, label)
    if (fault := sim.faults.after_accept(label)) is not None:
        return fault
    if wait_ms is None:
        return _queued(job)
    await sim.conductor.wait_for_end(job, wait_ms / 1000)
    return await status(sim, job.id)


async def _accept(sim: Simulator, submission: Submission, entry: LedgerEntry, label: str) -> Job:
    """Queue a job; when this returns it exists, whatever the caller hears."""
    now = sim.clock.now()
    job = Job(
        id=entry.id,
        is_sync=entry.operation == Operation.RUNSYNC,
        label=label,
        webhook=submission.webhook,
        policy=submission.policy,
        submitted_at=now,
        queued_at=now,
        eligible_at=now + sim.endpoint.timings.delay_ms / 1000,
        held_until=now + sim.faults.held_in_queue(label),
    )
    await sim.bodies.put(job.id, "input", json.dumps(submission.input).encode())
    sim.ledger.add(entry)
    await sim.ledger.flush()
    sim.endpoint.submit(job)
    sim.conductor.poke()
    return job


def _queued(job: Job) -> Reaction:
    return Answer(200, {"id": job.id, "status": str(JobStatus.IN_QUEUE)})


async def status(sim: Simulator, job_id: str) -> Reaction:
    """Return the answer of `/status`."""
    job = sim.endpoint.jobs.get(job_id)
    if job is None or sim.faults.hides(job):
        return not_found()
    view = sim.faults.view(job)
    fields = status_fields(job)
    output = None
    if view.status != job.status:
        fields = {"id": job.id, "status": view.status}
    elif view.huge_bytes is not None:
        return StreamedAnswer(huge_answer(fields, view.huge_bytes))
    elif view.progress is not None:
        output = json.dumps(view.progress).encode()
    elif job.has_output:
        output = await sim.bodies.get(job_id, "output")
    job_input = await sim.bodies.get(job_id, "input") if view.shows_input else None
    return RawAnswer(splice(fields, {"input": job_input, "output": output}))


async def status_after_wait(sim: Simulator, job_id: str, wait_ms: int) -> Reaction:
    """Return the answer of `/status-sync`, which waits for the end of the job."""
    job = sim.endpoint.jobs.get(job_id)
    if job is not None:
        await sim.conductor.wait_for_end(job, wait_ms / 1000)
    return await status(sim, job_id)


def stream(sim: Simulator, job_id: str) -> Reaction:
    """Return the answer of `/stream`: worker-comfyui yields nothing on the way."""
    job = sim.endpoint.jobs.get(job_id)
    if job is None or sim.faults.hides(job):
        return not_found()
    return Answer(200, {"status": str(job.status), "stream": []})


def cancel(sim: Simulator, job_id: str) -> Reaction:
    """Cancel a queued or running job."""
    job = sim.endpoint.cancel(job_id, sim.clock.now())
    if isinstance(job, Refused):
        return not_found()
    if job.status is JobStatus.CANCELLED:
        sim.conductor.stop(job, "cancelled")
        _note_status(sim, job)
    sim.conductor.poke()
    return Answer(200, {"id": job.id, "status": str(job.status)})


def retry(sim: Simulator, job_id: str) -> Reaction:
    """Queue a failed job again."""
    job = sim.endpoint.retry(job_id, sim.clock.now())
    match job:
        case Refused.UNKNOWN:
            return not_found()
        case Refused.WRONG_STATE:
            return problem(400, "Bad Request", "only FAILED or TIMED_OUT jobs can be retried")
        case Job():
            _note_status(sim, job)
            sim.conductor.poke()
            return _queued(job)


def purge(sim: Simulator) -> Reaction:
    """Drop all queued jobs."""
    removed = sim.endpoint.purge()
    for deletion in removed:
        sim.conductor.forget(deletion)
    return Answer(200, {"removed": len(removed), "status": "completed"})


def health(sim: Simulator) -> Reaction:
    """Return the counters."""
    counters: JsonObject = {}
    for name, values in sim.endpoint.health().items():
        group: JsonObject = dict(values)
        counters[name] = group
    return Answer(200, counters)


def requests(sim: Simulator) -> Reaction:
    """List the jobs; the shape of the real answer is not documented."""
    jobs = [status_fields(job) for job in sim.endpoint.jobs.values()]
    return Answer(200, {"requests": list(jobs)})


def not_found() -> Answer:
    """Return the answer about a job nobody knows (any more)."""
    return problem(404, "Not Found", "job not found")


def _note_status(sim: Simulator, job: Job) -> None:
    if (entry := sim.ledger.change(job.id)) is not None:
        entry.status = job.status
        entry.ended_at = wall_time() if job.finished_at is not None else None
