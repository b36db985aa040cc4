"""The JSON of a job in `/status` and in the webhook; large parts are spliced in as text."""

import json
from collections.abc import Iterator, Mapping
from typing import Final

from runpod_simulator.jobs import Job, JobStatus, JsonObject

_CHUNK: Final = 256 * 1024


def status_fields(job: Job) -> JsonObject:
    """Return the small fields of a job. Source: live answers of RunPod, one shape per status."""
    fields: JsonObject = {"id": job.id, "status": str(job.status)}
    if job.status in {JobStatus.IN_PROGRESS, JobStatus.COMPLETED, JobStatus.FAILED}:
        fields["delayTime"] = job.delay_ms
        fields["executionTime"] = job.execution_ms
        fields["workerId"] = job.worker_id
        fields["error"] = job.error
        fields["retries"] = job.retries or None
    return {name: value for name, value in fields.items() if value is not None}


def webhook_fields(job: Job) -> JsonObject:
    """Return the small fields of the webhook. Source: a live capture of RunPod's webhook."""
    fields = status_fields(job)
    fields.pop("workerId", None)
    return {**fields, "webhook": job.webhook}


def splice(fields: JsonObject, parts: Mapping[str, bytes | None]) -> bytes:
    """Return an object of small fields and of parts that are JSON text already."""
    pieces = [json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()[:-1]]
    for name, part in parts.items():
        if part is not None:
            pieces += [b',"', name.encode(), b'":', part]
    return b"".join([*pieces, b"}"])


def huge_answer(fields: JsonObject, size_bytes: int) -> Iterator[bytes]:
    """Yield a COMPLETED answer whose picture is as long as wanted."""
    head = json.dumps(fields).encode()[:-1]
    yield head + b',"output":{"images":[{"filename":"x_00001_.png","type":"base64","data":"'
    for start in range(0, size_bytes, _CHUNK):
        yield b"A" * min(_CHUNK, size_bytes - start)
    yield b'"}]}}'
